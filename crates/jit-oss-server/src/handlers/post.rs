//! `PostObject`: a form that a browser sends.

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderName, HeaderValue, StatusCode, header};
use jit_oss::{check_key, escape};

use super::callback::Callback;
use super::{CRC64, Call, attributes, put};
use crate::access;
use crate::body::RequestBody;
use crate::error::OssError;
use crate::form::{Form, boundary};
use crate::policy::{self, Policy};
use crate::reply::Reply;
use crate::request::Request;
use crate::store::version::Kind;

pub(super) async fn post_object(call: Call<'_>, body: &mut RequestBody) -> Result<Reply, OssError> {
    let content_type = call.request.header("content-type").unwrap_or_default();
    let boundary = boundary(content_type).ok_or_else(|| {
        let message = "The request's content type is not multipart/form-data with a boundary.";
        OssError::bad_request("RequestIsNotMultiPartContent", message)
    })?;
    let mut form = Form::read(body, &boundary).await?;
    let key = form.field("key").unwrap_or_default().replace("${filename}", &form.file_name);
    check_key(&key).map_err(|error| {
        OssError::bad_request("InvalidArgument", format!("The key is not valid: {error}."))
            .with("ArgumentName", "key")
    })?;
    let call = Call { key: &key, ..call };
    let Policy { length } = authorize(call, &form)?;
    let request = request_of(call, &form);
    let call = Call { request: &request, ..call };
    let callback = Callback::read(call)?;
    let attributes = attributes::read(call)?;
    let forbid_overwrite = attributes::forbid_overwrite(&request)?;
    call.with_bucket(|bucket| bucket.check_overwrite(&key, forbid_overwrite))?;
    let mut draft = call.state.store.begin(false);
    let mut size = 0;
    while let Some(data) = form.file().await? {
        size += data.len() as u64;
        if let Some((_, most)) = length.filter(|(_, most)| size > *most) {
            let message = "Your proposed upload exceeds the maximum allowed size.";
            return Err(OssError::bad_request("EntityTooLarge", message)
                .with("MaxSizeAllowed", most.to_string()));
        }
        draft.write(data).await?;
    }
    if let Some((least, _)) = length.filter(|(least, _)| size < *least) {
        let message = "Your proposed upload is smaller than the minimum allowed size.";
        return Err(OssError::bad_request("EntityTooSmall", message)
            .with("MinSizeAllowed", least.to_string()));
    }
    let written = draft.finish().await?;
    let version = put::version(Kind::Normal, attributes, &written, call.now.unix());
    let (version, is_versioned) = call.put(version, forbid_overwrite).await?;
    let etag = version.etag.quoted();
    let reply = answer(call, &form, &etag);
    let reply = reply
        .with(header::ETAG, &etag)
        .number(CRC64, version.crc64)
        .version(&version, is_versioned);
    match callback {
        Some(callback) => Box::pin(callback.perform(call, &version, reply)).await,
        None => Ok(reply),
    }
}

/// Checks the signature of the policy, and the policy.
fn authorize(call: Call<'_>, form: &Form<'_>) -> Result<Policy, OssError> {
    let Some(policy) = form.field("policy") else {
        // As for every other anonymous write, the object that it would overwrite has a say.
        call.with_bucket(|bucket| access::check_write(bucket, call.key))?;
        return Ok(Policy::default());
    };
    call.state.verifier.verify_policy(policy, |name| form.field(name), call.now)?;
    let document = BASE64.decode(policy).map_err(|_| {
        OssError::bad_request("InvalidPolicyDocument", "Invalid Policy: it is no base64.")
    })?;
    let field = |name: &str| match name {
        "bucket" => Some(call.bucket),
        "key" => Some(call.key),
        name => form.field(name),
    };
    policy::check(&document, call.now, field)
}

/// The form's fields as the headers that they stand for.
fn request_of(call: Call<'_>, form: &Form<'_>) -> Request {
    let mut headers = http::HeaderMap::new();
    let mut add = |name: &str, value: &str| {
        let name = HeaderName::from_bytes(name.as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_bytes(value.as_bytes())) {
            headers.insert(name, value);
        }
    };
    if let Some(kind) = &form.file_type {
        add("content-type", kind);
    }
    for (name, value) in &form.fields {
        // The form calls it otherwise than the header does.
        add(if name == "callback" { "x-oss-callback" } else { name }, value);
    }
    let variables: std::collections::BTreeMap<_, _> =
        form.fields.iter().filter(|(name, _)| name.starts_with("x:")).cloned().collect();
    let variables = serde_json::to_vec(&variables).unwrap_or_default();
    add("x-oss-callback-var", &BASE64.encode(variables));
    if let Some(kind) = form.field("x-oss-content-type") {
        add("content-type", kind);
    }
    if let Some(host) = call.request.header("host") {
        add("host", host);
    }
    Request {
        method: call.request.method.clone(),
        bucket: call.request.bucket.clone(),
        key: Some(call.key.to_owned()),
        query: call.request.query.clone(),
        headers: headers.into(),
    }
}

fn answer(call: Call<'_>, form: &Form<'_>, etag: &str) -> Reply {
    let host = call.request.header("host").unwrap_or_default();
    let location = format!("http://{host}/{}/{}", call.bucket, escape::path(call.key));
    if let Some(to) = form.field("success_action_redirect").filter(|to| to.starts_with("http")) {
        let join = if to.contains('?') { '&' } else { '?' };
        let (bucket, key, etag) = (call.bucket, escape::query(call.key), escape::query(etag));
        let to = format!("{to}{join}bucket={bucket}&key={key}&etag={etag}");
        return Reply::empty(StatusCode::SEE_OTHER).with(header::LOCATION, &to);
    }
    match form.field("success_action_status") {
        Some("200") => Reply::empty(StatusCode::OK),
        Some("201") => {
            let mut reply = Reply::xml("PostResponse", |xml| {
                xml.text("Bucket", call.bucket);
                xml.text("Location", &location);
                xml.text("Key", call.key);
                xml.text("ETag", etag);
            });
            reply.status = StatusCode::CREATED;
            reply.with(header::LOCATION, &location)
        }
        _ => Reply::empty(StatusCode::NO_CONTENT),
    }
}
