//! Reading `multipart/form-data` as it arrives: small fields first, then a file of any size.

use bytes::{Buf, Bytes, BytesMut};

use crate::body::RequestBody;
use crate::error::OssError;

/// The most bytes of a field, of a part's headers, and the most fields.
const MAX_FIELD: usize = 4 << 10;
/// A callback, and its variables, may be longer.
const MAX_CALLBACK: usize = 5 << 10;
const MAX_POLICY: usize = 64 << 10;
const MAX_HEAD: usize = 8 << 10;
const MOST_FIELDS: usize = 100;

/// A form whose file has not been read yet.
#[derive(Debug)]
pub(crate) struct Form<'a> {
    body: &'a mut RequestBody,
    buffer: BytesMut,
    /// `\r\n--boundary`
    delimiter: Vec<u8>,
    /// The fields before the file, with lower-case names.
    pub(crate) fields: Vec<(String, String)>,
    /// What the file is called where it comes from.
    pub(crate) file_name: String,
    pub(crate) file_type: Option<String>,
}

/// The boundary that a content type names.
pub(crate) fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then(|| value.trim().trim_matches('"'))
    })?;
    (!boundary.is_empty() && boundary.len() <= 200).then(|| boundary.to_owned())
}

impl<'a> Form<'a> {
    /// Reads all fields up to the file.
    pub(crate) async fn read(body: &'a mut RequestBody, boundary: &str) -> Result<Self, OssError> {
        let mut form = Self {
            body,
            buffer: BytesMut::from(&b"\r\n"[..]),
            delimiter: format!("\r\n--{boundary}").into_bytes(),
            fields: Vec::new(),
            file_name: String::new(),
            file_type: None,
        };
        let delimiter = form.delimiter.clone();
        // What stands before the first delimiter is of no meaning.
        form.until(&delimiter, MAX_HEAD, too_long).await?;
        loop {
            let end = form.until(b"\r\n", MAX_HEAD, too_long).await?;
            if end.starts_with(b"--") || form.fields.len() == MOST_FIELDS {
                let message = "The form has no file, or too many fields.";
                return Err(OssError::bad_request("IncorrectNumberOfFilesInPOSTRequest", message));
            }
            // The empty line may follow at once.
            form.buffer = [&b"\r\n"[..], &form.buffer[..]].concat().as_slice().into();
            let head = form.until(b"\r\n\r\n", MAX_HEAD, too_long).await?;
            let head = String::from_utf8(head.to_vec()).map_err(|_| malformed())?;
            let name = parameter(&head, "name").ok_or_else(malformed)?;
            if name.eq_ignore_ascii_case("file") {
                form.file_name = parameter(&head, "filename").unwrap_or_default();
                form.file_type = header(&head, "content-type").map(str::to_owned);
                return Ok(form);
            }
            let name = name.to_ascii_lowercase();
            // One would be compared with the policy, and another one would count.
            if form.fields.iter().any(|(known, _)| same_field(known, &name)) {
                return Err(twice(&name));
            }
            let most = match name.as_str() {
                "policy" => MAX_POLICY,
                "callback" | "callback-var" => MAX_CALLBACK,
                _ => MAX_FIELD,
            };
            let value = form.until(&delimiter, most, too_long).await?;
            let value = String::from_utf8(value.to_vec()).map_err(|_| malformed())?;
            form.fields.push((name, value));
        }
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The next bytes of the file; `None` at its end.
    pub(crate) async fn file(&mut self) -> Result<Option<Bytes>, OssError> {
        loop {
            if let Some(at) = find(&self.buffer, &self.delimiter) {
                let data = self.buffer.split_to(at).freeze();
                return Ok((!data.is_empty()).then_some(data));
            }
            // The end of what there is may be the start of a delimiter.
            let sure = self.buffer.len().saturating_sub(self.delimiter.len());
            if sure > 0 {
                return Ok(Some(self.buffer.split_to(sure).freeze()));
            }
            self.more().await?;
        }
    }

    /// What stands before `end`, which is skipped.
    async fn until(
        &mut self,
        end: &[u8],
        most: usize,
        too_long: fn() -> OssError,
    ) -> Result<Bytes, OssError> {
        loop {
            match find(&self.buffer, end) {
                Some(at) if at > most => return Err(too_long()),
                Some(at) => {
                    let data = self.buffer.split_to(at).freeze();
                    self.buffer.advance(end.len());
                    return Ok(data);
                }
                None if self.buffer.len() > most + end.len() => return Err(too_long()),
                None => self.more().await?,
            }
        }
    }

    async fn more(&mut self) -> Result<(), OssError> {
        let data = self.body.next().await?.ok_or_else(malformed)?;
        self.buffer.extend_from_slice(&data);
        Ok(())
    }
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

/// A header of a part.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (n, value) = line.split_once(':')?;
        n.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// A parameter of a part's `Content-Disposition`.
fn parameter(head: &str, name: &str) -> Option<String> {
    header(head, "content-disposition")?.split(';').find_map(|parameter| {
        let (n, value) = parameter.split_once('=')?;
        n.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// Whether two names mean the same: those of callbacks may stand without their prefix.
fn same_field(one: &str, other: &str) -> bool {
    let bare = |name: &str| match name.strip_prefix("x-oss-") {
        Some(bare @ ("callback" | "callback-var")) => bare.to_owned(),
        _ => name.to_owned(),
    };
    bare(one) == bare(other)
}

fn twice(name: &str) -> OssError {
    OssError::invalid_argument(name, "", "The field of the form is given twice.")
}

fn malformed() -> OssError {
    let message = "The body is no well-formed form.";
    OssError::bad_request("MalformedPOSTRequest", message)
}

fn too_long() -> OssError {
    let message = "A field of the form is too long.";
    OssError::bad_request("FieldItemTooLong", message)
}
