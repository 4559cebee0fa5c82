//! Asking for elements that are live.

use std::fs;
use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use jit_app::App;

use crate::Result;
use crate::fixture::{self, config, load, name};
use crate::rounds::{ROUNDS, Times, pair};
use crate::row::Row;

const ELEMENTS: usize = 10_000;
/// As many of them change between two measurements.
const CHANGED: usize = 50;
/// How often each name is asked for in a round.
const PASSES: usize = 20;
/// How often each thread asks for the one name.
const CALLS: usize = 1_000_000;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let dir = fixture::app(ELEMENTS)?;
    let app = load(dir.path())?;
    // They come to life in the order in which the limit is built, and are asked for in another.
    let mut names: Vec<String> = (0..ELEMENTS).map(name).collect();
    for name in &names {
        ready(app.get_element(name))?;
    }
    fastrand::Rng::with_seed(1).shuffle(&mut names);
    let limit: HashMap<String, Arc<usize>> =
        (0..ELEMENTS).map(|number| (name(number), Arc::new(number))).collect();
    let limit = ArcSwap::from_pointee(limit);

    let mut ask = || all(&app, &names);
    let mut ask_limit = || {
        for name in names.iter().cycle().take(names.len() * PASSES) {
            drop(black_box(limit.load().get(name.as_str()).cloned()));
        }
        Ok(())
    };
    let (ours, theirs) = pair(ROUNDS, &mut ask, &mut ask_limit)?;
    let each = 1e9 / (names.len() * PASSES) as f64;
    rows.push(
        Row::new(format!("get_element/{ELEMENTS}"), "ns", ours.scaled(each))
            .limit(theirs.scaled(each))
            .ratio_within(1.25),
    );

    // What has changed since is looked at first, until there is much of it.
    let changed: Vec<_> = (0..CHANGED).map(|number| config(dir.path(), number * 7)).collect();
    changed.iter().try_for_each(|config| fs::write(config, "{ }\n"))?;
    let reload = ready(app.reload_paths(&changed))?;
    if reload.updated.len() != CHANGED {
        return Err(format!("a reload did {reload:?}").into());
    }
    let (ours, theirs) = pair(ROUNDS, &mut ask, &mut ask_limit)?;
    rows.push(
        Row::new(format!("get_element_after_reload/{ELEMENTS}"), "ns", ours.scaled(each))
            .limit(theirs.scaled(each)),
    );

    let hot = name(ELEMENTS / 2);
    let mut two = || {
        together(&|| {
            ready(async {
                for _ in 0..CALLS {
                    black_box(app.get_element(black_box(&hot)).await?);
                }
                Ok(())
            })
        })
    };
    let mut limit_of_two = || {
        together(&|| {
            for _ in 0..CALLS {
                drop(black_box(limit.load().get(black_box(hot.as_str())).cloned()));
            }
            Ok(())
        })
    };
    let (two, limit_of_two) = pair(ROUNDS, &mut two, &mut limit_of_two)?;
    let each = 1e9 / CALLS as f64;
    rows.push(
        Row::new("get_element_hot/2_threads", "ns", two.scaled(each))
            .limit(limit_of_two.scaled(each))
            .value_within(60.0),
    );

    let (one, two) =
        pair(ROUNDS, &mut || all(&app, &names), &mut || apart(&names, &|names| all(&app, names)))?;
    let gain = one.0.iter().zip(&two.0).map(|(one, two)| 2.0 * one / two).collect();
    rows.push(Row::new("get_element_throughput/2_threads", "times", Times(gain)));
    Ok(())
}

fn all(app: &App, names: &[String]) -> Result<()> {
    // As a caller does: many in one future, rather than a future for each that something has to drive.
    ready(async {
        for name in names.iter().cycle().take(names.len() * PASSES) {
            black_box(app.get_element(name).await?);
        }
        Ok(())
    })
}

/// Does the same on two threads at once, with the names in opposite orders, so that they do not meet at each.
fn apart(names: &[String], work: &(dyn Fn(&[String]) -> Result<()> + Sync)) -> Result<()> {
    let backwards: Vec<String> = names.iter().rev().cloned().collect();
    let told = |names| work(names).map_err(|error| error.to_string());
    let (one, two) = thread::scope(|scope| {
        let other = scope.spawn(|| told(&backwards));
        (told(names), other.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    });
    Ok(one.and(two)?)
}

/// Does the same on two threads at once.
fn together(work: &(dyn Fn() -> Result<()> + Sync)) -> Result<()> {
    let told = || work().map_err(|error| error.to_string());
    let (one, two) = thread::scope(|scope| {
        let other = scope.spawn(told);
        (told(), other.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())))
    });
    Ok(one.and(two)?)
}

/// Drives a future without an executor: one that is ready costs a poll.
pub(crate) fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        thread::yield_now();
    }
}
