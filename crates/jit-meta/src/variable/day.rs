//! Days and times of the day in text.

/// Whether a text begins with a day of the calendar: `2026-01-31`, `2026/1/31 12:30`, `2026-01-31T12:30:00Z`.
pub(super) fn begins_with_day(text: &str) -> bool {
    let end = text.find([' ', 'T']).unwrap_or(text.len());
    let (day, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    is_day(day) && (rest.is_empty() || is_time(rest.get(1..).unwrap_or_default()))
}

/// Whether a text is a time of the day, `12:30` or `12:30:00.5`, a time zone behind it allowed.
pub(super) fn is_time(text: &str) -> bool {
    let zone = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let time = text.get(..zone).unwrap_or_default().trim_end();
    let mut parts = time.split(':');
    let (hour, minute, second) = (parts.next(), parts.next(), parts.next());
    let second = second.map(|second| second.split_once('.').unwrap_or((second, "0")));
    let below = |part: Option<&str>, limit| part.and_then(number).is_some_and(|n| n < limit);
    // A day may have a second too many.
    let second_fits = second.is_none_or(|(whole, fraction)| {
        below(Some(whole), 61) && fraction.bytes().all(|b| b.is_ascii_digit())
    });
    below(hour, 24) && below(minute, 60) && second_fits && parts.next().is_none()
}

fn is_day(text: &str) -> bool {
    let separator = if text.contains('/') { '/' } else { '-' };
    let mut parts = text.split(separator);
    let (year, month, day) = (parts.next(), parts.next(), parts.next());
    let year = year.filter(|year| year.len() == 4).and_then(number);
    let (Some(year), Some(month), Some(day)) = (year, month.and_then(number), day.and_then(number))
    else {
        return false;
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day) && parts.next().is_none()
}

fn number(text: &str) -> Option<u32> {
    let is_number = (1..=4).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for text in [
            "2026-01-31",
            "2026/1/3",
            "2024-02-29",
            "2000-02-29",
            "2026-01-31 12:30",
            "2026-01-31T23:59:60.123Z",
            "2026-01-31T12:30:00+08:00",
            "2026-01-31 00:00:00",
        ] {
            assert!(begins_with_day(text), "{text}");
        }
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-1",
            "26-01-01",
            "2026-01-31 25:00",
            "2026-01-31 ",
            "yesterday",
            "2026-01-31-1",
            "2026-+1-01",
            "é",
        ] {
            assert!(!begins_with_day(text), "{text}");
        }
        for (text, fits) in [
            ("12:30", true),
            ("23:59:59", true),
            ("1:02:03.5", true),
            ("24:00", false),
            ("12", false),
            ("12:60", false),
            ("12:30:00:00", false),
            ("", false),
        ] {
            assert_eq!(is_time(text), fits, "{text}");
        }
    }
}
