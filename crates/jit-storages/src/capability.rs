//! What a storage can do, declared.

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::{SignMethod, UploadOptions};

macro_rules! capability {
    ($($(#[doc = $doc:literal])+ $field:ident $with:ident $about:literal;)+) => {
        /// What a storage can do beyond keeping files: declared, so that nobody has to find out by calling and
        /// failing. What is not declared answers [`Unsupported`](crate::ErrorKind::Unsupported), or is absent
        /// from results.
        ///
        /// ```
        /// use jit_storages::Capability;
        ///
        /// const MINE: Capability = Capability::NONE.with_checksum();
        /// assert!(MINE.checksum && !MINE.sign_get);
        /// ```
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub struct Capability {
            $($(#[doc = $doc])+ pub $field: bool,)+
        }

        impl Capability {
            /// Nothing beyond keeping files.
            pub const NONE: Self = Self { $($field: false,)+ };

            /// Every power in words, and whether it is declared.
            #[must_use]
            pub fn powers(self) -> [(&'static str, bool); [$($about),+].len()] {
                [$(($about, self.$field)),+]
            }

            $(
                #[doc = concat!("Declares ", $about, ".")]
                #[must_use]
                pub const fn $with(mut self) -> Self {
                    self.$field = true;
                    self
                }
            )+
        }
    };
}

capability! {
    /// Signs URLs to read a file: `getSignUrl` with [`SignMethod::Get`].
    sign_get with_sign_get "signed URLs to read";
    /// Signs URLs to write a file: `getSignUrl` with [`SignMethod::Put`], and `getUploadUrl`.
    sign_put with_sign_put "signed URLs to write";
    /// Keeps an `ETag` and a CRC-64 of every file, and tells them.
    checksum with_checksum "checksums";
    /// Keeps the MIME type that a file was uploaded with. Otherwise it is always that of the name's extension.
    content_type with_content_type "kept MIME types";
    /// Lists its files: [`list`](crate::Storage::list).
    list with_list "lists";
    /// Copies files without moving their bytes through here: [`copy`](crate::Storage::copy).
    copy with_copy "copies";
    /// Keeps the metadata that a file was uploaded with: [`UploadOptions::metadata`].
    metadata with_metadata "kept metadata";
    /// Refuses to replace a file: [`UploadOptions::forbid_overwrite`].
    forbid_overwrite with_forbid_overwrite "uploads that replace nothing";
    /// Serves files with the `Cache-Control` and the `Content-Disposition` they were uploaded with.
    http_headers with_http_headers "kept HTTP headers";
    /// Has storage classes: [`UploadOptions::storage_class`].
    storage_class with_storage_class "storage classes";
    /// Has access rules of single files: [`UploadOptions::acl`].
    acl with_acl "access rules of files";
    /// Keeps tags: [`UploadOptions::tags`].
    tags with_tags "tags";
    /// Goes on with a transfer of a file of this machine that broke off, also where the process was killed:
    /// [`UploadOptions::checkpoint`], [`DownloadOptions::checkpoint`](crate::DownloadOptions::checkpoint).
    resume with_resume "transfers that go on";
    /// Says what Alibaba Cloud's access control has to allow: [`ram_policy`](crate::Storage::ram_policy).
    ram_policy with_ram_policy "a RAM policy";
}

impl Capability {
    /// Whether URLs for this can be signed.
    #[must_use]
    pub const fn signs(&self, method: SignMethod) -> bool {
        match method {
            SignMethod::Get => self.sign_get,
            SignMethod::Put => self.sign_put,
        }
    }

    /// What is left of it to a storage that wraps the one it belongs to, and has the required methods of
    /// [`Storage`](crate::Storage) only: what these can do. A wrapper that has `list`, `copy`, `upload_file` and
    /// `download_file`, or `ram_policy` of its own declares that.
    ///
    /// ```
    /// use jit_storages::Capability;
    ///
    /// let inner = Capability::NONE.with_checksum().with_list();
    /// assert_eq!(inner.for_wrapper(), Capability::NONE.with_checksum());
    /// ```
    #[must_use]
    pub const fn for_wrapper(mut self) -> Self {
        self.list = false;
        self.copy = false;
        self.resume = false;
        self.ram_policy = false;
        self
    }

    /// Refuses an upload that asks for what is not declared, before anything is stored.
    ///
    /// A MIME type is no such thing: where it is not kept, the name's extension tells it.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](ErrorKind::Unsupported), which names the first such option.
    pub fn accept(&self, subject: &Subject, name: &str, options: &UploadOptions) -> Result<()> {
        self.accept_by("uploadByFile", subject, name, options)
    }

    /// The same for another function.
    pub(crate) fn accept_by(
        &self,
        function: &'static str,
        subject: &Subject,
        name: &str,
        options: &UploadOptions,
    ) -> Result<()> {
        let Some(option) = self.lacks(options) else { return Ok(()) };
        let detail = format!("this storage has no `{option}`, so nothing was stored");
        Err(Error::new(ErrorKind::Unsupported, subject, function, name, detail)
            .with_help(format!("upload it without `{option}`")))
    }

    /// What is asked for and not declared, by the name that the option has for callers by name.
    fn lacks(&self, options: &UploadOptions) -> Option<&'static str> {
        let asked = [
            ("metadata", !options.metadata.is_empty(), self.metadata),
            ("forbidOverwrite", options.forbid_overwrite, self.forbid_overwrite),
            ("cacheControl", options.cache_control.is_some(), self.http_headers),
            ("contentDisposition", options.content_disposition.is_some(), self.http_headers),
            ("storageClass", options.storage_class.is_some(), self.storage_class),
            ("acl", options.acl.is_some(), self.acl),
            ("tags", !options.tags.is_empty(), self.tags),
            ("checkpoint", options.checkpoint.is_some(), self.resume),
        ];
        asked.iter().find(|(_, asked, has)| *asked && !*has).map(|(name, ..)| *name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_that_nobody_keeps_is_named() {
        let options = UploadOptions::from("a/b");
        assert_eq!(Capability::NONE.lacks(&options), None);
        let options = options.with_metadata("a", "b").with_tag("c", "d");
        assert_eq!(Capability::NONE.lacks(&options), Some("metadata"));
        assert_eq!(Capability::NONE.with_metadata().lacks(&options), Some("tags"));
        assert_eq!(Capability::NONE.with_metadata().with_tags().lacks(&options), None);
    }
}
