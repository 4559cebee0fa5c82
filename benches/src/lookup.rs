//! Asking for elements that are live.

use std::hint::black_box;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::thread;

use arc_swap::ArcSwap;
use hashbrown::HashMap;
use jit_app::App;

use crate::Result;
use crate::fixture::{self, load, name};
use crate::rounds::{ROUNDS, Times, pair, single};
use crate::row::Row;

const ELEMENTS: usize = 10_000;
/// How often each name is asked for in a round.
const PASSES: usize = 20;
/// How often each thread asks for the one name.
const CALLS: usize = 1_000_000;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let dir = fixture::app(ELEMENTS)?;
    let app = load(dir.path())?;
    let mut names: Vec<String> = (0..ELEMENTS).map(name).collect();
    fastrand::Rng::with_seed(1).shuffle(&mut names);
    for name in &names {
        ready(app.get_element(name))?;
    }
    let limit: HashMap<String, Arc<usize>> =
        (0..ELEMENTS).map(|number| (name(number), Arc::new(number))).collect();
    let limit = ArcSwap::from_pointee(limit);

    let mut ours = || all(&app, &names);
    let mut theirs = || {
        for name in names.iter().cycle().take(names.len() * PASSES) {
            drop(black_box(limit.load().get(name.as_str()).cloned()));
        }
        Ok(())
    };
    let (ours, theirs) = pair(ROUNDS, &mut ours, &mut theirs)?;
    let each = 1e9 / (names.len() * PASSES) as f64;
    rows.push(
        Row::new(format!("get_element/{ELEMENTS}"), "ns", ours.scaled(each))
            .limit(theirs.scaled(each))
            .budget(1.25),
    );

    let hot = name(ELEMENTS / 2);
    let mut two = || {
        together(&|| {
            for _ in 0..CALLS {
                black_box(ready(app.get_element(black_box(&hot)))?);
            }
            Ok(())
        })
    };
    let two = single(ROUNDS, &mut two)?.scaled(1e9 / CALLS as f64);
    rows.push(Row::new("get_element_hot/2_threads", "ns", two).budget(60.0));

    let (one, two) =
        pair(ROUNDS, &mut || all(&app, &names), &mut || together(&|| all(&app, &names)))?;
    let gain = one.0.iter().zip(&two.0).map(|(one, two)| 2.0 * one / two).collect();
    rows.push(Row::new("get_element_throughput/2_threads", "times", Times(gain)));
    Ok(())
}

fn all(app: &App, names: &[String]) -> Result<()> {
    for name in names.iter().cycle().take(names.len() * PASSES) {
        black_box(ready(app.get_element(name))?);
    }
    Ok(())
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
