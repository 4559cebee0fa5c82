//! The service `services.Reports`: a report for each day, kept in the app's storage.

use std::fmt;
use std::sync::Arc;

use jit_meta::{AppHandle, Blob};
use jit_services::{Functions, Result, Service, ServiceContext, register_service};
use jit_storages::{ErrorKind, Storage, Storages};
use serde::{Deserialize, Serialize};

/// Writes and reads reports.
struct Reports {
    app: AppHandle,
}

#[derive(Deserialize)]
struct Write {
    day: String,
    report: Blob,
    r#final: bool,
}

#[derive(Serialize)]
struct Written {
    name: String,
    bytes: usize,
}

#[derive(Deserialize)]
struct Read {
    day: String,
}

/// A report that may not be written again.
#[derive(Debug)]
struct IsFinal(String);

impl fmt::Display for IsFinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the report of {} is final", self.0)
    }
}

impl std::error::Error for IsFinal {}

impl Reports {
    async fn write(self: Arc<Self>, Write { day, report, r#final }: Write) -> Result<Written> {
        let storage = self.storage().await?;
        if is_there(&*storage, &final_of(&day)).await? {
            return Err(IsFinal(day).into());
        }
        let name = if r#final { final_of(&day) } else { draft_of(&day) };
        let bytes = report.len();
        storage.upload_by_file(&name, report.into(), "text/markdown".into()).await?;
        Ok(Written { name, bytes })
    }

    async fn read(self: Arc<Self>, Read { day }: Read) -> Result<Blob> {
        let storage = self.storage().await?;
        let is_final = is_there(&*storage, &final_of(&day)).await?;
        let name = if is_final { final_of(&day) } else { draft_of(&day) };
        Ok(storage.download(&name).await?.into())
    }

    /// Asked for at each call: so a reload of the storage is followed.
    async fn storage(&self) -> Result<Arc<dyn Storage>> {
        let name = self.app.default_element("defaultStorage")?;
        Ok(self.app.get::<Storages>(&name.unwrap_or_default()).await?)
    }
}

async fn is_there(storage: &dyn Storage, name: &str) -> Result<bool> {
    match storage.get_object(name).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn final_of(day: &str) -> String {
    format!("reports/{day}.md")
}

fn draft_of(day: &str) -> String {
    format!("reports/{day}.draft.md")
}

impl Service for Reports {
    async fn load(cx: ServiceContext<'_>) -> Result<Self> {
        Ok(Self { app: cx.app().clone() })
    }

    fn functions() -> Functions<Self> {
        Functions::new().with("write", Self::write).with("read", Self::read)
    }
}

register_service!(app "jit.Shop", "services.Reports" => Reports);
