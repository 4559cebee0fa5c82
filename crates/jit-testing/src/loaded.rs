//! An app that is loaded, and what it needs for as long as it is.

use std::ops::Deref;
use std::path::Path;

use jit_app::{App, Error};
use jit_oss_server::{Faults, OssServer};

use crate::TestApp;

/// A loaded app of a test: an [`App`] whose folder and server are there for as long as it is.
#[derive(Debug)]
pub struct LoadedApp {
    app: App,
    made_from: TestApp,
}

impl LoadedApp {
    pub(crate) fn new(app: App, made_from: TestApp) -> Self {
        Self { app, made_from }
    }

    /// Its folder, to look into and to write to.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.made_from.path()
    }

    /// The OSS server inside.
    ///
    /// # Panics
    ///
    /// When there is none: no [`TestApp::oss`].
    #[must_use]
    #[track_caller]
    #[expect(clippy::panic, reason = "the test has a mistake, and this ends it where it is")]
    pub fn server(&self) -> &OssServer {
        match self.made_from.server() {
            Some(server) => server,
            None => {
                panic!("this app has no OSS server: say `.oss(\"storages.MyOss\")` before `start`")
            }
        }
    }

    /// How the server inside misbehaves.
    ///
    /// ```
    /// use jit_oss_server::Operation;
    /// use jit_storages::{ErrorKind, Storages};
    /// use jit_testing::TestApp;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let app = TestApp::new().oss("storages.MyOss").start().await?;
    /// app.faults().on(Operation::GetObject).fail(403, "AccessDenied");
    /// let storage = app.get::<Storages>("storages.MyOss").await?;
    /// assert_eq!(storage.download("a.txt").await.unwrap_err().kind(), ErrorKind::AccessDenied);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`server`](Self::server).
    #[must_use]
    #[track_caller]
    pub fn faults(&self) -> &Faults {
        self.server().faults()
    }

    /// Another app, loaded from the same folder with the same server: as after a restart of the program.
    ///
    /// # Errors
    ///
    /// As [`TestApp::load`].
    pub fn restart(&self) -> Result<Self, Error> {
        self.made_from.load()
    }
}

impl Deref for LoadedApp {
    type Target = App;

    fn deref(&self) -> &App {
        &self.app
    }
}
