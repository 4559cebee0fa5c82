//! Symbolic links.

use http::{HeaderName, StatusCode};

use super::object::Object;
use super::{Call, attributes};
use crate::digest::Etag;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::version::{Kind, Version, VersionId};

const TARGET: &str = "x-oss-symlink-target";

pub(super) async fn put_symlink(call: Call<'_>) -> Result<Reply, OssError> {
    let attributes = attributes::read(call)?;
    let forbid_overwrite = attributes::forbid_overwrite(call.request)?;
    let target = call.request.header(TARGET).filter(|target| !target.is_empty());
    let target = target.ok_or_else(|| {
        let message = format!("The request lacks the header {TARGET}.");
        OssError::bad_request("MissingArgument", message).with("ArgumentName", TARGET)
    })?;
    let version = Version {
        kind: Kind::Symlink,
        etag: Etag::of_state(target.as_bytes()),
        attributes,
        target: Some(target.into()),
        ..Version::delete_marker(VersionId::NULL, call.now.unix())
    };
    let (version, is_versioned) = call.put(version, forbid_overwrite).await?;
    Ok(Reply::empty(StatusCode::OK).etag(&version.etag).version(&version, is_versioned))
}

pub(super) fn get_symlink(call: Call<'_>) -> Result<Reply, OssError> {
    let object = Object::find(call)?;
    let Some(target) = &object.version.target else {
        let message = "The object is not a symbolic link.";
        return Err(OssError::bad_request("NotSymlink", message).with("Key", call.key));
    };
    let reply = object.described(call.now).with(HeaderName::from_static(TARGET), target);
    Ok(reply)
}
