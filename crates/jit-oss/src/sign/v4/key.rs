//! What a signature is valid for, and the key that is derived for it.

use std::fmt;
use std::sync::Arc;

use super::TERMINATOR;
use crate::Timestamp;
use crate::escape;
use crate::sign::hash::{Hex, MacKey};
use crate::timestamp::{Day, IsoBasic};

/// What a signature is valid for: a day, a region and a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The day, `YYYYMMDD`, in UTC.
    pub date: &'a str,
    /// The region's id without prefix, `cn-hangzhou`.
    pub region: &'a str,
    /// `oss`, or `oss-cloudbox`.
    pub product: &'a str,
}

impl fmt::Display for Scope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{TERMINATOR}", self.date, self.region, self.product)
    }
}

impl<'a> Scope<'a> {
    /// Reads `DATE/REGION/PRODUCT/aliyun_v4_request`.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.split('/');
        let scope = Self { date: parts.next()?, region: parts.next()?, product: parts.next()? };
        (parts.next()? == TERMINATOR && parts.next().is_none()).then_some(scope)
    }
}

/// The key that signs for one [`Scope`]; worth keeping for the day, as deriving it costs four HMACs.
/// A clone is the same key, and costs nothing.
#[derive(Clone)]
pub struct SigningKey(Arc<Derived>);

struct Derived {
    mac: MacKey,
    /// The scope as it is written: every signature has it twice.
    scope: String,
    /// The same, escaped.
    scope_in_query: String,
    /// Its day, if it has one.
    day: Option<Day>,
}

impl SigningKey {
    /// Derives the key of `scope` from the access key secret.
    #[must_use]
    pub fn derive(secret: &str, scope: &Scope<'_>) -> Self {
        let mut mac = MacKey::new(format!("aliyun_v4{secret}").as_bytes());
        for part in [scope.date, scope.region, scope.product, TERMINATOR] {
            mac = MacKey::new(&mac.mac(&mut part.as_bytes().to_vec()));
        }
        let noon = Timestamp::parse_iso_basic(&format!("{}T120000Z", scope.date));
        let scope = scope.to_string();
        let scope_in_query = escape::query(&scope);
        Self(Arc::new(Derived { mac, scope, scope_in_query, day: noon.map(Day::from) }))
    }

    /// Derives the key of the day of `time`.
    #[must_use]
    pub fn of_day(secret: &str, time: Timestamp, region: &str, product: &str) -> Self {
        Self::derive(secret, &Scope { date: Day::from(time).as_str(), region, product })
    }

    /// Whether it is of the day of a moment.
    pub(crate) fn is_of_day(&self, time: Timestamp) -> bool {
        self.0.day.is_some_and(|day| day.has(time))
    }

    /// The moment as it is signed, and the key of its day if this one is of another.
    pub(super) fn at(&self, moment: Timestamp, secret: &str) -> (IsoBasic, Option<Self>) {
        match self.0.day {
            Some(day) if day.has(moment) => (day.at(moment), None),
            _ => {
                let day = Day::from(moment);
                let scope = Scope::parse(self.scope());
                let scope = scope.map(|scope| Scope { date: day.as_str(), ..scope });
                (day.at(moment), scope.map(|scope| Self::derive(secret, &scope)))
            }
        }
    }

    pub(super) fn scope(&self) -> &str {
        &self.0.scope
    }

    pub(super) fn scope_in_query(&self) -> &str {
        &self.0.scope_in_query
    }

    /// Lower-case hex of HMAC-SHA256 over `string_to_sign`.
    #[must_use]
    pub fn sign(&self, string_to_sign: &str) -> String {
        self.hex(&mut string_to_sign.as_bytes().to_vec()).as_str().to_owned()
    }

    /// Leaves the text as it was.
    pub(super) fn hex(&self, string_to_sign: &mut Vec<u8>) -> Hex {
        Hex::new(self.0.mac.mac(string_to_sign))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_reads_back_what_it_writes() {
        let scope = Scope { date: "20231216", region: "cn-hangzhou", product: "oss" };
        assert_eq!(Scope::parse(&scope.to_string()), Some(scope));
        for text in
            ["", "20231216/cn-hangzhou/oss", "a/b/c/aws4_request", "a/b/c/aliyun_v4_request/d"]
        {
            assert_eq!(Scope::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_of_another_day_is_derived_anew_and_one_of_the_day_is_not() {
        let scope = |date| Scope { date, region: "cn-hangzhou", product: "oss" };
        let key = SigningKey::derive("secret", &scope("20231216"));
        let midnight = Timestamp::parse_iso_basic("20231217T000000Z").unwrap();
        let (last, other) = key.at(midnight.plus(-1), "secret");
        assert_eq!((last.as_str(), other.is_none()), ("20231216T235959Z", true));
        let (first, next) = key.at(midnight, "secret");
        let next = next.unwrap();
        assert_eq!(
            (first.as_str(), next.scope()),
            ("20231217T000000Z", &*scope("20231217").to_string())
        );
        assert_eq!(next.sign("x"), SigningKey::derive("secret", &scope("20231217")).sign("x"));
        assert_ne!(next.sign("x"), key.sign("x"));
    }
}
