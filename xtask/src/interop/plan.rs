//! What is run: the columns, the rows, and the object names.

use jit_oss::SignatureVersion;

/// An SDK with a signature version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) title: &'static str,
    /// In `tests/interop`.
    pub(crate) driver: &'static str,
    pub(crate) signature: SignatureVersion,
    /// Whether it leaves `.` and `..` in a name alone on the way to the wire.
    pub(crate) keeps_dots: bool,
}

pub(crate) const COLUMNS: [Column; 4] = [
    Column {
        title: "oss2 V1",
        driver: "oss2_driver.py",
        signature: SignatureVersion::V1,
        keeps_dots: true,
    },
    Column {
        title: "oss2 V4",
        driver: "oss2_driver.py",
        signature: SignatureVersion::V4,
        keeps_dots: true,
    },
    Column {
        title: "oss-v2 V1",
        driver: "oss_v2_driver.py",
        signature: SignatureVersion::V1,
        keeps_dots: false,
    },
    Column {
        title: "oss-v2 V4",
        driver: "oss_v2_driver.py",
        signature: SignatureVersion::V4,
        keeps_dots: false,
    },
];

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

    /// Whether the SDK can address an object with this name.
    pub(crate) fn reaches(&self, name: &str) -> bool {
        self.keeps_dots || !name.split('/').any(|segment| matches!(segment, "." | ".."))
    }
}

/// What every driver runs, in the table's order; `tests/interop/cases.py` says what each means.
pub(crate) const CASES: [&str; 28] = [
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
    "multipart upload",
    "multipart aborted",
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
