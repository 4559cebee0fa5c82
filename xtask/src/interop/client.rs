//! Our client's part: what it prepares for the SDKs, and what it makes of what they did.

use std::time::Duration;

use jit_oss::{Bucket, Client as OssClient, Config, Credentials};
use serde_json::{Map, Value, json};

use super::driver::Presigned;
use super::plan::{self, Column, NAMES, Reach, content, name_row};
use super::server::{BUCKET, REGION, Server};
use crate::Result;

/// Our client, in a column's signature version.
pub(crate) struct Client {
    bucket: Bucket,
    column: Column,
    /// Where the server is, by whatever name a URL calls it.
    address: String,
}

impl Client {
    pub(crate) fn new(server: &Server, column: Column) -> Result<Self> {
        let credentials =
            Credentials::new(server.access_key_id.clone(), server.access_key_secret.clone());
        let config = Config::new(server.endpoint.parse()?, credentials)
            .with_region(REGION)
            .with_signature_version(column.signature);
        let address = server.endpoint.trim_start_matches("http://").to_owned();
        Ok(Self { bucket: OssClient::new(config)?.bucket(BUCKET)?, column, address })
    }

    /// Writes an object per name, presigns a GET and a PUT per name, and says so in the driver's plan.
    /// `command` is the program that `remote.py` asks.
    pub(crate) async fn prepare(&self, server: &Server, command: &[String]) -> Result<Value> {
        let mut names = Vec::new();
        for name in NAMES {
            let key = self.key("from-client", name);
            let put = self.bucket.put_object(&key, content(&key));
            put.content_type("text/x-from-client").metadata("from", "jit-oss").await?;
            let hour = Duration::from_secs(3600);
            let get_url = self.bucket.presign_get(&key).expires_in(hour).sign().await?;
            let put_key = self.key("to-url", name);
            let put_url = self.bucket.presign_put(&put_key).content_type("text/x-to-url");
            let put_url = put_url.expires_in(hour).sign().await?;
            let put_headers = put_url.headers().iter();
            let put_headers: Map<_, _> =
                put_headers.map(|(name, value)| (name.clone(), json!(value))).collect();
            names.push(json!({
                "name": name,
                "row": name_row(name),
                "reach": match self.column.reach(name) {
                    Reach::Yes => "yes",
                    Reach::Refused => "refused",
                    Reach::Unable(_) => "unable",
                },
                "key": key,
                "get_url": get_url.as_str(),
                "put_key": put_key,
                "put_url": put_url.as_str(),
                "put_headers": put_headers,
            }));
        }
        Ok(json!({
            "command": command,
            "endpoint": server.endpoint,
            "region": REGION,
            "bucket": BUCKET,
            "access_key_id": server.access_key_id,
            "access_key_secret": server.access_key_secret,
            "signature": self.column.signature_name(),
            "prefix": self.column.prefix(),
            "cases": plan::CASES,
            "names": names,
            "cross": {
                "reads_clients": plan::READS_CLIENTS,
                "gets_clients_url": plan::GETS_CLIENTS_URL,
                "puts_clients_url": plan::PUTS_CLIENTS_URL,
            },
        }))
    }

    /// Checks what the driver left behind, a row at a time.
    pub(crate) async fn check(
        &self,
        presigned: &[Presigned],
        mut tell: impl FnMut(&str, Result<()>),
    ) {
        let put = self.reads("to-url", "text/x-to-url", NAMES, &[]).await;
        tell(plan::CLIENT_READS_PUT, put);
        let reached = NAMES.into_iter().filter(|name| self.column.reach(name) == Reach::Yes);
        let metadata = [("from".to_owned(), "sdk".to_owned())];
        tell(
            plan::CLIENT_READS,
            self.reads("for-client", "text/x-from-sdk", reached, &metadata).await,
        );
        tell(plan::PLAIN_GETS, self.plain_gets(presigned));
        tell(plan::PLAIN_PUTS, self.plain_puts(presigned).await);
    }

    async fn reads(
        &self,
        folder: &str,
        content_type: &str,
        names: impl IntoIterator<Item = &'static str>,
        metadata: &[(String, String)],
    ) -> Result<()> {
        for name in names {
            let key = self.key(folder, name);
            let object = self.bucket.get_object(&key).await?;
            let about = object.metadata;
            same(&key, &object.body.bytes().await?, content(&key).as_bytes())?;
            if about.crc64.is_none() {
                return Err(format!("{key:?}: there is no CRC-64").into());
            }
            if about.content_type.as_deref() != Some(content_type) {
                return Err(format!("{key:?}: content type {:?}", about.content_type).into());
            }
            if about.user_metadata != metadata {
                return Err(format!("{key:?}: user metadata {:?}", about.user_metadata).into());
            }
        }
        Ok(())
    }

    fn plain_gets(&self, presigned: &[Presigned]) -> Result<()> {
        for entry in self.of_method(presigned, "GET")? {
            let (status, body) = entry.send(&self.address, b"")?;
            expect_ok(&entry.key, status, &body)?;
            same(&entry.key, &body, content(&entry.key).as_bytes())?;
        }
        Ok(())
    }

    async fn plain_puts(&self, presigned: &[Presigned]) -> Result<()> {
        for entry in self.of_method(presigned, "PUT")? {
            let (status, body) = entry.send(&self.address, content(&entry.key).as_bytes())?;
            expect_ok(&entry.key, status, &body)?;
        }
        self.reads("by-url", "text/x-by-url", self.column.presignable(), &[]).await
    }

    /// As many as there are names, or the row would pass for want of URLs.
    fn of_method<'a>(
        &self,
        presigned: &'a [Presigned],
        method: &str,
    ) -> Result<Vec<&'a Presigned>> {
        let found: Vec<_> = presigned.iter().filter(|entry| entry.method == method).collect();
        let wanted = self.column.presignable().count();
        if found.len() == wanted {
            Ok(found)
        } else {
            Err(format!("the driver presigned {} of {wanted} URLs", found.len()).into())
        }
    }

    fn key(&self, folder: &str, name: &str) -> String {
        format!("{}/{folder}/{name}", self.column.prefix())
    }
}

fn expect_ok(key: &str, status: u16, body: &[u8]) -> Result<()> {
    if status == 200 {
        Ok(())
    } else {
        Err(format!("{key:?}: HTTP {status}: {}", String::from_utf8_lossy(body)).into())
    }
}

fn same(key: &str, found: &[u8], expected: &[u8]) -> Result<()> {
    if found == expected {
        Ok(())
    } else {
        let found = String::from_utf8_lossy(found);
        Err(format!("{key:?}: the content is {found:?}").into())
    }
}
