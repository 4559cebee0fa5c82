//! `DeleteObject` and `DeleteMultipleObjects`.

use http::StatusCode;

use super::Call;
use crate::body::RequestBody;
use crate::error::OssError;
use crate::reply::Reply;

pub(super) async fn delete_object(call: Call<'_>) -> Result<Reply, OssError> {
    let deleted = call.state.store.delete(call.bucket, call.key).await;
    deleted.map_err(|error| call.refused(error))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

pub(super) async fn delete_multiple_objects(
    _call: Call<'_>,
    _body: &mut RequestBody,
) -> Result<Reply, OssError> {
    Err(OssError::not_implemented("deleting many objects"))
}
