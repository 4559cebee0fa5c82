//! `storages.OssType`: files in Alibaba Cloud OSS.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jit_meta::{ConfigProblem, LoadContext, Type, register_type};
use jit_oss::{Bucket, Client, Copier, Downloader, ObjectAcl, Payload, StorageClass, Uploader};

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::functions::Storages;
use crate::list::PAGE;
use crate::local::{self, Moved};
use crate::trace::called;
use crate::{
    Capability, Checkup, DownloadOptions, ItemOutcome, ListOptions, Listing, RamAction, RamPolicy,
    SignMethod, SignOptions, SignedUrl, Stopped, Storage, StoredObject, UploadOptions, Uploaded,
};

mod config;
mod doctor;
mod read;

pub use config::OssConfig;
use config::OssCredentials;
use read::{OssBody, OssPages};

/// The Type behind `storages.OssType`.
#[derive(Clone, Copy, Debug)]
pub struct OssType;

register_type!("storages.OssType" => OssType);

#[async_trait]
impl Type for OssType {
    type Meta = Storages;
    type Config = OssConfig;

    fn validate(&self, config: &OssConfig) -> Vec<ConfigProblem> {
        config.to_client().err().unwrap_or_default()
    }

    async fn load(
        &self,
        config: OssConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let subject = Subject::of(&cx);
        // `validate` has told what is wrong, in its place.
        let (client, bucket) = config.to_client().map_err(|_| {
            let message = format!("the configuration of `{}` is not valid", cx.element());
            jit_meta::Error::new(jit_meta::ErrorKind::InvalidConfig, message)
        })?;
        let bucket =
            Client::new(client).and_then(|client| client.bucket(bucket.as_str())).map_err(
                |error| jit_meta::Error::failed(Error::from_oss(error, &subject, "load", "")),
            )?;
        let transfers = config.transfers(&bucket);
        Ok(Arc::new(OssStorage { subject, bucket, transfers, found: config.found() }))
    }
}

/// A bucket as a storage.
struct OssStorage {
    subject: Subject,
    bucket: Bucket,
    transfers: Transfers,
    /// Where the access key is found, if it does not stand in the configuration.
    found: Option<OssCredentials>,
}

/// How files of any size are moved.
struct Transfers {
    uploader: Uploader,
    downloader: Downloader,
    copier: Copier,
}

impl Transfers {
    fn new(bucket: &Bucket) -> Self {
        Self {
            uploader: Uploader::new(bucket),
            downloader: Downloader::new(bucket),
            copier: Copier::new(bucket),
        }
    }
}

impl fmt::Debug for OssStorage {
    /// Without the bucket's client, which shows the access key's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssStorage").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl OssStorage {
    async fn put(
        &self,
        function: &'static str,
        name: &str,
        payload: Payload,
        options: &UploadOptions,
    ) -> Result<Uploaded> {
        let progress = options.progress.clone();
        let mut request = self
            .transfers
            .uploader
            .upload(name, payload)
            .content_type(options.content_type_of(name))
            .progress(move |told| progress.report(told.bytes, told.total));
        for (key, value) in &options.metadata {
            request = request.metadata(key, value);
        }
        for (key, value) in &options.tags {
            request = request.tag(key, value);
        }
        if let Some(value) = &options.cache_control {
            request = request.cache_control(value);
        }
        if let Some(value) = &options.content_disposition {
            request = request.content_disposition(value);
        }
        if let Some(class) = &options.storage_class {
            let known = StorageClass::parse(class);
            request = request.storage_class(self.known(function, name, known, || {
                (format!("OSS has no storage class {class:?}"), STORAGE_CLASSES)
            })?);
        }
        if let Some(acl) = &options.acl {
            let known = ObjectAcl::parse(acl);
            request = request.acl(
                self.known(function, name, known, || (format!("OSS has no ACL {acl:?}"), ACLS))?,
            );
        }
        if options.forbid_overwrite {
            request = request.forbid_overwrite();
        }
        if let Some(checkpoint) = &options.checkpoint {
            request = request.checkpoint(checkpoint);
        }
        let put = self.call(function, name, request).await?;
        Ok(Uploaded {
            url: self.bucket.url(name),
            etag: put.etag,
            crc64: put.crc64,
            request_id: put.receipt.request_id,
        })
    }

