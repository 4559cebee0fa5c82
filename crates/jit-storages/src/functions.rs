//! The family's contract: `storages.Meta`, and what may be called on a storage by name.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jit_meta::{
    Arg, BoundArgs, DataType, Default as Fallback, Error, ErrorKind, Function, Instance, Meta,
    Value, register_meta,
};
use jit_oss::Timestamp;

use crate::storage::{SignMethod, SignOptions, Storage, StoredObject, UploadOptions, Uploaded};

/// The `storages` family.
#[derive(Clone, Copy, Debug)]
pub struct Storages;

impl Meta for Storages {
    const FULL_NAME: &'static str = "storages.Meta";
    type Interface = dyn Storage;

    fn functions() -> &'static [Function] {
        FUNCTIONS
    }

    fn into_instance(this: Arc<dyn Storage>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

register_meta!(Storages);

/// What may be called on a storage by name, in JitAi's spelling. What a storage does not declare in its
/// [`Capability`](crate::Capability) fails as [`Unsupported`](ErrorKind::Unsupported).
///
/// JitAi's disk storage takes `file` where the others take `name`; every storage here takes both.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "uploadByFile",
        title: "Upload a file",
        args: &[
            Arg::required("name", "Name", DataType::Stext),
            Arg::required("data", "Data", DataType::Bytes),
            Arg::with_default(
                "contentType",
                "MIME type",
                DataType::Stext,
                Fallback::Text("application/octet-stream"),
            ),
        ],
        return_type: DataType::JitDict,
        desc: "Stores data under a name; returns url, etag, crc64 and requestId.",
    },
    Function {
        name: "getSignUrl",
        title: "Get a signed URL",
        args: &[
            Arg::required("file", "Name", DataType::Stext),
            Arg::required("contentType", "MIME type", DataType::Stext),
            Arg::with_default(
                "expires",
                "Life in seconds",
                DataType::Numeric,
                Fallback::Number(300),
            ),
            Arg::with_default("method", "GET or PUT", DataType::Stext, Fallback::Text("GET")),
        ],
        return_type: DataType::Stext,
        desc: "A URL that grants reading (GET) or writing (PUT) of one file for a while.",
    },
    Function {
        name: "download",
        title: "Download a file",
        args: &[Arg::required("name", "Name", DataType::Stext).alias(&["file"])],
        return_type: DataType::Bytes,
        desc: "The whole file, verified by its checksum where the storage keeps one.",
    },
    Function {
        name: "getObject",
        title: "Get file information",
        args: &[Arg::required("name", "Name", DataType::Stext)],
        return_type: DataType::JitDict,
        desc: "What the storage knows of a file: name, size, etag, contentType, lastModified, \
               storageClass, crc64, metadata, versionId.",
    },
    Function {
        name: "delete",
        title: "Delete a file",
        args: &[Arg::required("name", "Name", DataType::Stext).alias(&["file"])],
        return_type: DataType::JitDict,
        desc: "Deletes a file; that it was not there is no error.",
    },
];

/// A storage behind the door for calls by name.
#[derive(Debug)]
struct ByName(Arc<dyn Storage>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, function: &str, mut args: BoundArgs) -> Result<Value, Error> {
        let storage = &self.0;
        match function {
            "uploadByFile" => {
                let name = args.take_string("name");
                let data = args.take_bytes("data");
                let options = UploadOptions::from(args.take_string("contentType").as_str());
                let uploaded = storage.upload_by_file(&name, data, options).await;
                uploaded.map(Value::from).map_err(failed)
            }
            "getSignUrl" => {
                let file = args.take_string("file");
                let content_type = args.take_string("contentType");
                let options = sign_options(&mut args)?;
                let url = storage.get_sign_url(&file, &content_type, options).await;
                url.map(|url| Value::String(url.into_string())).map_err(failed)
            }
            "download" => {
                let data = storage.download(&args.take_string("name")).await;
                data.map(Value::Bytes).map_err(failed)
            }
            "getObject" => {
                let object = storage.get_object(&args.take_string("name")).await;
                object.map(|object| Value::from(&object)).map_err(failed)
            }
            "delete" => {
                let deleted = storage.delete(&args.take_string("name")).await;
                deleted.map(|()| Value::from_iter([("status", "ok")])).map_err(failed)
            }
            other => {
                let message = format!("`{other}` is declared and not implemented");
                Err(Error::new(ErrorKind::UnknownFunction, message))
            }
        }
    }
}

/// A failure of the storage; that it cannot do something is told apart from that it failed to.
fn failed(error: crate::Error) -> Error {
    match error.kind() {
        crate::ErrorKind::Unsupported => Error::failed(error).with_kind(ErrorKind::Unsupported),
        _ => Error::failed(error),
    }
}

fn sign_options(args: &mut BoundArgs) -> Result<SignOptions, Error> {
    let wrong = |message: String| Error::new(ErrorKind::BadArguments, message);
    let expires = args.take("expires").as_u64().ok_or_else(|| {
        wrong("`getSignUrl` wants a whole number of seconds as `expires`".to_owned())
    })?;
    let method = args.take_string("method");
    let method = match method.to_ascii_uppercase().as_str() {
        "GET" => SignMethod::Get,
        "PUT" => SignMethod::Put,
        _ => {
            return Err(wrong(format!(
                "`getSignUrl` wants GET or PUT as `method`, not `{method}`"
            )));
        }
    };
    Ok(SignOptions::default().with_expires(Duration::from_secs(expires)).with_method(method))
}

/// A number that does not fit JSON's: every reader of JSON keeps text exact.
fn exact(number: Option<u64>) -> Value {
    number.map(|number| number.to_string()).into()
}

impl From<Uploaded> for Value {
    fn from(uploaded: Uploaded) -> Self {
        Self::from_iter([
            ("url", Self::from(uploaded.url)),
            ("etag", uploaded.etag.into()),
            ("crc64", exact(uploaded.crc64)),
            ("requestId", uploaded.request_id.into()),
        ])
    }
}

impl From<&StoredObject> for Value {
    fn from(object: &StoredObject) -> Self {
        let modified = object.last_modified.map(|time| Timestamp::from(time).iso_extended());
        Self::from_iter([
            ("name", Self::from(object.name.as_str())),
            ("size", object.size.into()),
            ("etag", object.etag.clone().into()),
            ("contentType", object.content_type.clone().into()),
            ("lastModified", modified.into()),
            ("storageClass", object.storage_class.clone().into()),
            ("crc64", exact(object.crc64)),
            ("metadata", object.metadata.iter().cloned().collect()),
            ("versionId", object.version_id.clone().into()),
        ])
    }
}
