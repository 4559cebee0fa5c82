//! Why a signature does not match: the mistakes that clients make are tried, one after the other, until one
//! of them gives the signature that was sent. Then it is known what the client signed.

use jit_oss::escape;
use jit_oss::sign;

/// A request as it may have been signed.
#[derive(Clone, Debug)]
pub(crate) struct Signed {
    pub(crate) method: String,
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
}

impl Signed {
    fn text(&self, text_of: &dyn Fn(&sign::Request<'_>) -> String) -> String {
        let pairs = |all: &'_ [(String, String)]| -> Vec<(String, String)> { all.to_vec() };
        let (query, headers) = (pairs(&self.query), pairs(&self.headers));
        let query: Vec<_> = query.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let headers: Vec<_> = headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        text_of(&sign::Request {
            method: &self.method,
            bucket: self.bucket.as_deref(),
            key: self.key.as_deref(),
            query: &query,
            headers: &headers,
        })
    }
}

/// How texts are signed: what is written of a request, and what comes of that.
#[derive(Clone, Copy)]
pub(crate) struct Signer<'a> {
    pub(crate) text_of: &'a dyn Fn(&sign::Request<'_>) -> String,
    pub(crate) sign: &'a dyn Fn(&str) -> String,
}

/// What the log says of a signature that does not match.
pub(crate) fn explain(request: &Signed, signer: Signer<'_>, provided: &str) -> String {
    let ours = request.text(signer.text_of);
    let found = candidates(request, signer.text_of)
        .into_iter()
        .find(|(_, text)| *text != ours && (signer.sign)(text) == provided);
    match found {
        Some((cause, theirs)) => format!(
            "likely cause: {cause}\n{}\n--- signed here:\n{ours}\n--- signed by the client:\n{theirs}",
            difference(&ours, &theirs)
        ),
        None => format!(
            "likely cause: {}another secret, or a value that was changed after signing; no common mistake \
             gives the signature that was sent\n--- signed here:\n{ours}",
            suspect(request)
        ),
    }
}

/// What is most often wrong where somebody uploads by a URL that another one signed.
fn suspect(request: &Signed) -> String {
    let is_presigned = request
        .query
        .iter()
        .any(|(name, _)| name == "x-oss-credential" || name == "OSSAccessKeyId");
    if !(is_presigned && uploads(request)) {
        return String::new();
    }
    format!("a Content-Type other than the signed one ({}); or ", told_type(request))
}

fn uploads(request: &Signed) -> bool {
    matches!(request.method.as_str(), "PUT" | "POST")
}

/// The `Content-Type` that was sent, in words.
fn told_type(request: &Signed) -> String {
    match request.headers.iter().find(|(name, _)| name == CONTENT_TYPE) {
        Some((_, value)) => format!("{} was sent", value.chars().take(100).collect::<String>()),
        None => "none was sent".to_owned(),
    }
}

/// Where two texts part.
fn difference(ours: &str, theirs: &str) -> String {
    let mut both = ours.bytes().zip(theirs.bytes());
    let at = both.position(|(a, b)| a != b).unwrap_or_else(|| ours.len().min(theirs.len()));
    let around = |text: &str| {
        let rest = text.get(text.floor_char_boundary(at)..).unwrap_or_default();
        rest.chars().take(24).collect::<String>()
    };
    format!(
        "first difference at byte {at}: {:?} here, {:?} by the client",
        around(ours),
        around(theirs)
    )
}

const CONTENT_TYPE: &str = "content-type";

/// What uploads are most often signed with; which of them it was, the client that uploads may not know.
const TYPES: [&str; 24] = [
    "application/gzip",
    "application/json",
    "application/msword",
    "application/octet-stream",
    "application/pdf",
    "application/x-www-form-urlencoded",
    "application/xml",
    "application/zip",
    "audio/mpeg",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/svg+xml",
    "image/webp",
    "multipart/form-data",
    "text/css",
    "text/csv",
    "text/html",
    "text/javascript",
    "text/plain",
    "text/plain;charset=UTF-8",
    "text/plain; charset=utf-8",
    "video/mp4",
];

/// How many headers and parameters are tried, so that nobody makes us write a text for each of thousands.
const MOST: usize = 64;

