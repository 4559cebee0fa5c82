//! Moments in whole seconds, in the spellings OSS uses.

use std::time::{Duration, SystemTime};

use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time};

/// A moment, in whole seconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The last second of the year 9999: what every spelling can still express.
const LAST: i64 = 253_402_300_799;

impl Timestamp {
    /// From seconds since the epoch; moments outside the years 1970 to 9999 become the nearest inside.
    #[must_use]
    pub fn from_unix(seconds: i64) -> Self {
        Self(seconds.clamp(0, LAST))
    }

    /// What this machine's clock says.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// Seconds since the epoch.
    #[must_use]
    pub fn unix(self) -> i64 {
        self.0
    }

    /// This moment moved by `seconds`, which may be negative.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        Self::from_unix(self.0.saturating_add(seconds))
    }

    /// `20231216T162057Z`, the form of `x-oss-date`.
    #[must_use]
    pub fn iso_basic(self) -> String {
        Day::from(self).at(self).as_str().to_owned()
    }

    /// `2023-12-16T16:20:57.000Z`, the form of OSS's XML documents.
    #[must_use]
    pub fn iso_extended(self) -> String {
        let t = self.date_time();
        format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second()
        )
    }

    /// `Sat, 16 Dec 2023 16:20:57 GMT`, the form of HTTP headers.
    #[must_use]
    pub fn http_date(self) -> String {
        httpdate::fmt_http_date(self.into())
    }

    /// Reads [`iso_basic`](Self::iso_basic).
    #[must_use]
    pub fn parse_iso_basic(text: &str) -> Option<Self> {
        let &[ref date @ .., b'T', h, i, m, n, s, t, b'Z'] = text.as_bytes() else { return None };
        let &[a, b, c, d, e, f, g, j] = date else { return None };
        let two = |tens: u8, ones: u8| -> Option<u8> {
            let digit = |byte: u8| byte.is_ascii_digit().then(|| byte - b'0');
            Some(digit(tens)? * 10 + digit(ones)?)
        };
        let year = i32::from(two(a, b)?) * 100 + i32::from(two(c, d)?);
        let month = Month::try_from(two(e, f)?).ok()?;
        let date = Date::from_calendar_date(year, month, two(g, j)?).ok()?;
        let time = Time::from_hms(two(h, i)?, two(m, n)?, two(s, t)?).ok()?;
        let seconds = PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp();
        (0..=LAST).contains(&seconds).then_some(Self(seconds))
    }

    /// Reads [`iso_extended`](Self::iso_extended), with any fraction of a second or none.
    #[must_use]
    pub fn parse_iso_extended(text: &str) -> Option<Self> {
        let (whole, fraction) = text.trim().strip_suffix('Z')?.split_at_checked(19)?;
        let is_fraction = |text: &str| {
            text.strip_prefix('.').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()))
        };
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        let has = |&(at, mark): &(usize, u8)| whole.as_bytes().get(at) == Some(&mark);
        if !marks.iter().all(has) || !(fraction.is_empty() || is_fraction(fraction)) {
            return None;
        }
        let basic: String =
            whole.chars().filter(|c| !matches!(c, '-' | ':')).chain(['Z']).collect();
        Self::parse_iso_basic(&basic)
    }

    /// Reads an HTTP date in any of the forms of RFC 9110.
    #[must_use]
    pub fn parse_http_date(text: &str) -> Option<Self> {
        httpdate::parse_http_date(text).ok().map(Self::from)
    }

    fn date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(self.0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

/// A moment in the form of `x-oss-date`, without memory of its own: every request is signed with one.
#[derive(Clone, Copy)]
pub(crate) struct IsoBasic([u8; 16]);

impl IsoBasic {
    pub(crate) fn as_str(&self) -> &str {
        // Made of ASCII only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// The day of a moment, as [`IsoBasic`] writes it: what is asked for again and again is mostly of the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Day {
    number: i64,
    text: [u8; 8],
}

const SECONDS_OF_A_DAY: i64 = 24 * 60 * 60;

fn two_digits(value: u8) -> [u8; 2] {
    [b'0' + value / 10 % 10, b'0' + value % 10]
}

impl Day {
    /// `20231216`.
    pub(crate) fn as_str(&self) -> &str {
        // Made of ASCII only.
        std::str::from_utf8(&self.text).unwrap_or_default()
    }

    pub(crate) fn has(&self, moment: Timestamp) -> bool {
        moment.0 / SECONDS_OF_A_DAY == self.number
    }

    /// A moment of this day.
    pub(crate) fn at(&self, moment: Timestamp) -> IsoBasic {
        let second = (moment.0 % SECONDS_OF_A_DAY) as u32;
        let of = |value: u32| two_digits((value % 60) as u8);
        let [a, b, c, d, e, f, g, h] = self.text;
        let [[i, j], [k, l], [m, n]] =
            [two_digits((second / 3600) as u8), of(second / 60), of(second)];
        IsoBasic([a, b, c, d, e, f, g, h, b'T', i, j, k, l, m, n, b'Z'])
    }
}

impl From<Timestamp> for Day {
    fn from(moment: Timestamp) -> Self {
        let (year, month, day) = moment.date_time().to_calendar_date();
        let year = u16::try_from(year).unwrap_or_default();
        let parts = [(year / 100) as u8, (year % 100) as u8, u8::from(month), day];
        let [[a, b], [c, d], [e, f], [g, h]] = parts.map(two_digits);
        Self { number: moment.0 / SECONDS_OF_A_DAY, text: [a, b, c, d, e, f, g, h] }
    }
}

impl From<SystemTime> for Timestamp {
    fn from(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self::from_unix(i64::try_from(since.as_secs()).unwrap_or(LAST))
    }
}

impl From<Timestamp> for SystemTime {
    fn from(moment: Timestamp) -> Self {
        Self::UNIX_EPOCH + Duration::from_secs(moment.0.unsigned_abs())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_comes_back() {
        for unix in [0, 951_782_400, 1_702_743_657, LAST] {
            let moment = Timestamp::from_unix(unix);
            assert_eq!(Timestamp::parse_iso_basic(&moment.iso_basic()), Some(moment));
            assert_eq!(Timestamp::parse_http_date(&moment.http_date()), Some(moment));
            assert_eq!(Timestamp::parse_iso_extended(&moment.iso_extended()), Some(moment));
        }
        assert_eq!(Timestamp::from_unix(1_702_743_657).iso_basic(), "20231216T162057Z");
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in
            ["", "20231316T162057Z", "20231216 162057Z", "2023121６T16205Z", "+0231216T162057Z"]
        {
            assert_eq!(Timestamp::parse_iso_basic(text), None, "{text}");
        }
        for text in [
            "",
            "2023-12-16T16:20:57",
            "2023-12-16 16:20:57Z",
            "2023-12-16T16:20:57.xZ",
            "é2023-12-16T16:20:57Z",
        ] {
            assert_eq!(Timestamp::parse_iso_extended(text), None, "{text}");
        }
    }
}
