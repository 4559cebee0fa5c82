//! What is run: the columns, the rows, and the object names.

use jit_oss::SignatureVersion;

/// What runs a column's cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Driver {
    /// A file of `tests/interop`.
    Python(&'static str),
    /// A file of `tests/interop`, asked by `remote.py`.
    Node(&'static str),
    /// A program of `benches/peers`, asked by `remote.py`.
    Peer(&'static str),
}

/// What becomes of a name on its way through an SDK.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It arrives as it is.
    Yes,
    /// It is signed as it is and sent with its dots collapsed, so that it has to be refused.
    Refused,
    /// It becomes another name, for this reason.
    Unable(&'static str),
}

/// An SDK with a signature version.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    pub(crate) driver: Driver,
    pub(crate) signature: SignatureVersion,
    /// What becomes of names.
    reach: fn(&str) -> Reach,
}

pub(crate) const COLUMNS: [Column; 7] = [
    python("oss2 V1", "oss2_driver.py", SignatureVersion::V1, as_it_is),
    python("oss2 V4", "oss2_driver.py", SignatureVersion::V4, as_it_is),
    python("oss-v2 V1", "oss_v2_driver.py", SignatureVersion::V1, collapsed),
    python("oss-v2 V4", "oss_v2_driver.py", SignatureVersion::V4, collapsed),
    Column {
        title: "ali-oss V1",
        driver: Driver::Node("ali_oss.js"),
        signature: SignatureVersion::V1,
        reach: collapsed,
    },
    Column {
        title: "ali-oss V4",
        driver: Driver::Node("ali_oss.js"),
        signature: SignatureVersion::V4,
        reach: collapsed,
    },
    Column {
        title: "opendal V1",
        driver: Driver::Peer("interop"),
        signature: SignatureVersion::V1,
        reach: path,
    },
];

const fn python(
    title: &'static str,
    file: &'static str,
    signature: SignatureVersion,
    reach: fn(&str) -> Reach,
) -> Column {
    Column { title, driver: Driver::Python(file), signature, reach }
}

fn as_it_is(_: &str) -> Reach {
    Reach::Yes
}

/// As URL libraries do.
fn collapsed(name: &str) -> Reach {
    let is_dots = |segment| matches!(segment, "." | "..");
    if name.split('/').any(is_dots) { Reach::Refused } else { Reach::Yes }
}

/// As opendal does, before the URL library.
fn path(name: &str) -> Reach {
    if name.contains("//") {
        Reach::Unable("it takes names for paths, and drops empty segments")
    } else if name.trim() != name {
        Reach::Unable("it takes names for paths, and trims them")
    } else if name.ends_with('/') {
        Reach::Unable("it takes a name that ends in `/` for a folder, which holds nothing")
    } else {
        collapsed(name)
    }
}

impl Column {
    pub(crate) fn signature_name(&self) -> &'static str {
        match self.signature {
            SignatureVersion::V1 => "v1",
            SignatureVersion::V4 => "v4",
        }
    }

    /// Where the column's objects are, so that columns do not meet.
    pub(crate) fn prefix(&self) -> String {
        self.title.to_lowercase().replace(' ', "-")
    }

    pub(crate) fn reach(&self, name: &str) -> Reach {
        (self.reach)(name)
    }

    /// The names it can presign URLs for.
    pub(crate) fn presignable(&self) -> impl Iterator<Item = &'static str> {
        NAMES.into_iter().filter(|name| !matches!(self.reach(name), Reach::Unable(_)))
    }
}

/// What every driver runs, in the table's order; `tests/interop/cases.py` says what each means.
pub(crate) const CASES: [&str; 32] = [
    "put",
    "put nothing",
    "put 3 MB",
    "get",
    "head",
    "range get",
    "delete",
    "delete many",
    "list",
    "list in pages",
    "list folders",
    "content type",
    "content type guessed",
    "user metadata",
    "CRC checked",
    "overwritten",
    "overwriting forbidden",
    "missing object",
    "bad secret refused",
    "presign get",
    "presign put",
    "copied",
    "appended",
    "append at a wrong position",
    "multipart upload",
    "multipart aborted",
    "resumable upload",
    "versioning",
    "tagging",
    "access control",
    "symbolic link",
    "longest name",
];

/// Names that break clients and servers which rewrite names. Each is a row: put, get, head, list and
/// delete by the SDK.
pub(crate) const NAMES: [&str; 16] = [
    "a b",
    "a+b",
    "a%2Fb",
    "a%20b",
    "a//b",
    "a/../b",
    "./a",
    "folder/",
    "?x=1&y",
    "#a",
    "a\\b",
    "tab\tnewline\n",
    "<&>'\"",
    "~-_.!*()",
    "é/文件",
    "😀",
];

/// Each over all names the SDK reaches (or, by URL, all names): who writes, who reads.
pub(crate) const READS_CLIENTS: &str = "reads jit-oss's objects";
pub(crate) const GETS_CLIENTS_URL: &str = "urllib gets jit-oss's URLs";
pub(crate) const PUTS_CLIENTS_URL: &str = "urllib puts to jit-oss's URLs";
pub(crate) const CLIENT_READS: &str = "jit-oss reads its objects";
pub(crate) const PLAIN_GETS: &str = "plain HTTP gets its URLs";
pub(crate) const PLAIN_PUTS: &str = "plain HTTP puts to its URLs";
pub(crate) const CLIENT_READS_PUT: &str = "jit-oss reads what urllib put";

/// The row of a name.
pub(crate) fn name_row(name: &str) -> String {
    format!("name {}", name.escape_debug())
}

/// The rows a driver reports.
pub(crate) fn driver_rows() -> impl Iterator<Item = String> {
    let cross = [READS_CLIENTS, GETS_CLIENTS_URL, PUTS_CLIENTS_URL];
    let names = NAMES.into_iter().map(name_row);
    CASES.into_iter().map(str::to_owned).chain(names).chain(cross.map(str::to_owned))
}

/// The rows that are checked here, after a driver has ended.
pub(crate) const CLIENT_ROWS: [&str; 4] = [CLIENT_READS_PUT, CLIENT_READS, PLAIN_GETS, PLAIN_PUTS];

/// What an object of this key holds, here and in the drivers.
pub(crate) fn content(key: &str) -> String {
    format!("content of {key}")
}
