//! Versions: what is replaced and deleted comes back.

use jit_oss::{ErrorKind, ObjectId, VersionEntry, Versioning};

use crate::support::server;

#[tokio::test]
async fn what_was_replaced_and_deleted_is_still_there() {
    let (server, bucket) = server().await;
    assert_eq!(bucket.versioning().await.unwrap().status, None);
    bucket.put_versioning(Versioning::Enabled).await.unwrap();
    assert_eq!(bucket.versioning().await.unwrap().status, Some(Versioning::Enabled));

    let first = bucket.put_object("k", "1").await.unwrap().version_id.unwrap();
    let second = bucket.put_object("k", "2").await.unwrap().version_id.unwrap();
    let deleted = bucket.delete_object("k").await.unwrap();
    assert!(deleted.delete_marker);
    assert_eq!(bucket.get_object("k").await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(bucket.get_object("k").version(&first).bytes().await.unwrap(), "1");
    assert_eq!(bucket.head_object("k").version(&second).await.unwrap().size, 1);

    let versions = bucket.list_object_versions().page_size(1).entries().all().await.unwrap();
    let told: Vec<_> = versions.iter().map(|v| v.version_id().unwrap()).collect();
    let marker = deleted.version_id.unwrap();
    assert_eq!(told, [&marker, &second, &first]);
    assert!(matches!(versions[0], VersionEntry::DeleteMarker { is_latest: true, .. }));

    bucket.copy_object("k", "copy").source_version(&first).await.unwrap();
    assert_eq!(bucket.get_object("copy").bytes().await.unwrap(), "1");
    bucket.delete_object("k").version(&marker).await.unwrap();
    assert_eq!(bucket.get_object("k").bytes().await.unwrap(), "2");
    let gone =
        bucket.delete_objects([ObjectId::version("k", &first), "copy".into()]).await.unwrap();
    assert_eq!(gone.failed().count(), 0);
    let marker = gone.objects[1].outcome.as_ref().unwrap();
    assert!(marker.delete_marker && marker.delete_marker_version_id.is_some());
    assert_eq!(
        bucket.get_object("k").version(&first).await.unwrap_err().code(),
        Some("NoSuchVersion")
    );
    server.shutdown().await;
}
