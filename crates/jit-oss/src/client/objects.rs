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
    pub fn put_object(&self, key: impl Into<String>, body: impl Into<Payload>) -> PutObjectRequest {
        PutObjectRequest::new(self.clone(), key.into(), body.into())
    }

    /// Reads an object (`GetObject`).
    pub fn get_object(&self, key: impl Into<String>) -> GetObjectRequest {
        GetObjectRequest::new(self.clone(), key.into())
    }

    /// Asks what is known of an object (`HeadObject`).
    pub fn head_object(&self, key: impl Into<String>) -> HeadObjectRequest {
        HeadObjectRequest::new(self.clone(), key.into())
    }

    /// Removes an object, or does nothing where there is none (`DeleteObject`).
    pub fn delete_object(&self, key: impl Into<String>) -> DeleteObjectRequest {
        DeleteObjectRequest::new(self.clone(), key.into())
    }

    /// Asks for an object's size, entity tag and age only (`GetObjectMeta`): the cheapest way to see
    /// whether it is there. What else there is of metadata is absent from the answer.
    pub fn get_object_meta(&self, key: impl Into<String>) -> HeadObjectRequest {
        HeadObjectRequest::meta(self.clone(), key.into())
    }

    /// Removes many objects (`DeleteMultipleObjects`), 1000 with each request. Those that were not
    /// there count as removed.
    pub fn delete_objects<O: Into<ObjectId>>(
        &self,
        objects: impl IntoIterator<Item = O>,
    ) -> DeleteObjectsRequest {
        DeleteObjectsRequest::new(self.clone(), objects.into_iter().map(Into::into).collect())
    }

    /// Copies an object of this bucket, or of another one of the region (`CopyObject`).
    pub fn copy_object(
        &self,
        source: impl Into<String>,
        key: impl Into<String>,
    ) -> CopyObjectRequest {
        CopyObjectRequest::new(self.clone(), source.into(), key.into())
    }

    /// Adds to the end of an appendable object (`AppendObject`), which the first append, at position 0,
    /// begins.
    pub fn append_object(
        &self,
        key: impl Into<String>,
        position: u64,
        body: impl Into<Payload>,
    ) -> AppendObjectRequest {
        AppendObjectRequest::new(self.clone(), key.into(), position, body.into())
    }

    /// Lists objects (`ListObjectsV2`).
    pub fn list_objects(&self) -> ListObjectsRequest {
        ListObjectsRequest::new(self.clone())
    }

    /// Lists the versions of objects (`ListObjectVersions`).
    pub fn list_object_versions(&self) -> ListObjectVersionsRequest {
        ListObjectVersionsRequest::new(self.clone())
    }

    /// Sets who may use an object (`PutObjectAcl`).
    pub fn put_object_acl(&self, key: impl Into<String>, acl: ObjectAcl) -> PutObjectAclRequest {
        PutObjectAclRequest::new(self.clone(), key.into(), acl)
    }

    /// Asks who may use an object (`GetObjectAcl`).
    pub fn get_object_acl(&self, key: impl Into<String>) -> GetObjectAclRequest {
        GetObjectAclRequest::new(self.clone(), key.into())
    }

    /// Gives an object these tags and no others (`PutObjectTagging`).
    pub fn put_object_tagging<N: Into<String>, V: Into<String>>(
        &self,
        key: impl Into<String>,
        tags: impl IntoIterator<Item = (N, V)>,
    ) -> PutObjectTaggingRequest {
        let tags: Vec<_> = tags.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        PutObjectTaggingRequest::new(self.clone(), key.into(), &tags)
    }

    /// Asks for an object's tags (`GetObjectTagging`).
    pub fn get_object_tagging(&self, key: impl Into<String>) -> GetObjectTaggingRequest {
        GetObjectTaggingRequest::new(self.clone(), key.into())
    }

    /// Removes an object's tags (`DeleteObjectTagging`).
    pub fn delete_object_tagging(&self, key: impl Into<String>) -> DeleteObjectTaggingRequest {
        DeleteObjectTaggingRequest::new(self.clone(), key.into())
    }

    /// Makes `key` stand for `target`, an object of the same bucket (`PutSymlink`).
    pub fn put_symlink(
        &self,
        key: impl Into<String>,
        target: impl AsRef<str>,
    ) -> PutSymlinkRequest {
        PutSymlinkRequest::new(self.clone(), key.into(), target.as_ref())
    }

    /// Asks what a symbolic link stands for (`GetSymlink`).
    pub fn get_symlink(&self, key: impl Into<String>) -> GetSymlinkRequest {
        GetSymlinkRequest::new(self.clone(), key.into())
    }

    /// Makes an archived object readable for a while (`RestoreObject`).
    pub fn restore_object(&self, key: impl Into<String>) -> RestoreObjectRequest {
        RestoreObjectRequest::new(self.clone(), key.into())
    }

    /// Ends that an archived object is readable (`CleanRestoredObject`).
    pub fn clean_restored_object(&self, key: impl Into<String>) -> CleanRestoredObjectRequest {
        CleanRestoredObjectRequest::new(self.clone(), key.into())
    }
}
