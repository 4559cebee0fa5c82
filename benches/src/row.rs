//! One figure, beside its limit.

use std::fmt;

use serde_json::{Value, json};

use crate::rounds::Times;

/// A figure.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    /// Fixed, so that runs can be compared; the size is a part of it.
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) value: Times,
    /// What is possible, measured in the same rounds.
    pub(crate) limit: Option<Times>,
    pub(crate) budget: Option<Budget>,
}

/// The most that something may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Budget {
    /// The ratio to the limit.
    Ratio(f64),
    /// The value itself.
    Value(f64),
}

impl Budget {
    fn most(self) -> f64 {
        match self {
            Self::Ratio(most) | Self::Value(most) => most,
        }
    }
}

impl Row {
    /// A figure that is recorded, without a budget.
    pub(crate) fn new(name: impl Into<String>, unit: &'static str, value: Times) -> Self {
        Self { name: name.into(), unit, value, limit: None, budget: None }
    }

    pub(crate) fn limit(mut self, limit: Times) -> Self {
        self.limit = Some(limit);
        self
    }

    pub(crate) fn ratio_within(mut self, most: f64) -> Self {
        self.budget = Some(Budget::Ratio(most));
        self
    }

    pub(crate) fn value_within(mut self, most: f64) -> Self {
        self.budget = Some(Budget::Value(most));
        self
    }

    /// The median of what the rounds say.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.limit.as_ref().map(|limit| self.value.ratio(limit))
    }

    /// Whether the budget is kept; nothing can miss a budget that there is not.
    pub(crate) fn within(&self) -> bool {
        match self.budget {
            Some(Budget::Ratio(most)) => self.ratio().is_some_and(|ratio| ratio <= most),
            Some(Budget::Value(most)) => self.value.median() <= most,
            None => true,
        }
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value.median(),
            "minimum": self.value.minimum(),
            "unit": self.unit,
            "limit": self.limit.as_ref().map(Times::median),
            "ratio": self.ratio(),
            "budget": self.budget.map(Budget::most),
            "within": self.within(),
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, unit, value, limit, budget } = self;
        let (minimum, median) = (value.minimum(), value.median());
        write!(f, "{name:<32} min {minimum:>10.2}  median {median:>10.2} {unit:<5}")?;
        if let Some(limit) = limit {
            let (minimum, median) = (limit.minimum(), limit.median());
            write!(f, "  limit min {minimum:.2}  median {median:.2}")?;
        }
        if let Some(ratio) = self.ratio() {
            write!(f, "  ratio {ratio:.2}")?;
        }
        let Some(budget) = budget else { return Ok(()) };
        let kept = if self.within() { "within" } else { "MISSES" };
        // To the hundredth, as the ratio is.
        write!(f, "  {kept} {}", (budget.most() * 100.0).round() / 100.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_for_the_ratio_or_for_the_value() {
        let times = |values: &[f64]| Times(values.to_vec());
        let row = || Row::new("x", "ms", times(&[3.0, 1.0, 2.0]));
        let limited = row().limit(times(&[2.0, 1.0, 4.0]));
        for (row, ratio, within) in [
            (row(), None, true),
            (row().value_within(2.0), None, true),
            (row().value_within(1.9), None, false),
            (limited.clone(), Some(1.0), true),
            (limited.clone().ratio_within(1.0), Some(1.0), true),
            (limited.clone().value_within(1.9), Some(1.0), false),
            (limited.ratio_within(0.9), Some(1.0), false),
        ] {
            assert_eq!((row.ratio(), row.within()), (ratio, within), "{row}");
            let json = row.json();
            assert_eq!(json["value"], 2.0);
            assert_eq!(json["minimum"], 1.0);
            assert_eq!(json["within"], within);
            assert_eq!(json.as_object().unwrap().len(), 8);
        }
    }

    #[test]
    fn a_budget_is_told_to_the_hundredth() {
        let row = Row::new("x", "ms", Times(vec![2.0]));
        let told = |most| row.clone().value_within(most).to_string();
        assert!(told(2.0 / 0.95).ends_with("  within 2.11"), "{}", told(2.0 / 0.95));
        assert!(told(1.0).ends_with("  MISSES 1"), "{}", told(1.0));
    }
}
