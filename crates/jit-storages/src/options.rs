//! How storages are asked.

use std::path::PathBuf;
use std::time::Duration;

use crate::Progress;
use crate::error::{Error, ErrorKind, Result, Subject};

/// How a file is uploaded. Everything but the MIME type is as far as the storage's
/// [`Capability`](crate::Capability) goes: what is asked for and not declared is
/// [`Unsupported`](crate::ErrorKind::Unsupported), and nothing is stored.
///
/// ```
/// use jit_storages::UploadOptions;
///
/// let options = UploadOptions::from("text/plain").with_metadata("author", "me").with_forbid_overwrite();
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadOptions {
    /// The MIME type it will be served as, where the storage keeps it
    /// ([`Capability::content_type`](crate::Capability::content_type)); that of its name unless given. Storages ask for
    /// it by [`content_type_of`](Self::content_type_of).
    pub content_type: Option<String>,
    /// The writer's own metadata: names in ASCII, which are told in lower case, and values.
    pub metadata: Vec<(String, String)>,
    /// Fails with [`Conflict`](crate::ErrorKind::Conflict) where there is a file of this name.
    pub forbid_overwrite: bool,
    /// The `Cache-Control` it will be served with.
    pub cache_control: Option<String>,
    /// The `Content-Disposition` it will be served with.
    pub content_disposition: Option<String>,
    /// The storage class, as the storage calls it: `IA`.
    pub storage_class: Option<String>,
    /// Who may use it, as the storage says it: `public-read`.
    pub acl: Option<String>,
    /// Tags, by which the storage's rules find it.
    pub tags: Vec<(String, String)>,
    /// A file of this machine that remembers how far the upload of a file is
    /// ([`upload_file`](crate::Storage::upload_file)): what was killed or broke off goes on when it is asked for once
    /// more with the same checkpoint. It is removed when the upload is done.
    pub checkpoint: Option<PathBuf>,
    /// Who is told how far it is.
    pub progress: Progress,
}

impl From<&str> for UploadOptions {
    /// A MIME type, everything else as by default.
    fn from(content_type: &str) -> Self {
        Self::default().with_content_type(content_type)
    }
}

impl UploadOptions {
    /// Sets the MIME type.
    #[must_use]
    pub fn with_content_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = Some(content_type.into());
        self
    }

    /// The MIME type of a file that is uploaded under this name: the one that is set, or else the
    /// [one of the name](content_type_of).
    ///
    /// ```
    /// use jit_storages::UploadOptions;
    ///
    /// assert_eq!(UploadOptions::default().content_type_of("pets/cat.jpg"), "image/jpeg");
    /// assert_eq!(UploadOptions::from("image/webp").content_type_of("pets/cat.jpg"), "image/webp");
    /// ```
    #[must_use]
    pub fn content_type_of(&self, name: &str) -> &str {
        self.content_type.as_deref().unwrap_or_else(|| content_type_of(name))
    }

    /// Adds metadata.
    #[must_use]
    pub fn with_metadata(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.metadata.push((name.into(), value.into()));
        self
    }

    /// Lets nothing be replaced.
    #[must_use]
    pub fn with_forbid_overwrite(mut self) -> Self {
        self.forbid_overwrite = true;
        self
    }

    /// Sets the `Cache-Control`.
    #[must_use]
    pub fn with_cache_control(mut self, value: impl Into<String>) -> Self {
        self.cache_control = Some(value.into());
        self
    }

    /// Sets the `Content-Disposition`.
    #[must_use]
    pub fn with_content_disposition(mut self, value: impl Into<String>) -> Self {
        self.content_disposition = Some(value.into());
        self
    }

    /// Sets the storage class.
    #[must_use]
    pub fn with_storage_class(mut self, class: impl Into<String>) -> Self {
        self.storage_class = Some(class.into());
        self
    }

    /// Sets who may use it.
    #[must_use]
    pub fn with_acl(mut self, acl: impl Into<String>) -> Self {
        self.acl = Some(acl.into());
        self
    }

    /// Adds a tag.
    #[must_use]
    pub fn with_tag(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.push((name.into(), value.into()));
        self
    }

    /// Sets what remembers how far it is.
    #[must_use]
    pub fn with_checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }

    /// Sets who is told how far it is.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }
}

