//! Operations on a bucket itself.

use super::Bucket;
use crate::request::{
    DeleteBucketRequest, GetBucketAclRequest, GetBucketInfoRequest, GetBucketLocationRequest,
    GetBucketStatRequest, GetBucketVersioningRequest, PutBucketAclRequest, PutBucketRequest,
    PutBucketVersioningRequest,
};
use crate::{BucketAcl, Versioning};

impl Bucket {
    /// Creates the bucket (`PutBucket`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::BucketAcl;
    ///
    /// let other = bucket.client().bucket("other-bucket")?;
    /// other.create().acl(BucketAcl::Private).await?;
    /// other.delete().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn create(&self) -> PutBucketRequest {
        PutBucketRequest::new(self.clone())
    }

    /// Removes the bucket, which has to be empty (`DeleteBucket`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let other = bucket.client().bucket("other-bucket")?;
    /// other.create().await?;
    /// other.delete().await?;
    /// assert!(other.info().await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(&self) -> DeleteBucketRequest {
        DeleteBucketRequest::new(self.clone())
    }

    /// Asks what is known of the bucket (`GetBucketInfo`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// let info = bucket.info().await?;
    /// assert_eq!(info.location.as_deref(), Some("oss-cn-hangzhou"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn info(&self) -> GetBucketInfoRequest {
        GetBucketInfoRequest::new(self.clone())
    }

    /// Asks in which region the bucket is (`GetBucketLocation`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// assert_eq!(bucket.location().await?.location, "oss-cn-hangzhou");
    /// # Ok(())
    /// # }
    /// ```
    pub fn location(&self) -> GetBucketLocationRequest {
        GetBucketLocationRequest::new(self.clone())
    }

    /// Asks how much is in the bucket (`GetBucketStat`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// bucket.put_object("a.txt", "hello").await?;
    /// let stat = bucket.stat().await?;
    /// assert_eq!((stat.object_count, stat.storage), (1, 5));
    /// # Ok(())
    /// # }
    /// ```
    pub fn stat(&self) -> GetBucketStatRequest {
        GetBucketStatRequest::new(self.clone())
    }

    /// Sets who may use the bucket (`PutBucketAcl`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::BucketAcl;
    ///
    /// bucket.put_acl(BucketAcl::PublicRead).await?;
    /// assert_eq!(bucket.acl().await?.acl, BucketAcl::PublicRead);
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_acl(&self, acl: BucketAcl) -> PutBucketAclRequest {
        PutBucketAclRequest::new(self.clone(), acl)
    }

    /// Asks who may use the bucket (`GetBucketAcl`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::BucketAcl;
    ///
    /// assert_eq!(bucket.acl().await?.acl, BucketAcl::Private);
    /// # Ok(())
    /// # }
    /// ```
    pub fn acl(&self) -> GetBucketAclRequest {
        GetBucketAclRequest::new(self.clone())
    }

    /// Sets whether the bucket keeps what is replaced and deleted (`PutBucketVersioning`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// use jit_oss::Versioning;
    ///
    /// bucket.put_versioning(Versioning::Enabled).await?;
    /// assert_eq!(bucket.versioning().await?.status, Some(Versioning::Enabled));
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_versioning(&self, status: Versioning) -> PutBucketVersioningRequest {
        PutBucketVersioningRequest::new(self.clone(), status)
    }

    /// Asks whether the bucket keeps what is replaced and deleted (`GetBucketVersioning`).
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = jit_oss_server::OssServer::builder().bucket("my-bucket").start().await?;
    /// # let bucket = jit_oss::Client::new(server.client_config())?.bucket("my-bucket")?;
    /// assert_eq!(bucket.versioning().await?.status, None); // it never did
    /// # Ok(())
    /// # }
    /// ```
    pub fn versioning(&self) -> GetBucketVersioningRequest {
        GetBucketVersioningRequest::new(self.clone())
    }
}
