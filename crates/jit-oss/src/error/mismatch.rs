//! Why a signature was refused: what was signed here, beside what OSS would have signed.

use std::fmt;

use crate::escape;

/// What was signed here and what OSS says it would have signed, for a request that was refused for its
/// signature.
///
/// Where the two are the same, the secret is wrong, or belongs to another access key. Where they differ,
/// something between here and OSS has changed the request. Tokens and signatures are shown as `***`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureMismatch {
    ours: String,
    theirs: String,
}

/// The longest line that is shown of a difference.
const SHOWN: usize = 120;

impl SignatureMismatch {
    /// `secrets` are blotted out of both.
    pub(crate) fn new(ours: &str, theirs: &str, secrets: &[&str]) -> Self {
        Self { ours: masked(ours, secrets), theirs: masked(theirs, secrets) }
    }

    /// What was signed here: the canonical request in V4, the string to sign in V1.
    #[must_use]
    pub fn ours(&self) -> &str {
        &self.ours
    }

    /// What OSS would have signed.
    #[must_use]
    pub fn theirs(&self) -> &str {
        &self.theirs
    }

    /// The number of the first line in which they differ, from 1, with both.
    #[must_use]
    pub fn first_difference(&self) -> Option<(usize, &str, &str)> {
        let (mut ours, mut theirs) = (self.ours.split('\n'), self.theirs.split('\n'));
        (1..).find_map(|number| match (ours.next(), theirs.next()) {
            (None, None) => Some(None),
            (ours, theirs) if ours == theirs => None,
            (ours, theirs) => {
                Some(Some((number, ours.unwrap_or_default(), theirs.unwrap_or_default())))
            }
        })?
    }

    /// The first difference in words, on one line.
    pub(super) fn difference(&self) -> Option<String> {
        let (number, ours, theirs) = self.first_difference()?;
        let shown = |line: &str| super::service::printable(line, SHOWN);
        Some(format!(
            "line {number} of what is signed is `{}` here and `{}` at OSS",
            shown(ours),
            shown(theirs)
        ))
    }
}

impl fmt::Display for SignatureMismatch {
    /// Both texts, with the first line that differs marked.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let different = self.first_difference().map(|(number, ..)| number);
        for (title, text) in [("signed here:", &self.ours), ("signed by OSS:", &self.theirs)] {
            writeln!(f, "{title}")?;
            for (number, line) in (1..).zip(text.split('\n')) {
                let mark = if Some(number) == different { '>' } else { ' ' };
                let line = super::service::printable(line, usize::MAX);
                writeln!(f, "{mark} {number:>2}  {line}")?;
            }
        }
        Ok(())
    }
}

/// Also what looks like a token, in case it is not the one that is known here.
fn masked(text: &str, secrets: &[&str]) -> String {
    let mut text = text.replace("\r\n", "\n");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***").replace(&escape::query(secret), "***");
    }
    let lines = text.split('\n').map(|line| {
        let (name, _) = line.split_once(':').unwrap_or_default();
        if name.ends_with("security-token") {
            return format!("{name}:***");
        }
        let parameters = line.split('&').map(|pair| match pair.split_once('=') {
            Some((name, _)) if is_secret(name) => format!("{name}=***"),
            _ => pair.to_owned(),
        });
        parameters.collect::<Vec<_>>().join("&")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// In V1 the parameters follow the resource: `/bucket/key?security-token`.
fn is_secret(name: &str) -> bool {
    ["security-token", "x-oss-signature", "Signature"].iter().any(|secret| name.ends_with(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_found() {
        for (ours, theirs, expected) in [
            ("a\nb\nc", "a\nb\nc", None),
            ("a\nb\nc", "a\nB\nC", Some((2, "b", "B"))),
            ("a", "a\nb", Some((2, "", "b"))),
            ("a\nb", "a", Some((2, "b", ""))),
            ("a\r\nb", "a\nb", None),
        ] {
            let mismatch = SignatureMismatch::new(ours, theirs, &[]);
            assert_eq!(mismatch.first_difference(), expected, "{ours:?} {theirs:?}");
        }
        let mismatch = SignatureMismatch::new("PUT\n/b/k", "PUT\n/b/K", &[]);
        assert_eq!(
            mismatch.to_string(),
            "signed here:\n   1  PUT\n>  2  /b/k\nsigned by OSS:\n   1  PUT\n>  2  /b/K\n"
        );
    }

    #[test]
    fn tokens_are_masked_wherever_they_stand() {
        let ours = "GET\n/b/k\na=1&x-oss-security-token=h%2Fush&x-oss-signature=feed&z=2\n\
                    x-oss-security-token:h/ush\nx-oss-date:1";
        let other = "/b/k?response-content-type=a&security-token=unknown";
        let mismatch = SignatureMismatch::new(ours, other, &["h/ush"]);
        assert_eq!(
            mismatch.ours(),
            "GET\n/b/k\na=1&x-oss-security-token=***&x-oss-signature=***&z=2\n\
             x-oss-security-token:***\nx-oss-date:1"
        );
        assert_eq!(mismatch.theirs(), "/b/k?response-content-type=a&security-token=***");
    }
}