/// The MIME type that a name stands for by its extension; `application/octet-stream` where that says nothing.
///
/// ```
/// assert_eq!(jit_storages::content_type_of("pets/cat.jpg"), "image/jpeg");
/// assert_eq!(jit_storages::content_type_of("pets/cat"), "application/octet-stream");
/// ```
#[must_use]
pub fn content_type_of(name: &str) -> &'static str {
    mime_guess::from_path(name).first_raw().unwrap_or("application/octet-stream")
}

/// How a file is downloaded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct DownloadOptions {
    /// A file of this machine that remembers how far it is: what was killed or broke off goes on when it is asked for
    /// once more with the same checkpoint. It is removed when the download is done. Where the storage declares it
    /// ([`Capability::resume`](crate::Capability::resume)).
    pub checkpoint: Option<PathBuf>,
    /// Who is told how far it is.
    pub progress: Progress,
}

impl DownloadOptions {
    /// Sets what remembers how far it is.
    #[must_use]
    pub fn with_checkpoint(mut self, path: impl Into<PathBuf>) -> Self {
        self.checkpoint = Some(path.into());
        self
    }

    /// Sets who is told how far it is.
    #[must_use]
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }
}

/// Which files are listed, besides the prefix of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListOptions {
    /// Names that go on after the first of these after the prefix are told as one prefix, as a folder would be: `/`.
    /// Not empty.
    pub delimiter: Option<String>,
    /// Only what comes after this, which need not be there: the name of the last entry, to go on with a list.
    pub start_after: Option<String>,
    /// At most so many entries; all, unless given.
    pub limit: Option<u64>,
}

impl ListOptions {
    /// Sets what ends a folder.
    #[must_use]
    pub fn with_delimiter(mut self, delimiter: impl Into<String>) -> Self {
        self.delimiter = Some(delimiter.into());
        self
    }

    /// Sets after which name to begin.
    #[must_use]
    pub fn with_start_after(mut self, name: impl Into<String>) -> Self {
        self.start_after = Some(name.into());
        self
    }

    /// Refuses what lists nothing.
    pub(crate) fn check(&self, subject: Option<&Subject>, prefix: &str) -> Result<()> {
        if self.delimiter.as_deref() != Some("") {
            return Ok(());
        }
        let (kind, detail) = (ErrorKind::InvalidArgument, "the delimiter is empty");
        Err(Error::of(subject, kind, "list", prefix, detail)
            .with_help("leave it out to list every file, or give `/`"))
    }

    /// Sets how many entries there are at most.
    #[must_use]
    pub fn with_limit(mut self, limit: u64) -> Self {
        self.limit = Some(limit);
        self
    }
}

/// What a signed URL allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignMethod {
    /// To read the file.
    #[default]
    Get,
    /// To write it.
    Put,
}

impl SignMethod {
    /// As HTTP writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
        }
    }
}

/// How a URL is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SignOptions {
    /// How long it lives; 300 seconds unless given.
    pub expires: Duration,
    /// What it allows; to read, unless given.
    pub method: SignMethod,
}

impl Default for SignOptions {
    fn default() -> Self {
        Self { expires: Duration::from_secs(300), method: SignMethod::Get }
    }
}

impl SignOptions {
    /// Sets how long it lives.
    #[must_use]
    pub fn with_expires(mut self, expires: Duration) -> Self {
        self.expires = expires;
        self
    }

    /// Sets what it allows.
    #[must_use]
    pub fn with_method(mut self, method: SignMethod) -> Self {
        self.method = method;
        self
    }
}
