//! Signatures of the policies of forms.

use jit_oss::Timestamp;
use jit_oss::sign::v1;
use jit_oss::sign::v4::{ALGORITHM, MAX_EXPIRES};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::time::{MAX_SKEW, bad_date, check_expiry, too_skewed};
use super::{Verifier, malformed};
use crate::error::OssError;

impl Verifier {
    /// Refuses the policy of a form unless it is signed by the credentials, for now and for here.
    pub(crate) fn verify_policy<'a>(
        &self,
        policy: &str,
        field: impl Fn(&str) -> Option<&'a str>,
        now: Timestamp,
    ) -> Result<(), OssError> {
        let require = |name: &'static str| {
            field(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                let message = format!("The form lacks the field {name}.");
                OssError::bad_request("InvalidArgument", message).with("ArgumentName", name)
            })
        };
        let refuse = || {
            let message = "The request signature we calculated does not match the signature you provided. \
                           Check your key and signing method.";
            OssError::forbidden("SignatureDoesNotMatch", message).ec("0002-00000040").diagnosis(
                "likely cause: another secret, or another policy than was signed".to_owned(),
            )
        };
        let token = field("x-oss-security-token");
        if field("x-oss-signature-version").is_none() {
            self.check_identity(require("ossaccesskeyid")?, token)?;
            let secret = self.credentials.access_key_secret().expose_secret();
            let expected = v1::signature(secret, policy);
            let same: bool = expected.as_bytes().ct_eq(require("signature")?.as_bytes()).into();
            return if same { Ok(()) } else { Err(refuse()) };
        }
        if require("x-oss-signature-version")? != ALGORITHM {
            return Err(malformed("The x-oss-signature-version of the form is not known."));
        }
        let credential = self.credential(require("x-oss-credential")?)?;
        let scope = credential.scope();
        self.check_identity(&credential.id, token)?;
        let date_time = require("x-oss-date")?;
        let time = Timestamp::parse_iso_basic(date_time).ok_or_else(|| bad_date("x-oss-date"))?;
        self.check_scope(&scope, date_time, false)?;
        if time.unix() - now.unix() > MAX_SKEW {
            return Err(too_skewed(date_time, now));
        }
        let lasts = i64::try_from(MAX_EXPIRES).unwrap_or(i64::MAX);
        check_expiry(time.plus(lasts), now)?;
        let expected = credential.key.sign(policy);
        let same: bool = expected.as_bytes().ct_eq(require("x-oss-signature")?.as_bytes()).into();
        if !same {
            return Err(refuse());
        }
        self.keep(credential);
        Ok(())
    }
}
