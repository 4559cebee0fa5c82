//! A bucket's operations on uploads in parts.

use super::Bucket;
use crate::Payload;
use crate::request::{
    AbortMultipartUploadRequest, CompleteMultipartUploadRequest, CompletedPart,
    InitiateMultipartUploadRequest, ListMultipartUploadsRequest, ListPartsRequest,
    UploadPartCopyRequest, UploadPartRequest,
};

impl Bucket {
    /// Begins an object that is written in parts (`InitiateMultipartUpload`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// let mut parts = Vec::new();
    /// for (number, data) in [(1, vec![0; 100 * 1024]), (2, b"the end".to_vec())] {
    ///     parts.push(bucket.upload_part("big.bin", &upload, number, data).await?.completed());
    /// }
    /// let done = bucket.complete_multipart_upload("big.bin", &upload, parts).await?;
    /// assert!(done.crc64.is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn initiate_multipart_upload(
        &self,
        key: impl Into<String>,
    ) -> InitiateMultipartUploadRequest {
        InitiateMultipartUploadRequest::new(self.clone(), key.into())
    }

    /// Writes a part (`UploadPart`); numbers go from 1 to 10,000.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// let part = bucket.upload_part("big.bin", &upload, 1, "the only part").await?;
    /// assert!(part.receipt.crc_verified);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_part(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        number: u32,
        body: impl Into<Payload>,
    ) -> UploadPartRequest {
        UploadPartRequest::new(self.clone(), key.into(), upload_id.into(), number, body.into())
    }

    /// Fills a part from an object that OSS has already (`UploadPartCopy`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.bin", vec![7; 1000]).await?;
    /// let upload = bucket.initiate_multipart_upload("b.bin").await?.upload_id;
    /// let part = bucket.upload_part_copy("a.bin", "b.bin", &upload, 1).source_range(0..=99).await?;
    /// bucket.complete_multipart_upload("b.bin", &upload, [part.completed()]).await?;
    /// assert_eq!(bucket.head_object("b.bin").await?.size, 100);
    /// # Ok(())
    /// # }
    /// ```
    pub fn upload_part_copy(
        &self,
        source: impl Into<String>,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        number: u32,
    ) -> UploadPartCopyRequest {
        let bucket = self.clone();
        UploadPartCopyRequest::new(bucket, source.into(), key.into(), upload_id.into(), number)
    }

    /// Makes an object of an upload's parts (`CompleteMultipartUpload`), in order of their numbers.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::crc64;
    ///
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// let part = bucket.upload_part("big.bin", &upload, 1, "hello").await?.completed();
    /// let complete = bucket.complete_multipart_upload("big.bin", &upload, [part]);
    /// let done = complete.expect(5, crc64::of(b"hello")).await?; // survives a lost answer
    /// assert!(done.receipt.crc_verified);
    /// # Ok(())
    /// # }
    /// ```
    pub fn complete_multipart_upload(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        parts: impl IntoIterator<Item = CompletedPart>,
    ) -> CompleteMultipartUploadRequest {
        let parts = parts.into_iter().collect();
        CompleteMultipartUploadRequest::new(self.clone(), key.into(), upload_id.into(), parts)
    }

    /// Drops an upload and its parts (`AbortMultipartUpload`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// bucket.abort_multipart_upload("big.bin", &upload).await?;
    /// assert!(bucket.list_multipart_uploads().uploads().next().await?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn abort_multipart_upload(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
    ) -> AbortMultipartUploadRequest {
        AbortMultipartUploadRequest::new(self.clone(), key.into(), upload_id.into())
    }

    /// Lists the parts of an upload (`ListParts`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// bucket.upload_part("big.bin", &upload, 1, "data").await?;
    /// let parts = bucket.list_parts("big.bin", &upload).parts().all().await?;
    /// assert_eq!((parts[0].number, parts[0].size), (1, 4));
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_parts(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
    ) -> ListPartsRequest {
        ListPartsRequest::new(self.clone(), key.into(), upload_id.into())
    }

    /// Lists the uploads of the bucket that are neither complete nor aborted (`ListMultipartUploads`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::UploadEntry;
    ///
    /// bucket.initiate_multipart_upload("big.bin").await?;
    /// let mut uploads = bucket.list_multipart_uploads().uploads();
    /// while let Some(entry) = uploads.next().await? {
    ///     if let UploadEntry::Upload(upload) = entry {
    ///         bucket.abort_multipart_upload(upload.key, upload.upload_id).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_multipart_uploads(&self) -> ListMultipartUploadsRequest {
        ListMultipartUploadsRequest::new(self.clone())
    }
}
