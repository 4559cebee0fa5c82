//! Measuring several things in turn, so that what disturbs the machine disturbs them alike.

use std::hint::black_box;
use std::time::Instant;

use crate::Result;

/// At least as many rounds are measured.
pub(crate) const ROUNDS: usize = 12;

/// What each round gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Times(pub(crate) Vec<f64>);

impl Times {
    pub(crate) fn minimum(&self) -> f64 {
        self.0.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub(crate) fn median(&self) -> f64 {
        median(self.0.clone())
    }

    /// The median of the rounds' ratios to another's.
    pub(crate) fn ratio(&self, other: &Self) -> f64 {
        median(self.0.iter().zip(&other.0).map(|(ours, theirs)| ours / theirs).collect())
    }

    /// The same in other units, or for one of several.
    pub(crate) fn scaled(mut self, factor: f64) -> Self {
        self.0.iter_mut().for_each(|time| *time *= factor);
        self
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Something to measure.
pub(crate) type Measured<'a, T> = &'a mut dyn FnMut() -> Result<T>;

/// Seconds that two things take, measured in turn after one round that does not count.
pub(crate) fn pair<T, U>(
    rounds: usize,
    ours: Measured<'_, T>,
    limit: Measured<'_, U>,
) -> Result<(Times, Times)> {
    let (mut of_ours, mut of_limit) = (Times::default(), Times::default());
    for round in 0..=rounds {
        let (first, second) = (seconds(ours)?, seconds(limit)?);
        if round > 0 {
            of_ours.0.push(first);
            of_limit.0.push(second);
        }
    }
    Ok((of_ours, of_limit))
}

/// Seconds that something takes, after one round that does not count.
pub(crate) fn single<T>(rounds: usize, ours: Measured<'_, T>) -> Result<Times> {
    Ok(pair(rounds, ours, &mut || Ok(()))?.0)
}

/// What it makes is dropped after the clock has stopped.
fn seconds<T>(measured: Measured<'_, T>) -> Result<f64> {
    let start = Instant::now();
    let made = black_box(measured()?);
    let elapsed = start.elapsed().as_secs_f64();
    drop(made);
    Ok(elapsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_are_interleaved_and_the_first_does_not_count() {
        let order = std::cell::RefCell::new(String::new());
        let add = |c| {
            order.borrow_mut().push(c);
            Ok(())
        };
        let (ours, limit) = pair(2, &mut || add('a'), &mut || add('b')).unwrap();
        assert_eq!(*order.borrow(), "ababab");
        assert_eq!((ours.0.len(), limit.0.len()), (2, 2));
    }

    #[test]
    fn the_ratio_is_that_of_the_rounds() {
        let (ours, limit) = (Times(vec![1.0, 20.0, 3.0]), Times(vec![2.0, 40.0, 3.0]));
        assert_eq!(ours.ratio(&limit), 0.5);
        assert_eq!(ours.scaled(2.0).minimum(), 2.0);
    }
}