    /// A value that OSS has, or which it has.
    fn known<T>(
        &self,
        function: &'static str,
        name: &str,
        value: Option<T>,
        wrong: impl FnOnce() -> (String, &'static str),
    ) -> Result<T> {
        value.ok_or_else(|| {
            let (detail, help) = wrong();
            let kind = ErrorKind::InvalidArgument;
            Error::new(kind, &self.subject, function, name, detail).with_help(help)
        })
    }

    /// Sends a request, and says, when it fails, what was attempted in terms of the storage.
    async fn call<T, R>(&self, function: &'static str, object: &str, request: R) -> Result<T>
    where
        R: IntoFuture<Output = jit_oss::Result<T>, IntoFuture: Send>,
    {
        let request = request.into_future();
        let sent = async {
            let result = request.await;
            result.map_err(|error| Error::from_oss(error, &self.subject, function, object))
        };
        called(&self.subject, function, object, sent).await
    }
}

/// What has to be allowed for the methods below. Tags need rights of their own, an ACL that an upload sets does not;
/// who gives an upload in parts up looks whether a part is left.
const ACTIONS: [RamAction; 8] = [
    RamAction::AbortMultipartUpload,
    RamAction::DeleteObject,
    RamAction::GetObject,
    RamAction::GetObjectTagging,
    RamAction::ListObjects,
    RamAction::ListParts,
    RamAction::PutObject,
    RamAction::PutObjectTagging,
];

const STORAGE_CLASSES: &str = "it has Standard, IA, Archive, ColdArchive and DeepColdArchive";
const ACLS: &str = "it has default, private, public-read and public-read-write";

#[async_trait]
impl Storage for OssStorage {
    fn capability(&self) -> Capability {
        Capability::NONE
            .with_sign_get()
            .with_sign_put()
            .with_checksum()
            .with_content_type()
            .with_list()
            .with_copy()
            .with_metadata()
            .with_forbid_overwrite()
            .with_http_headers()
            .with_storage_class()
            .with_acl()
            .with_tags()
            .with_resume()
            .with_ram_policy()
    }

    fn subject(&self) -> Option<&Subject> {
        Some(&self.subject)
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.put("uploadByFile", name, data.into(), &options).await
    }

    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        let mut request = match options.method {
            SignMethod::Get => self.bucket.presign_get(file),
            SignMethod::Put => self.bucket.presign_put(file),
        };
        if !content_type.is_empty() {
            request = match options.method {
                SignMethod::Get => request.response_content_type(content_type),
                SignMethod::Put => request.content_type(content_type),
            };
        }
        let url = self.call("getSignUrl", file, request.expires_in(options.expires).sign()).await?;
        Ok(SignedUrl::new(url.as_str().to_owned()))
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.call("download", name, self.bucket.get_object(name).bytes()).await
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let head = self.call("getObject", name, self.bucket.head_object(name)).await?;
        let body = OssBody {
            subject: self.subject.clone(),
            bucket: self.bucket.clone(),
            name: name.to_owned(),
            head: head.clone(),
            open: None,
        };
        let mut object = StoredObject::new(name, head.size, Box::new(body));
        object.etag = head.etag;
        object.content_type = head.content_type;
        object.last_modified = head.last_modified.map(Into::into);
        object.storage_class = head.storage_class;
        object.crc64 = head.crc64;
        object.metadata = head.user_metadata;
        object.version_id = head.version_id;
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.call("delete", name, self.bucket.delete_object(name)).await.map(drop)
    }

    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        options.check(Some(&self.subject), prefix)?;
        let mut request = self.bucket.list_objects();
        if !prefix.is_empty() {
            request = request.prefix(prefix);
        }
        if let Some(delimiter) = &options.delimiter {
            request = request.delimiter(delimiter.as_str());
        }
        if let Some(after) = &options.start_after {
            request = request.start_after(after.as_str());
        }
        // The first page may hold one prefix that is not after the beginning.
        let wanted = options.limit.unwrap_or(u64::MAX).clamp(1, PAGE as u64 - 1) + 1;
        let request = request.page_size(u32::try_from(wanted).unwrap_or(u32::MAX));
        let (subject, prefix) = (self.subject.clone(), prefix.to_owned());
        let pages = OssPages { subject, prefix, listing: request.entries() };
        Ok(Listing::new(Box::new(pages), &options))
    }

    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        if let Err(error) = jit_oss::check_key(to) {
            let kind = ErrorKind::InvalidName;
            return Err(Error::new(kind, &self.subject, "copy", to, error.to_string()));
        }
        let mut uploaded = Uploaded::new(self.bucket.url(to));
        if from == to {
            // OSS would take it for a change of the metadata, to none.
            let head = self.call("copy", from, self.bucket.head_object(from)).await?;
            (uploaded.etag, uploaded.crc64) = (head.etag, head.crc64);
            uploaded.request_id = head.receipt.request_id;
            return Ok(uploaded);
        }
        let copied = self.call("copy", from, self.transfers.copier.copy(from, to)).await?;
        (uploaded.etag, uploaded.crc64) = (copied.etag, copied.crc64);
        uploaded.request_id = copied.receipt.request_id;
        Ok(uploaded)
    }

    async fn upload_file(
        &self,
        name: &str,
        path: &Path,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let moved = Moved { subject: Some(&self.subject), function: "uploadFile", name };
        let (_, size) = local::open(moved, path).await?;
        options.progress.report(0, Some(size));
        self.put("uploadFile", name, Payload::file(path), &options).await
    }

    async fn download_file(
        &self,
        name: &str,
        path: &Path,
        options: DownloadOptions,
    ) -> Result<u64> {
        let progress = options.progress.clone();
        let mut download = self.transfers.downloader.download(name, path);
        if let Some(checkpoint) = options.checkpoint {
            download = download.checkpoint(checkpoint);
        }
        let download = download.progress(move |told| progress.report(told.bytes, told.total));
        let size = self.call("downloadFile", name, download).await?.metadata.size;
        if size == 0 {
            // Nothing has come that could have been told.
            options.progress.report(0, Some(0));
        }
        Ok(size)
    }

    async fn doctor(&self, checkup: &mut Checkup) -> std::result::Result<(), Stopped> {
        self.check_up(checkup).await
    }

    fn ram_policy(&self) -> Result<RamPolicy> {
        Ok(RamPolicy::new(self.bucket.name().clone(), ACTIONS))
    }

    async fn delete_many(&self, names: Vec<String>) -> Vec<ItemOutcome<()>> {
        // A name that is none would fail the whole request.
        let check = |name: &String| jit_oss::check_key(name);
        let good: Vec<_> = names.iter().filter(|name| check(name).is_ok()).cloned().collect();
        let deleted = self.call("deleteMany", "", self.bucket.delete_objects(good)).await;
        let mut deleted = deleted.map(|deleted| deleted.objects.into_iter());
        let outcome = |name: String| {
            let result = match (check(&name), &mut deleted) {
                (Err(error), _) => {
                    let (kind, detail) = (ErrorKind::InvalidName, error.to_string());
                    Err(Error::new(kind, &self.subject, "deleteMany", &name, detail))
                }
                (Ok(()), Err(error)) => Err(error.about(&name)),
                (Ok(()), Ok(deleted)) => match deleted.next().map(|object| object.outcome) {
                    Some(Err(error)) => {
                        Err(Error::from_oss(error, &self.subject, "deleteMany", &name))
                    }
                    _ => Ok(()),
                },
            };
            ItemOutcome::new(name, result)
        };
        names.into_iter().map(outcome).collect()
    }
}

#[cfg(test)]
mod tests;
