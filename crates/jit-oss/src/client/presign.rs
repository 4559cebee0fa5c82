//! Requests of a bucket for somebody else to send.

use super::Bucket;
use crate::request::PresignRequest;

impl Bucket {
    /// Presigns a `GetObject`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let recipe = bucket.presign_get("cat.png").response_content_type("image/png").sign().await?;
    /// assert!(recipe.as_str().contains("/cat.png?response-content-type=image%2Fpng&"));
    /// assert!(recipe.curl("cat.png").starts_with("curl --output 'cat.png' 'http://"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_get(&self, key: impl Into<String>) -> PresignRequest {
        PresignRequest::get(self.clone(), key.into())
    }

    /// Presigns a `HeadObject`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let recipe = bucket.presign_head("cat.png").sign().await?;
    /// assert!(recipe.curl("").starts_with("curl --head "));
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_head(&self, key: impl Into<String>) -> PresignRequest {
        PresignRequest::head(self.clone(), key.into())
    }

    /// Presigns a `PutObject`: what is set on the request has to be sent by whoever uses the URL.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let recipe = bucket.presign_put("cat.png").content_type("image/png").sign().await?;
    /// assert_eq!(recipe.headers(), [("content-type".to_owned(), "image/png".to_owned())]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_put(&self, key: impl Into<String>) -> PresignRequest {
        PresignRequest::put(self.clone(), key.into())
    }

    /// Presigns a `DeleteObject`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use std::time::Duration;
    ///
    /// let recipe = bucket.presign_delete("cat.png").expires_in(Duration::from_secs(60)).sign().await?;
    /// assert_eq!(recipe.method(), "DELETE");
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_delete(&self, key: impl Into<String>) -> PresignRequest {
        PresignRequest::delete(self.clone(), key.into())
    }

    /// Presigns an `InitiateMultipartUpload`. Its answer names the upload that the other three go on
    /// with.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let begin = bucket.presign_initiate_multipart_upload("big.bin").sign().await?;
    /// assert_eq!(begin.method(), "POST"); // its answer has the `<UploadId>`
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_initiate_multipart_upload(&self, key: impl Into<String>) -> PresignRequest {
        PresignRequest::initiate(self.clone(), key.into())
    }

    /// Presigns an `UploadPart`; numbers go from 1 to 10,000.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// let recipe = bucket.presign_upload_part("big.bin", &upload, 1).sign().await?;
    /// assert!(recipe.as_str().contains("partNumber=1&"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_upload_part(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
        number: u32,
    ) -> PresignRequest {
        PresignRequest::upload_part(self.clone(), key.into(), upload_id.into(), number)
    }

    /// Presigns a `CompleteMultipartUpload` of all parts that were uploaded.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// let recipe = bucket.presign_complete_multipart_upload("big.bin", &upload).sign().await?;
    /// assert_eq!(recipe.method(), "POST"); // without a body
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_complete_multipart_upload(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
    ) -> PresignRequest {
        PresignRequest::complete(self.clone(), key.into(), upload_id.into())
    }

    /// Presigns an `AbortMultipartUpload`.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let upload = bucket.initiate_multipart_upload("big.bin").await?.upload_id;
    /// let recipe = bucket.presign_abort_multipart_upload("big.bin", &upload).sign().await?;
    /// assert_eq!(recipe.method(), "DELETE");
    /// # Ok(())
    /// # }
    /// ```
    pub fn presign_abort_multipart_upload(
        &self,
        key: impl Into<String>,
        upload_id: impl Into<String>,
    ) -> PresignRequest {
        PresignRequest::abort(self.clone(), key.into(), upload_id.into())
    }
}
