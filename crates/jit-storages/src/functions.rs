//! The family's contract: `storages.Meta`, and what may be called on a storage by name.

use std::sync::Arc;

use jit_meta::{Arg, DataType, Default as Fallback, Function, Instance, Meta, register_meta};

use crate::Storage;
use crate::by_name::ByName;

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

const NAME: Arg = Arg::required("name", "Name", DataType::Stext);
const CONTENT_TYPE: Arg = Arg::optional("contentType", "MIME type", DataType::Stext);
const OPTIONS: Arg = Arg::optional("options", "Options", DataType::JitDict);
const CHECKPOINT: Arg =
    Arg::optional("checkpoint", "Path of a checkpoint", DataType::Stext).local_path();
const EXPIRES: Arg =
    Arg::with_default("expires", "Life in seconds", DataType::Numeric, Fallback::Number(300));

/// What may be called on a storage by name, in JitAi's spelling. What a storage does not declare in its
/// [`Capability`](crate::Capability) fails as [`Unsupported`](jit_meta::ErrorKind::Unsupported).
///
/// JitAi's disk storage takes `file` where the others take `name`; every storage here takes both.
/// Those that take paths of the machine are [local](Function::is_local).
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "uploadByFile",
        title: "Upload data",
        args: &[NAME, Arg::required("data", "Data", DataType::Bytes), CONTENT_TYPE, OPTIONS],
        return_type: DataType::JitDict,
        desc: "Stores data under a name; returns url, etag, crc64 and requestId. The MIME type follows from the name's \
               extension unless given. Options, as far as the storage has them: metadata, forbidOverwrite, \
               cacheControl, contentDisposition, storageClass, acl, tags.",
    },
    Function {
        name: "getSignUrl",
        title: "Get a signed URL",
        args: &[
            Arg::required("file", "Name", DataType::Stext),
            Arg::required("contentType", "MIME type", DataType::Stext),
            EXPIRES,
            Arg::with_default("method", "GET or PUT", DataType::Stext, Fallback::Text("GET")),
        ],
        return_type: DataType::Stext,
        desc: "A URL that grants reading (GET) or writing (PUT) of one file for a while.",
    },
    Function {
        name: "download",
        title: "Download data",
        args: &[NAME.alias(&["file"])],
        return_type: DataType::Bytes,
        desc: "The whole file, verified by its checksum where the storage keeps one.",
    },
    Function {
        name: "getObject",
        title: "Get file information",
        args: &[NAME],
        return_type: DataType::JitDict,
        desc: "What the storage knows of a file: name, size, etag, contentType, lastModified, \
               storageClass, crc64, metadata, versionId.",
    },
    Function {
        name: "delete",
        title: "Delete a file",
        args: &[NAME.alias(&["file"])],
        return_type: DataType::JitDict,
        desc: "Deletes a file; that it was not there is no error.",
    },
    Function {
        name: "exists",
        title: "Ask for a file",
        args: &[NAME],
        return_type: DataType::JitDict,
        desc: "Whether there is a file of this name: name, exists.",
    },
    Function {
        name: "list",
        title: "List files",
        args: &[
            Arg::with_default("prefix", "Prefix", DataType::Stext, Fallback::Text("")),
            Arg::optional("delimiter", "Delimiter", DataType::Stext),
            Arg::optional("startAfter", "Start after", DataType::Stext).continuation("next"),
            Arg::with_default("limit", "At most", DataType::Numeric, Fallback::Number(1000)),
        ],
        return_type: DataType::JitDict,
        desc: "Files whose names begin with a prefix, in order: files (name, size, etag, lastModified, storageClass), \
               prefixes that end with the delimiter, and next: the startAfter to go on with, null at the end.",
    },
    Function {
        name: "copy",
        title: "Copy a file",
        args: &[
            Arg::required("from", "From", DataType::Stext),
            Arg::required("to", "To", DataType::Stext),
        ],
        return_type: DataType::JitDict,
        desc: "Copies a file within the storage; returns url, etag, crc64 and requestId.",
    },
    Function {
        name: "uploadFile",
        title: "Upload a file of this machine",
        args: &[
            NAME,
            Arg::required("path", "Path", DataType::Stext).local_path(),
            CONTENT_TYPE,
            OPTIONS,
            CHECKPOINT,
        ],
        return_type: DataType::JitDict,
        desc: "Stores a file of this machine, whatever its size; returns url, etag, crc64 and requestId. The MIME type \
               follows from the name's extension unless given. Options as for uploadByFile. \
               With a checkpoint, one that broke off or was killed goes on where it was.",
    },
    Function {
        name: "downloadFile",
        title: "Download to a file of this machine",
        args: &[NAME, Arg::required("path", "Path", DataType::Stext).local_path(), CHECKPOINT],
        return_type: DataType::JitDict,
        desc: "Writes a file to this machine, where it appears when it is complete; returns path and bytes. With a \
               checkpoint, one that broke off or was killed goes on where it was.",
    },
    Function {
        name: "uploadMany",
        title: "Upload files of this machine",
        args: &[Arg::required("files", "Paths by name", DataType::JitMap).local_path(), OPTIONS],
        return_type: DataType::JitDict,
        desc: "Stores several files of this machine, each under its name; returns succeeded, failed and items (name, \
               url, etag, crc64, requestId, error). None stops the others. The MIME types follow from the names' \
               extensions. Options as for uploadByFile.",
    },
    Function {
        name: "deleteMany",
        title: "Delete files",
        args: &[Arg::required("names", "Names", DataType::JitList)],
        return_type: DataType::JitDict,
        desc: "Deletes several files; returns succeeded, failed and items (name, error). None stops the others.",
    },
    Function {
        name: "getUploadUrl",
        title: "Get a URL to upload to",
        args: &[NAME, Arg::required("contentType", "MIME type", DataType::Stext), EXPIRES],
        return_type: DataType::JitDict,
        desc: "What a client needs to upload a file without credentials: method, url, headers, expiresAt.",
    },
    Function {
        name: "doctor",
        title: "Find out whether it works",
        args: &[],
        return_type: DataType::JitDict,
        desc: "Tries the storage step by step, up to the first step that fails; returns failed (0 or 1) and steps \
               (name, milliseconds, found, problem: message and help). What it stores is deleted.",
    },
    Function {
        name: "ramPolicy",
        title: "Say which rights it needs",
        args: &[],
        return_type: DataType::JitDict,
        desc: "The least that Alibaba Cloud's access control has to allow, as the document of a RAM policy: Version and \
               Statement.",
    },
];
