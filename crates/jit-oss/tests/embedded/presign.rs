//! Recipes, followed by somebody who has no credentials.

use jit_oss::{ErrorKind, MIN_PART_SIZE, PresignedUrl};

use crate::support::{follow, follow_without, server};

async fn followed(recipe: &PresignedUrl, body: &[u8]) -> (u16, String) {
    let (status, body) = follow(recipe, body).await;
    (status, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test]
async fn every_recipe_works_as_it_stands() {
    let (server, bucket) = server().await;
    let put = bucket.presign_put("k").content_type("a/b").metadata("colour", "red");
    let put = put.cache_control("no-store").sign().await.unwrap();
    assert_eq!(followed(&put, b"hello").await.0, 200);
    let head = bucket.head_object("k").await.unwrap();
    assert_eq!(head.user_metadata, [("colour".to_owned(), "red".to_owned())]);
    assert_eq!(head.cache_control.as_deref(), Some("no-store"));
    let get = bucket.presign_get("k").response_content_type("text/x").sign().await.unwrap();
    assert_eq!(followed(&get, b"").await, (200, "hello".to_owned()));
    let recipe = bucket.presign_head("k").sign().await.unwrap();
    assert_eq!(followed(&recipe, b"").await.0, 200);
    let recipe = bucket.presign_delete("k").sign().await.unwrap();
    assert_eq!(followed(&recipe, b"").await.0, 204);
    assert_eq!(bucket.head_object("k").await.unwrap_err().kind(), ErrorKind::NotFound);
    server.shutdown().await;
}

#[tokio::test]
async fn an_upload_in_parts_needs_no_credentials() {
    let (server, bucket) = server().await;
    let initiate = bucket.presign_initiate_multipart_upload("k").sign().await.unwrap();
    let (status, answer) = followed(&initiate, b"").await;
    assert_eq!(status, 200, "{answer}");
    let (_, rest) = answer.split_once("<UploadId>").unwrap();
    let id = rest.split('<').next().unwrap();
    let part = vec![7; usize::try_from(MIN_PART_SIZE).unwrap()];
    for (number, data) in [(1, part.as_slice()), (2, b"end")] {
        let recipe = bucket.presign_upload_part("k", id, number).sign().await.unwrap();
        assert_eq!(followed(&recipe, data).await.0, 200);
    }
    let complete = bucket.presign_complete_multipart_upload("k", id).sign().await.unwrap();
    let (status, answer) = followed(&complete, b"").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(bucket.get_object("k").bytes().await.unwrap(), [&part[..], b"end"].concat());
    let id = bucket.initiate_multipart_upload("k").await.unwrap().upload_id;
    let abort = bucket.presign_abort_multipart_upload("k", id).sign().await.unwrap();
    assert_eq!(followed(&abort, b"").await.0, 204);
    server.shutdown().await;
}

#[tokio::test]
async fn a_recipe_that_is_not_followed_is_refused() {
    let (server, bucket) = server().await;
    let put = bucket.presign_put("k").content_type("a/b").content_disposition("inline");
    let recipe = put.sign().await.unwrap();
    for changed in ["content-type", "content-disposition"] {
        let (status, _) = follow_without(&recipe, changed, b"x").await;
        assert!(matches!(status, 400 | 403), "{changed}: {status}");
    }
    assert_eq!(bucket.head_object("k").await.unwrap_err().kind(), ErrorKind::NotFound);
    server.shutdown().await;
}
