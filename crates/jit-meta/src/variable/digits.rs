//! How many digits a number has, counted in its text: arithmetic would lose some.

use serde_json::Number;

/// The digits of a number before and behind its point, zeros at either end left out.
pub(super) fn digits(number: &Number) -> (u64, u64) {
    let text = number.to_string();
    let text = text.trim_start_matches('-');
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().unwrap_or_default();
    let all = || whole.bytes().chain(fraction.bytes());
    let (Some(first), Some(last)) = (
        all().position(|digit| digit != b'0'),
        all().collect::<Vec<_>>().iter().rposition(|d| *d != b'0'),
    ) else {
        return (0, 0);
    };
    // Where the point is, as an index into the digits.
    let point = i64::try_from(whole.len()).unwrap_or(i64::MAX).saturating_add(exponent);
    let at = |index: usize| i64::try_from(index).unwrap_or(i64::MAX);
    let before = point.saturating_sub(at(first)).max(0);
    let behind = at(last).saturating_add(1).saturating_sub(point).max(0);
    (before.unsigned_abs(), behind.unsigned_abs())
}

/// Whether a number is whole.
pub(super) fn is_whole(number: &Number) -> bool {
    digits(number).1 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_counted_before_and_behind_the_point() {
        for (text, expected) in [
            ("0", (0, 0)),
            ("0.0", (0, 0)),
            ("100", (3, 0)),
            ("-12.5", (2, 1)),
            ("0.001", (0, 3)),
            ("2.50", (1, 1)),
            ("18446744073709551615", (20, 0)),
            ("-9223372036854775808", (19, 0)),
            ("1e3", (4, 0)),
            ("1.5e-7", (0, 8)),
            ("1e300", (301, 0)),
        ] {
            let number: Number = serde_json::from_str(text).unwrap();
            assert_eq!(digits(&number), expected, "{text}");
        }
    }
}
