//! Values of headers that OSS gives a meaning.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};

macro_rules! named {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name { $($(#[$doc])* $variant),+ }

        impl $name {
            /// As OSS writes it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// Reads what OSS writes; `None` when it is something else.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(super) use named;

named! {
    /// How an object is stored, from quick and dear to slow and cheap.
    StorageClass {
        /// Read at once.
        Standard = "Standard",
        /// Read at once; for what is seldom read.
        InfrequentAccess = "IA",
        /// Restored within a minute before it is read.
        Archive = "Archive",
        /// Restored within hours.
        ColdArchive = "ColdArchive",
        /// Restored within a day or two.
        DeepColdArchive = "DeepColdArchive",
    }
}

named! {
    /// Who may use an object.
    ObjectAcl {
        /// Whoever may use the bucket.
        Default = "default",
        /// Its owner, and whom policies allow.
        Private = "private",
        /// Anybody reads.
        PublicRead = "public-read",
        /// Anybody reads and writes.
        PublicReadWrite = "public-read-write",
    }
}

named! {
    /// Who may use a bucket.
    BucketAcl {
        /// Its owner, and whom policies allow.
        Private = "private",
        /// Anybody reads.
        PublicRead = "public-read",
        /// Anybody reads and writes.
        PublicReadWrite = "public-read-write",
    }
}

/// How OSS encrypts what it stores.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerSideEncryption {
    /// With keys of OSS's own, AES-256.
    Aes256,
    /// With keys of OSS's own, SM4.
    Sm4,
    /// With a key of the Key Management Service; the account's default key unless one is named.
    Kms {
        /// The key's id.
        key_id: Option<String>,
        /// Whether the data is encrypted with SM4 instead of AES-256.
        sm4: bool,
    },
}

impl ServerSideEncryption {
    pub(super) fn algorithm(&self) -> &'static str {
        match self {
            Self::Aes256 => "AES256",
            Self::Sm4 => "SM4",
            Self::Kms { .. } => "KMS",
        }
    }

    pub(super) fn key_id(&self) -> Option<&str> {
        match self {
            Self::Kms { key_id, .. } => key_id.as_deref(),
            _ => None,
        }
    }

    pub(super) fn data_algorithm(&self) -> Option<&'static str> {
        matches!(self, Self::Kms { sm4: true, .. }).then_some("SM4")
    }
}

/// What OSS sends to a server of yours once an object is stored.
///
/// ```
/// use jit_oss::Callback;
///
/// let callback = Callback::new("https://app.example.com/stored", "object=${object}&user=${x:user}")
///     .variable("user", "u-7");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callback {
    url: String,
    body: String,
    host: Option<String>,
    body_type: Option<String>,
    variables: Vec<(String, String)>,
}

impl Callback {
    /// A `POST` to `url` of `body`, in which `${object}`, `${size}` and OSS's other variables are replaced.
    #[must_use]
    pub fn new(url: impl Into<String>, body: impl Into<String>) -> Self {
        let (url, body) = (url.into(), body.into());
        Self { url, body, host: None, body_type: None, variables: Vec::new() }
    }

    /// Sets the `Host` header; the URL's host unless set.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = Some(host.into());
        self
    }

    /// Sets the body's content type: `application/x-www-form-urlencoded`, which it is unless set, or
    /// `application/json`.
    #[must_use]
    pub fn body_type(mut self, content_type: impl Into<String>) -> Self {
        self.body_type = Some(content_type.into());
        self
    }

    /// Sets what `${x:name}` stands for in the body.
    #[must_use]
    pub fn variable(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        self.variables.push((format!("x:{}", name.as_ref()), value.into()));
        self
    }

    pub(super) fn encoded(&self) -> String {
        let mut json = serde_json::Map::new();
        json.insert("callbackUrl".into(), self.url.as_str().into());
        json.insert("callbackBody".into(), self.body.as_str().into());
        for (name, value) in [("callbackHost", &self.host), ("callbackBodyType", &self.body_type)] {
            if let Some(value) = value {
                json.insert(name.into(), value.as_str().into());
            }
        }
        encoded(json)
    }

    pub(super) fn encoded_variables(&self) -> Option<String> {
        let pairs = self.variables.iter().map(|(n, v)| (n.clone(), v.as_str().into()));
        (!self.variables.is_empty()).then(|| encoded(pairs.collect()))
    }
}

fn encoded(json: serde_json::Map<String, serde_json::Value>) -> String {
    BASE64.encode(serde_json::Value::Object(json).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_oss_s() {
        for class in ["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"] {
            assert_eq!(StorageClass::parse(class).map(StorageClass::as_str), Some(class));
        }
        for acl in ["default", "private", "public-read", "public-read-write"] {
            assert_eq!(ObjectAcl::parse(acl).map(ObjectAcl::as_str), Some(acl));
        }
        assert_eq!(BucketAcl::parse("default"), None);
    }

    #[test]
    fn a_callback_is_base64_of_json() {
        let callback = Callback::new("http://a/b", "size=${size}").variable("user", "\"u\"");
        let decode = |text: &str| String::from_utf8(BASE64.decode(text).unwrap()).unwrap();
        assert_eq!(
            decode(&callback.encoded()),
            r#"{"callbackUrl":"http://a/b","callbackBody":"size=${size}"}"#
        );
        assert_eq!(decode(&callback.encoded_variables().unwrap()), r#"{"x:user":"\"u\""}"#);
        assert_eq!(Callback::new("u", "b").encoded_variables(), None);
    }
}
