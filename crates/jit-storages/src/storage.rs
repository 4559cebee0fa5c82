//! What every storage offers to Rust callers.

use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::local::{self, Moved};
use crate::{
    Capability, Checkup, Content, DownloadOptions, ItemOutcome, ListOptions, Listing, RamPolicy,
    SignMethod, SignOptions, SignedUrl, Stopped, StoredObject, Upload, UploadOptions, UploadUrl,
    Uploaded,
};
use crate::{doctor, many};

/// A place for files, each under a name.
///
/// Methods carry JitAi's names in snake case. Names are opaque: nothing is normalised or stripped.
/// Errors name the storage's Type, the element, the function and the object, and never a secret.
///
/// Six methods are required. The others work through these, so that a storage that wraps another and has a method of
/// its own for each of the six is not gone past; `list`, `copy` and `ram_policy`, which cannot, are declared by who has
/// them.
///
/// ```no_run
/// // no_run: needs an app folder; the quickstart app runs the same.
/// # async fn run(storage: &dyn jit_storages::Storage) -> jit_storages::Result<()> {
/// let uploaded = storage
///     .upload_by_file("folder/example.txt", "hello".into(), "text/plain".into())
///     .await?;
/// println!("Upload successful, URL: {}", uploaded.url);
/// let data = storage.download("folder/example.txt").await?;
/// storage.delete("folder/example.txt").await?;
/// # Ok(())
/// # }
/// ```
#[async_trait]
pub trait Storage: fmt::Debug + Send + Sync + 'static {
    /// What this storage can do beyond keeping files. Constant for an instance; no I/O.
    fn capability(&self) -> Capability;

    /// Stores `data` under `name`, replacing what was there. Returns where it is served.
    ///
    /// Without a MIME type among the options it is served as what its name's extension says:
    /// [`UploadOptions::content_type_of`].
    ///
    /// # Errors
    ///
    /// [`InvalidName`](crate::ErrorKind::InvalidName) before anything is sent; otherwise as the storage
    /// answers.
    #[doc(alias = "uploadByFile")]
    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded>;

    /// A URL that grants access to one file for a while, to whoever has it. Nothing is sent, and the file
    /// need not exist.
    ///
    /// To read ([`SignMethod::Get`]), any browser opens it without a header and is served `content_type`.
    /// To write ([`SignMethod::Put`]), a client sends the data with exactly that `Content-Type`.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the [`capability`](Self::capability) does not
    /// declare it; [`InvalidName`](crate::ErrorKind::InvalidName), or
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) for a life the storage does not allow.
    #[doc(alias = "getSignUrl")]
    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl>;

    /// The whole file, verified by its checksum where the storage keeps one.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when it is not there.
    async fn download(&self, name: &str) -> Result<Bytes>;

    /// What the storage knows of a file, with its contents to be read only if asked for.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when it is not there.
    #[doc(alias = "getObject")]
    async fn get_object(&self, name: &str) -> Result<StoredObject>;

    /// Deletes a file. That it was not there is no error.
    ///
    /// # Errors
    ///
    /// As the storage answers.
    async fn delete(&self, name: &str) -> Result<()>;

    /// Who this is, for the errors of the methods below; errors name nobody where it is not told.
    ///
    /// [`Type::load`](jit_meta::Type::load) makes it: [`Subject::of`].
    fn subject(&self) -> Option<&Subject> {
        None
    }

    /// Whether there is a file of this name.
    ///
    /// # Errors
    ///
    /// As [`get_object`](Self::get_object), but for `NotFound`.
    async fn exists(&self, name: &str) -> Result<bool> {
        match self.get_object(name).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The files whose names begin with `prefix`, which come as the list is read; all of them for an empty one.
    /// Nothing is asked for before.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the [`capability`](Self::capability) does not declare it,
    /// as it is by default: a storage that wraps another may know its files under other names.
    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        let _ = options;
        let detail = "this storage does not list its files";
        let error = Error::of(self.subject(), ErrorKind::Unsupported, "list", prefix, detail);
        Err(error.with_help("ask for files by their names"))
    }

    /// Copies a file within the storage, replacing what was at `to`. A copy onto itself changes nothing.
    ///
    /// # Errors
    ///
    /// [`NotFound`](crate::ErrorKind::NotFound) when there is nothing at `from`;
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the [`capability`](Self::capability) does not declare it,
    /// as it is by default.
    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        let _ = to;
        let detail = "this storage does not copy its files";
        let error = Error::of(self.subject(), ErrorKind::Unsupported, "copy", from, detail);
        Err(error.with_help("use download and uploadByFile"))
    }

    /// Stores a file of this machine under `name`. A relative path begins at the working directory of the process.
    /// The MIME type is found as for [`upload_by_file`](Self::upload_by_file): the path has no say in it.
    ///
    /// By default the file is read into memory and goes through [`upload_by_file`](Self::upload_by_file), and there is
    /// no [`checkpoint`](UploadOptions::checkpoint); a storage that sends it piece by piece has a method of its own.
    ///
    /// # Errors
    ///
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when the file cannot be read; otherwise as
    /// [`upload_by_file`](Self::upload_by_file).
    #[doc(alias = "uploadFile")]
    async fn upload_file(
        &self,
        name: &str,
        path: &Path,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let moved = Moved { subject: self.subject(), function: "uploadFile", name };
        moved.without(options.checkpoint.as_deref())?;
        let data = local::read(moved, path).await?;
        let (progress, size) = (options.progress.clone(), data.len() as u64);
        progress.report(0, Some(size));
        let uploaded = self.upload_by_file(name, data, options).await?;
        progress.report(size, Some(size));
        Ok(uploaded)
    }

    /// Writes a file to this machine, piece by piece, and returns its size in bytes. It appears at `path` when it is
    /// complete, and takes the place of what is there; until then that is untouched.
    ///
    /// # Errors
    ///
    /// As [`get_object`](Self::get_object) and [`StoredObject::chunk`];
    /// [`InvalidArgument`](crate::ErrorKind::InvalidArgument) when `path` cannot be written.
    #[doc(alias = "downloadFile")]
    async fn download_file(
        &self,
        name: &str,
        path: &Path,
        options: DownloadOptions,
    ) -> Result<u64> {
        let moved = Moved { subject: self.subject(), function: "downloadFile", name };
        moved.without(options.checkpoint.as_deref())?;
        let object = self.get_object(name).await?;
        local::write(moved, object, path, &options.progress).await
    }

    /// Stores several files, some of them at the same time. One that fails stops none of the others; what became of
    /// each is told in order.
    #[doc(alias = "uploadMany")]
    async fn upload_many(&self, files: Vec<Upload>) -> Vec<ItemOutcome<Uploaded>> {
        let uploads = files.into_iter().map(|Upload { name, content, options }| async move {
            let result = match content {
                Content::Bytes(data) => self.upload_by_file(&name, data, options).await,
                Content::File(path) => self.upload_file(&name, &path, options).await,
            };
            ItemOutcome::new(name, result)
        });
        many::each(uploads, many::AT_ONCE).await
    }

    /// Deletes several files. One that fails stops none of the others; what became of each is told in order, and
    /// that one was not there is no failure.
    #[doc(alias = "deleteMany")]
    async fn delete_many(&self, names: Vec<String>) -> Vec<ItemOutcome<()>> {
        let deletions = names.into_iter().map(|name| async move {
            let result = self.delete(&name).await;
            ItemOutcome::new(name, result)
        });
        many::each(deletions, many::AT_ONCE).await
    }

    /// What a client needs to upload a file without credentials: method, URL, the headers it has to send, and until
    /// when. Nothing is sent, and what is uploaded has exactly this MIME type.
    ///
    /// # Errors
    ///
    /// As [`get_sign_url`](Self::get_sign_url) to write.
    #[doc(alias = "getUploadUrl")]
    async fn get_upload_url(
        &self,
        name: &str,
        content_type: &str,
        expires: Duration,
    ) -> Result<UploadUrl> {
        let options = SignOptions::default().with_method(SignMethod::Put).with_expires(expires);
        let begin = SystemTime::now();
        let url = self.get_sign_url(name, content_type, options).await;
        let url = url.map_err(|error| error.of_function("getUploadUrl"))?;
        let expires_at = begin.checked_add(expires).ok_or_else(|| {
            let (kind, detail) = (ErrorKind::InvalidArgument, "no clock goes as far as `expires`");
            Error::of(self.subject(), kind, "getUploadUrl", name, detail)
        })?;
        let mut headers = Vec::new();
        if !content_type.is_empty() {
            headers.push(("content-type".to_owned(), content_type.to_owned()));
        }
        Ok(UploadUrl { method: SignMethod::Put, url, headers, expires_at })
    }

    /// Finds out whether this storage works, step by step, up to the first step that fails, and says of that one what
    /// to do. Files are stored below `.jit-doctor/` and deleted again, whatever fails.
    ///
    /// By default it puts, gets, lists, copies, signs and deletes, as far as that is declared.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when a step has failed, which is the last of [`Checkup::steps`].
    async fn doctor(&self, checkup: &mut Checkup) -> std::result::Result<(), Stopped> {
        let prefix = doctor::probe_prefix();
        doctor::files(self, checkup, &prefix, doctor::nothing_more).await
    }

    /// The least that Alibaba Cloud's access control (RAM) has to allow, so that every method of this storage works,
    /// with every option that is declared. No I/O.
    ///
    /// A storage that wraps another gives that one's; where it puts something before every name,
    /// [narrowed](RamPolicy::below) to that.
    ///
    /// # Errors
    ///
    /// [`Unsupported`](crate::ErrorKind::Unsupported) where the [`capability`](Self::capability) does not declare it,
    /// as it is by default: what keeps the files is not OSS, or nobody knows.
    #[doc(alias = "ramPolicy")]
    fn ram_policy(&self) -> Result<RamPolicy> {
        let detail = "this storage has no policy of RAM";
        let error = Error::of(self.subject(), ErrorKind::Unsupported, "ramPolicy", "", detail);
        Err(error.with_help("ask a storage that keeps its files in OSS"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interface_can_be_a_trait_object() {
        fn takes(_: Option<&dyn Storage>) {}
        takes(None);
    }
}
