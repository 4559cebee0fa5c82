//! Calls by name: from arguments to a storage's methods, and back to values.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use jit_meta::{BoundArgs, Error, ErrorKind, Instance, Value, to_value};
use jit_oss::Timestamp;

use crate::local::blocking;
use crate::{
    Checkup, Content, DownloadOptions, ItemOutcome, ListEntry, ListOptions, ListedFile, Problem,
    Progress, SignMethod, SignOptions, Step, Storage, StoredObject, Upload, UploadOptions,
    UploadUrl, Uploaded,
};

/// The most entries that one call lists.
const MOST_LISTED: u64 = 10_000;

/// A storage behind the door for calls by name.
#[derive(Debug)]
pub(crate) struct ByName(pub(crate) Arc<dyn Storage>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, function: &str, mut args: BoundArgs) -> Result<Value, Error> {
        let storage = &self.0;
        match function {
            "uploadByFile" => {
                let name = args.take_string("name");
                let data = args.take_bytes("data");
                let options = upload_options(&mut args)?;
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
            "exists" => {
                let name = args.take_string("name");
                let exists = storage.exists(&name).await.map_err(failed)?;
                Ok(Value::from_iter([("name", Value::from(name)), ("exists", exists.into())]))
            }
            "list" => list(&**storage, args).await,
            "copy" => {
                let (from, to) = (args.take_string("from"), args.take_string("to"));
                storage.copy(&from, &to).await.map(Value::from).map_err(failed)
            }
            "uploadFile" => {
                let name = args.take_string("name");
                let path = args.take_string("path");
                let mut options = upload_options(&mut args)?.with_progress(Progress::of_caller());
                options.checkpoint = checkpoint(&mut args);
                let uploaded = storage.upload_file(&name, Path::new(&path), options).await;
                uploaded.map(Value::from).map_err(failed)
            }
            "downloadFile" => {
                let (name, path) = (args.take_string("name"), args.take_string("path"));
                let mut options = DownloadOptions::default().with_progress(Progress::of_caller());
                options.checkpoint = checkpoint(&mut args);
                let bytes = storage.download_file(&name, Path::new(&path), options).await;
                let bytes = bytes.map_err(failed)?;
                Ok(Value::from_iter([("path", Value::from(path)), ("bytes", bytes.into())]))
            }
            "uploadMany" => {
                let files = watched(uploads(args)?).await;
                Ok(outcomes(storage.upload_many(files).await, uploaded_members))
            }
            "deleteMany" => {
                let names = names(args.take("names"))?;
                Ok(outcomes(storage.delete_many(names).await, |()| Vec::new()))
            }
            "getUploadUrl" => {
                let (name, kind) = (args.take_string("name"), args.take_string("contentType"));
                let expires = seconds("getUploadUrl", &mut args)?;
                let url = storage.get_upload_url(&name, &kind, expires).await;
                url.map(Value::from).map_err(failed)
            }
            "doctor" => {
                let mut checkup = Checkup::new();
                // What stopped it is its last step.
                storage.doctor(&mut checkup).await.ok();
                Ok(Value::from(&checkup))
            }
            "ramPolicy" => {
                let policy = storage.ram_policy().map_err(failed)?;
                to_value(&policy).map_err(Error::failed)
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

fn wrong(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::BadArguments, message.into())
}

fn seconds(function: &str, args: &mut BoundArgs) -> Result<Duration, Error> {
    let expires = args.take("expires").as_u64().map(Duration::from_secs);
    expires
        .ok_or_else(|| wrong(format!("`{function}` wants a whole number of seconds as `expires`")))
}

fn sign_options(args: &mut BoundArgs) -> Result<SignOptions, Error> {
    let expires = seconds("getSignUrl", args)?;
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
    Ok(SignOptions::default().with_expires(expires).with_method(method))
}

/// What remembers how far a transfer is.
fn checkpoint(args: &mut BoundArgs) -> Option<PathBuf> {
    match args.take("checkpoint") {
        Value::String(path) => Some(path.into()),
        _ => None,
    }
}

/// `contentType` and `options` of an upload; a misspelt one would be one that is silently not kept.
fn upload_options(args: &mut BoundArgs) -> Result<UploadOptions, Error> {
    const KNOWN: [&str; 7] = [
        "metadata",
        "forbidOverwrite",
        "cacheControl",
        "contentDisposition",
        "storageClass",
        "acl",
        "tags",
    ];
    let mut all = UploadOptions::default();
    if let Value::String(content_type) = args.take("contentType") {
        all.content_type = Some(content_type);
    }
    let Value::Map(options) = args.take("options") else { return Ok(all) };
    for (key, value) in options {
        let text = |value: Value| match value {
            Value::String(text) => Ok(text),
            other => Err(wrong(format!("`options.{key}` wants text, not {}", other.kind()))),
        };
        let pairs = |value: Value| match value {
            Value::Map(pairs) => pairs
                .into_iter()
                .map(|(name, value)| Ok((name, text(value)?)))
                .collect::<Result<Vec<_>, Error>>(),
            other => {
                Err(wrong(format!("`options.{key}` wants a map of texts, not {}", other.kind())))
            }
        };
        match key.as_str() {
            "metadata" => all.metadata = pairs(value)?,
            "tags" => all.tags = pairs(value)?,
            "forbidOverwrite" => match value {
                Value::Bool(forbid) => all.forbid_overwrite = forbid,
                other => {
                    let kind = other.kind();
                    return Err(wrong(format!("`options.{key}` wants true or false, not {kind}")));
                }
            },
            "cacheControl" => all.cache_control = Some(text(value)?),
            "contentDisposition" => all.content_disposition = Some(text(value)?),
            "storageClass" => all.storage_class = Some(text(value)?),
            "acl" => all.acl = Some(text(value)?),
            _ => {
                let error = wrong(format!("`options` has no `{key}`"));
                return Err(error.with_help(format!("it takes {}", KNOWN.join(", "))));
            }
        }
    }
    Ok(all)
}

fn uploads(mut args: BoundArgs) -> Result<Vec<Upload>, Error> {
    let options = upload_options(&mut args)?;
    let Value::Map(files) = args.take("files") else {
        return Err(wrong("`uploadMany` wants a map from names to paths as `files`"));
    };
    let upload = |(name, path): (String, Value)| match path {
        Value::String(path) => Ok(Upload::file(name, path).with_options(options.clone())),
        other => {
            Err(wrong(format!("`uploadMany` wants a path for {name:?}, not {}", other.kind())))
        }
    };
    files.into_iter().map(upload).collect()
}

/// Lets all together tell who called how far they are.
async fn watched(mut files: Vec<Upload>) -> Vec<Upload> {
    let paths = files.iter().filter_map(|file| match &file.content {
        Content::File(path) => Some(path.clone()),
        Content::Bytes(_) => None,
    });
    let paths: Vec<_> = paths.collect();
    // What cannot be read has no bytes, and fails when it is its turn.
    let size = |path: PathBuf| std::fs::metadata(path).map_or(0, |file| file.len());
    let total = blocking(move || Ok::<u64, io::Error>(paths.into_iter().map(size).sum())).await;
    let of_one = Progress::of_caller().of_several(total.unwrap_or_default());
    files.iter_mut().for_each(|file| file.options.progress = of_one());
    files
}

fn names(value: Value) -> Result<Vec<String>, Error> {
    let Value::List(names) = value else {
        return Err(wrong("`deleteMany` wants a list of names as `names`"));
    };
    let name = |value| match value {
        Value::String(name) => Ok(name),
        other => {
            Err(wrong(format!("`deleteMany` wants names that are text, not {}", other.kind())))
        }
    };
    names.into_iter().map(name).collect()
}

async fn list(storage: &dyn Storage, mut args: BoundArgs) -> Result<Value, Error> {
    let limit = args.take("limit").as_u64().filter(|limit| (1..=MOST_LISTED).contains(limit));
    let limit = limit.ok_or_else(|| {
        wrong(format!("`list` wants a whole number from 1 to {MOST_LISTED} as `limit`"))
            .with_help("a longer list is gone on with by `startAfter`")
    })?;
    // One more tells whether there are more.
    let mut options = ListOptions::default().with_limit(limit + 1);
    options.delimiter = args.take("delimiter").as_str().map(str::to_owned);
    options.start_after = args.take("startAfter").as_str().map(str::to_owned);
    let mut listing = storage.list(&args.take_string("prefix"), options).await.map_err(failed)?;
    let (mut files, mut prefixes, mut last) = (Vec::new(), Vec::new(), None);
    while let Some(entry) = listing.next().await.map_err(failed)? {
        if (files.len() + prefixes.len()) as u64 == limit {
            return Ok(listed(files, prefixes, last));
        }
        last = Some(entry.name().to_owned());
        match entry {
            ListEntry::File(file) => files.push(Value::from(file)),
            ListEntry::Prefix(prefix) => prefixes.push(Value::from(prefix)),
        }
    }
    Ok(listed(files, prefixes, None))
}

fn listed(files: Vec<Value>, prefixes: Vec<Value>, next: Option<String>) -> Value {
    Value::from_iter([
        ("files", Value::List(files)),
        ("prefixes", Value::List(prefixes)),
        ("next", next.into()),
    ])
}

/// A number that does not fit JSON's: every reader of JSON keeps text exact.
fn exact(number: Option<u64>) -> Value {
    number.map(|number| number.to_string()).into()
}

fn moment(time: Option<SystemTime>) -> Value {
    time.map(|time| Timestamp::from(time).iso_extended()).into()
}

/// What became of each, and how many there are of either kind; `tell` gives what is told of one that went well.
fn outcomes<T>(items: Vec<ItemOutcome<T>>, tell: impl Fn(T) -> Vec<(String, Value)>) -> Value {
    let failed = items.iter().filter(|item| item.result.is_err()).count() as u64;
    let succeeded = items.len() as u64 - failed;
    let item = |ItemOutcome { name, result }: ItemOutcome<T>| {
        let mut members = vec![("name".to_owned(), Value::from(name))];
        let error = match result {
            Ok(done) => {
                members.extend(tell(done));
                Value::Null
            }
            Err(error) => Value::from(&error),
        };
        members.push(("error".to_owned(), error));
        Value::Map(members)
    };
    let items = items.into_iter().map(item).collect();
    Value::from_iter([
        ("succeeded", Value::from(succeeded)),
        ("failed", failed.into()),
        ("items", Value::List(items)),
    ])
}

fn uploaded_members(uploaded: Uploaded) -> Vec<(String, Value)> {
    let members = [
        ("url", Value::from(uploaded.url)),
        ("etag", uploaded.etag.into()),
        ("crc64", exact(uploaded.crc64)),
        ("requestId", uploaded.request_id.into()),
    ];
    members.map(|(name, value)| (name.to_owned(), value)).into()
}

impl From<&crate::Error> for Value {
    fn from(error: &crate::Error) -> Self {
        Self::from_iter([
            ("kind", Self::from(format!("{:?}", error.kind()))),
            ("message", error.to_string().into()),
            ("code", error.code().map(str::to_owned).into()),
            ("requestId", error.request_id().map(str::to_owned).into()),
        ])
    }
}

impl From<Uploaded> for Value {
    fn from(uploaded: Uploaded) -> Self {
        Self::Map(uploaded_members(uploaded))
    }
}

impl From<&StoredObject> for Value {
    fn from(object: &StoredObject) -> Self {
        Self::from_iter([
            ("name", Self::from(object.name.as_str())),
            ("size", object.size.into()),
            ("etag", object.etag.clone().into()),
            ("contentType", object.content_type.clone().into()),
            ("lastModified", moment(object.last_modified)),
            ("storageClass", object.storage_class.clone().into()),
            ("crc64", exact(object.crc64)),
            ("metadata", object.metadata.iter().cloned().collect()),
            ("versionId", object.version_id.clone().into()),
        ])
    }
}

impl From<&Checkup> for Value {
    fn from(checkup: &Checkup) -> Self {
        let step = |step: &Step| {
            let (found, problem) = match &step.outcome {
                Ok(found) => (Some(found.clone()), None),
                Err(problem) => (None, Some(problem.clone())),
            };
            let problem = problem.map(|Problem { message, help }| {
                Self::from_iter([("message", message), ("help", help)])
            });
            let elapsed = u64::try_from(step.elapsed.as_millis()).unwrap_or(u64::MAX);
            Self::from_iter([
                ("name", Self::from(step.name)),
                ("milliseconds", elapsed.into()),
                ("found", found.into()),
                ("problem", problem.into()),
            ])
        };
        let failed = u64::from(checkup.problem().is_some());
        let steps = checkup.steps().iter().map(step).collect();
        Self::from_iter([("failed", Self::from(failed)), ("steps", Self::List(steps))])
    }
}

impl From<ListedFile> for Value {
    fn from(file: ListedFile) -> Self {
        Self::from_iter([
            ("name", Self::from(file.name)),
            ("size", file.size.into()),
            ("etag", file.etag.into()),
            ("lastModified", moment(file.last_modified)),
            ("storageClass", file.storage_class.into()),
        ])
    }
}

impl From<UploadUrl> for Value {
    fn from(upload: UploadUrl) -> Self {
        Self::from_iter([
            ("method", Self::from(upload.method.as_str())),
            ("url", upload.url.into_string().into()),
            ("headers", upload.headers.into_iter().collect()),
            ("expiresAt", moment(Some(upload.expires_at))),
        ])
    }
}
