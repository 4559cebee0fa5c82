//! A bucket's operations on its objects.

use super::Bucket;
use crate::request::{
    AppendObjectRequest, CleanRestoredObjectRequest, CopyObjectRequest, DeleteObjectRequest,
    DeleteObjectTaggingRequest, DeleteObjectsRequest, GetObjectAclRequest, GetObjectRequest,
    GetObjectTaggingRequest, GetSymlinkRequest, HeadObjectRequest, ListObjectVersionsRequest,
    ListObjectsRequest, ObjectId, PutObjectAclRequest, PutObjectRequest, PutObjectTaggingRequest,
    PutSymlinkRequest, RestoreObjectRequest,
};
use crate::{ObjectAcl, Payload};

impl Bucket {
    /// Writes a whole object (`PutObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::{Payload, StorageClass};
    ///
    /// let put = bucket.put_object("a.txt", "hello").content_type("text/plain").await?;
    /// assert!(put.receipt.crc_verified);
    /// # std::fs::write(std::env::temp_dir().join("jit-oss-video.mp4"), "moving")?;
    /// # let path = std::env::temp_dir().join("jit-oss-video.mp4");
    /// let class = StorageClass::InfrequentAccess;
    /// bucket.put_object("video.mp4", Payload::file(&path)).storage_class(class).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_object(&self, key: impl Into<String>, body: impl Into<Payload>) -> PutObjectRequest {
        PutObjectRequest::new(self.clone(), key.into(), body.into())
    }

    /// Reads an object (`GetObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").await?;
    /// let text = bucket.get_object("a.txt").bytes().await?;
    /// assert_eq!(text, "hello");
    /// let mut object = bucket.get_object("a.txt").range(1..=3).await?;
    /// assert_eq!(object.metadata.size, 5);
    /// while let Some(piece) = object.body.chunk().await? {
    ///     assert_eq!(piece, "ell");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_object(&self, key: impl Into<String>) -> GetObjectRequest {
        GetObjectRequest::new(self.clone(), key.into())
    }

    /// Asks what is known of an object (`HeadObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").metadata("colour", "red").await?;
    /// let known = bucket.head_object("a.txt").await?;
    /// assert_eq!(known.size, 5);
    /// assert_eq!(known.user_metadata, [("colour".to_owned(), "red".to_owned())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn head_object(&self, key: impl Into<String>) -> HeadObjectRequest {
        HeadObjectRequest::new(self.clone(), key.into())
    }

    /// Removes an object, or does nothing where there is none (`DeleteObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").await?;
    /// bucket.delete_object("a.txt").await?;
    /// bucket.delete_object("a.txt").await?; // it is gone, which is what was wanted
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_object(&self, key: impl Into<String>) -> DeleteObjectRequest {
        DeleteObjectRequest::new(self.clone(), key.into())
    }

    /// Asks for an object's size, entity tag and age only (`GetObjectMeta`): the cheapest way to see
    /// whether it is there. What else there is of metadata is absent from the answer.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::ErrorKind;
    ///
    /// let missing = bucket.get_object_meta("a.txt").await.unwrap_err();
    /// assert_eq!(missing.kind(), ErrorKind::NotFound);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_object_meta(&self, key: impl Into<String>) -> HeadObjectRequest {
        HeadObjectRequest::meta(self.clone(), key.into())
    }

    /// Removes many objects (`DeleteMultipleObjects`), 1000 with each request. Those that were not
    /// there count as removed.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a", "").await?;
    /// let told = bucket.delete_objects(["a", "never there"]).await?;
    /// for failed in told.failed() {
    ///     println!("{} may be there still", failed.object.key);
    /// }
    /// assert_eq!(told.all_deleted()?.len(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_objects<O: Into<ObjectId>>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> DeleteObjectsRequest {
        DeleteObjectsRequest::new(self.clone(), objects.into_iter().map(Into::into).collect())
    }

    /// Copies an object of this bucket, or of another one of the region (`CopyObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").metadata("colour", "red").await?;
    /// bucket.copy_object("a.txt", "b.txt").forbid_overwrite().await?;
    /// assert_eq!(bucket.head_object("b.txt").await?.user_metadata.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn copy_object(
        &self,
        source: impl Into<String>,
        key: impl Into<String>,
    ) -> CopyObjectRequest {
        CopyObjectRequest::new(self.clone(), source.into(), key.into())
    }

    /// Adds to the end of an appendable object (`AppendObject`), which the first append, at position 0,
    /// begins.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let first = bucket.append_object("app.log", 0, "one\n").await?;
    /// let second = bucket.append_object("app.log", first.next_position, "two\n").await?;
    /// assert_eq!(second.next_position, 8);
    /// # Ok(())
    /// # }
    /// ```
    pub fn append_object(
        &self,
        key: impl Into<String>,
        position: u64,
        body: impl Into<Payload>,
    ) -> AppendObjectRequest {
        AppendObjectRequest::new(self.clone(), key.into(), position, body.into())
    }

    /// Lists objects (`ListObjectsV2`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::ListEntry;
    ///
    /// for key in ["a.txt", "dir/b.txt", "dir/c.txt"] {
    ///     bucket.put_object(key, "").await?;
    /// }
    /// let mut list = bucket.list_objects().delimiter("/").entries();
    /// while let Some(entry) = list.next().await? {
    ///     match entry {
    ///         ListEntry::Object(object) => assert_eq!(object.key, "a.txt"),
    ///         ListEntry::Prefix(prefix) => assert_eq!(prefix, "dir/"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_objects(&self) -> ListObjectsRequest {
        ListObjectsRequest::new(self.clone())
    }

    /// Lists the versions of objects (`ListObjectVersions`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::Versioning;
    ///
    /// bucket.put_versioning(Versioning::Enabled).await?;
    /// bucket.put_object("a.txt", "old").await?;
    /// bucket.put_object("a.txt", "new").await?;
    /// let versions = bucket.list_object_versions().prefix("a.txt").entries().all().await?;
    /// let oldest = versions[1].version_id().unwrap_or_default();
    /// assert_eq!(bucket.get_object("a.txt").version(oldest).bytes().await?, "old");
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_object_versions(&self) -> ListObjectVersionsRequest {
        ListObjectVersionsRequest::new(self.clone())
    }

    /// Sets who may use an object (`PutObjectAcl`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::ObjectAcl;
    ///
    /// bucket.put_object("a.txt", "hello").await?;
    /// bucket.put_object_acl("a.txt", ObjectAcl::PublicRead).await?;
    /// assert_eq!(bucket.get_object_acl("a.txt").await?.acl, ObjectAcl::PublicRead);
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_object_acl(&self, key: impl Into<String>, acl: ObjectAcl) -> PutObjectAclRequest {
        PutObjectAclRequest::new(self.clone(), key.into(), acl)
    }

    /// Asks who may use an object (`GetObjectAcl`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::ObjectAcl;
    ///
    /// bucket.put_object("a.txt", "hello").await?;
    /// assert_eq!(bucket.get_object_acl("a.txt").await?.acl, ObjectAcl::Default); // the bucket's
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_object_acl(&self, key: impl Into<String>) -> GetObjectAclRequest {
        GetObjectAclRequest::new(self.clone(), key.into())
    }

    /// Gives an object these tags and no others (`PutObjectTagging`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").await?;
    /// bucket.put_object_tagging("a.txt", [("team", "blue")]).await?;
    /// let tags = bucket.get_object_tagging("a.txt").await?.tags;
    /// assert_eq!(tags, [("team".to_owned(), "blue".to_owned())]);
    /// bucket.delete_object_tagging("a.txt").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_object_tagging<N: Into<String>, V: Into<String>>(
        &self,
        key: impl Into<String>,
        tags: impl IntoIterator<Item = (N, V)>,
    ) -> PutObjectTaggingRequest {
        let tags: Vec<_> = tags.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        PutObjectTaggingRequest::new(self.clone(), key.into(), &tags)
    }

    /// Asks for an object's tags (`GetObjectTagging`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").tag("team", "blue").await?;
    /// let tags = bucket.get_object_tagging("a.txt").await?.tags;
    /// assert_eq!(tags, [("team".to_owned(), "blue".to_owned())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_object_tagging(&self, key: impl Into<String>) -> GetObjectTaggingRequest {
        GetObjectTaggingRequest::new(self.clone(), key.into())
    }

    /// Removes an object's tags (`DeleteObjectTagging`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").tag("team", "blue").await?;
    /// bucket.delete_object_tagging("a.txt").await?;
    /// assert!(bucket.get_object_tagging("a.txt").await?.tags.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete_object_tagging(&self, key: impl Into<String>) -> DeleteObjectTaggingRequest {
        DeleteObjectTaggingRequest::new(self.clone(), key.into())
    }

    /// Makes `key` stand for `target`, an object of the same bucket (`PutSymlink`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("v2/a.txt", "hello").await?;
    /// bucket.put_symlink("latest.txt", "v2/a.txt").await?;
    /// assert_eq!(bucket.get_symlink("latest.txt").await?.target, "v2/a.txt");
    /// assert_eq!(bucket.get_object("latest.txt").bytes().await?, "hello");
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_symlink(
        &self,
        key: impl Into<String>,
        target: impl AsRef<str>,
    ) -> PutSymlinkRequest {
        PutSymlinkRequest::new(self.clone(), key.into(), target.as_ref())
    }

    /// Asks what a symbolic link stands for (`GetSymlink`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_symlink("latest.txt", "v2/a.txt").await?; // which need not be there
    /// assert_eq!(bucket.get_symlink("latest.txt").await?.target, "v2/a.txt");
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_symlink(&self, key: impl Into<String>) -> GetSymlinkRequest {
        GetSymlinkRequest::new(self.clone(), key.into())
    }

    /// Makes an archived object readable for a while (`RestoreObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::StorageClass;
    ///
    /// bucket.put_object("old.txt", "hello").storage_class(StorageClass::Archive).await?;
    /// let restore = bucket.restore_object("old.txt").days(2).await?;
    /// assert!(!restore.already_restored);
    /// assert!(bucket.head_object("old.txt").await?.restore.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn restore_object(&self, key: impl Into<String>) -> RestoreObjectRequest {
        RestoreObjectRequest::new(self.clone(), key.into())
    }

    /// Ends that an archived object is readable (`CleanRestoredObject`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket");
    /// # let server = server.restore_time(std::time::Duration::ZERO).start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::{ErrorKind, StorageClass};
    ///
    /// bucket.put_object("old.txt", "hello").storage_class(StorageClass::ColdArchive).await?;
    /// bucket.restore_object("old.txt").await?;
    /// bucket.clean_restored_object("old.txt").await?;
    /// let error = bucket.get_object("old.txt").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Conflict);
    /// # Ok(())
    /// # }
    /// ```
    pub fn clean_restored_object(&self, key: impl Into<String>) -> CleanRestoredObjectRequest {
        CleanRestoredObjectRequest::new(self.clone(), key.into())
    }
}
