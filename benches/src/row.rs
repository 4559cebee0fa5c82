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
    /// The most that the ratio to the limit may be, or the value where there is none.
    pub(crate) budget: Option<f64>,
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

    pub(crate) fn budget(mut self, budget: f64) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The median of what the rounds say.
    pub(crate) fn ratio(&self) -> Option<f64> {
        self.limit.as_ref().map(|limit| self.value.ratio(limit))
    }

    /// Whether the budget is kept; nothing can miss a budget that there is not.
    pub(crate) fn within(&self) -> bool {
        let measured = self.ratio().unwrap_or(self.value.median());
        self.budget.is_none_or(|budget| measured <= budget)
    }

    pub(crate) fn json(&self) -> Value {
        json!({
            "name": self.name,
            "value": self.value.median(),
            "minimum": self.value.minimum(),
            "unit": self.unit,
            "limit": self.limit.as_ref().map(Times::median),
            "ratio": self.ratio(),
            "budget": self.budget,
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
        match budget {
            Some(budget) if self.within() => write!(f, "  within {budget}"),
            Some(budget) => write!(f, "  MISSES {budget}"),
            None => Ok(()),
        }
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
            (row().budget(2.0), None, true),
            (row().budget(1.9), None, false),
            (limited.clone(), Some(1.0), true),
            (limited.clone().budget(1.0), Some(1.0), true),
            (limited.budget(0.9), Some(1.0), false),
        ] {
            assert_eq!((row.ratio(), row.within()), (ratio, within), "{row}");
            let json = row.json();
            assert_eq!(json["value"], 2.0);
            assert_eq!(json["minimum"], 1.0);
            assert_eq!(json["within"], within);
            assert_eq!(json.as_object().unwrap().len(), 8);
        }
    }
}