/// What would be signed by each mistake, with its name.
fn candidates(
    request: &Signed,
    text_of: &dyn Fn(&sign::Request<'_>) -> String,
) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut add = |cause: String, changed: &Signed| all.push((cause, changed.text(text_of)));
    for (name, _) in request.headers.iter().take(MOST) {
        let mut changed = request.clone();
        changed.headers.retain(|(n, _)| n != name);
        add(format!("the header {name} was added after signing"), &changed);
    }
    let mut bare = request.clone();
    bare.headers.retain(|(name, _)| name != CONTENT_TYPE && name != "content-md5");
    add("Content-Type and Content-MD5 were added after signing".to_owned(), &bare);
    if uploads(request) {
        for signed in TYPES {
            let mut changed = request.clone();
            changed.headers.retain(|(name, _)| name != CONTENT_TYPE);
            changed.headers.push((CONTENT_TYPE.to_owned(), signed.to_owned()));
            let cause = format!("signed was the Content-Type {signed}, and {}", told_type(request));
            add(cause, &changed);
        }
    }
    for (name, _) in request.query.iter().take(MOST) {
        let mut changed = request.clone();
        changed.query.retain(|(n, _)| n != name);
        add(format!("the query parameter {name} was added after signing"), &changed);
    }
    for method in ["GET", "HEAD", "PUT", "POST", "DELETE"] {
        let changed = Signed { method: method.to_owned(), ..request.clone() };
        add(format!("the request was signed as {method}"), &changed);
    }
    let without_bucket = Signed { bucket: None, ..request.clone() };
    if let (Some(bucket), Some(key)) = (&request.bucket, &request.key) {
        let escaped = Signed { key: Some(escape::path(key)), ..request.clone() };
        add("the key was escaped once too often".to_owned(), &escaped);
        if let Some(decoded) = escape::decode_path(key).filter(|decoded| decoded != key) {
            let changed = Signed { key: Some(decoded), ..request.clone() };
            add("the key was unescaped before signing".to_owned(), &changed);
        }
        let only_key = Signed { bucket: Some(key.clone()), key: None, ..request.clone() };
        add("the bucket is missing in what was signed".to_owned(), &only_key);
        let ours = request.text(text_of);
        let path = format!("/{bucket}/{}", escape::path(key));
        for (cause, other) in [
            ("the slashes of the key were escaped", format!("/{bucket}/{}", escape::query(key))),
            ("the key was not escaped", format!("/{bucket}/{key}")),
            ("spaces of the key were written as +", path.replace("%20", "+")),
            ("the bucket is missing in what was signed", format!("/{}", escape::path(key))),
        ] {
            all.push((cause.to_owned(), ours.replacen(&path, &other, 1)));
        }
    } else {
        add("the bucket is missing in what was signed".to_owned(), &without_bucket);
    }
    all
}

#[cfg(test)]
mod tests {
    use jit_oss::sign::v4;

    use super::*;

    #[test]
    fn common_mistakes_are_told_apart() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let sent = Signed {
            method: "PUT".to_owned(),
            bucket: Some("b-1".to_owned()),
            key: Some("a b/c".to_owned()),
            query: vec![pair("x", "1")],
            headers: vec![pair("content-type", "text/plain"), pair("x-oss-date", "D")],
        };
        let text_of = |request: &sign::Request<'_>| v4::canonical_request(request, "", "P");
        let sign = |text: &str| format!("signed {text}");
        let signer = Signer { text_of: &text_of, sign: &sign };
        let ours = sent.text(&text_of);
        let check = |theirs: &str| {
            let told = explain(&sent, signer, &sign(theirs));
            told.lines().next().unwrap_or_default().replace("likely cause: ", "")
        };
        let signed = |change: fn(&mut Signed)| {
            let mut changed = sent.clone();
            change(&mut changed);
            changed.text(&text_of)
        };
        for (theirs, cause) in [
            (
                signed(|request| drop(request.headers.remove(0))),
                "the header content-type was added after signing",
            ),
            (
                signed(|request| request.headers[0].1 = "image/jpeg".to_owned()),
                "signed was the Content-Type image/jpeg, and text/plain was sent",
            ),
            (
                signed(|request| request.query.clear()),
                "the query parameter x was added after signing",
            ),
            (signed(|request| request.method = "GET".to_owned()), "the request was signed as GET"),
            (
                signed(|request| request.key = Some("a%20b/c".to_owned())),
                "the key was escaped once too often",
            ),
            (ours.replace("a%20b/c", "a%20b%2Fc"), "the slashes of the key were escaped"),
            (ours.replace("a%20b/c", "a b/c"), "the key was not escaped"),
            (ours.replace("/b-1/", "/"), "the bucket is missing in what was signed"),
        ] {
            assert_eq!(check(&theirs), cause);
        }
        assert!(check("something else").starts_with("another secret"));
        let told = explain(&sent, signer, &sign(&ours.replace("a%20b/c", "a%20b%2Fc")));
        assert!(told.contains("first difference at byte 14: \"/c"), "{told}");
    }
}
