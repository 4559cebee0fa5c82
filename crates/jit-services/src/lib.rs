//! The `services` family: functions in Rust that are called by name.
//!
//! A service is an element, a folder with an `e.json` of type `services.NormalType` that declares functions in its
//! `functionList`, and a struct that implements [`Service`] and is registered for the element's full name with
//! [`register_service!`]. [`Services`] is the family's contract, [`Callable`] what every instance of it offers.
//!
//! ```
//! use std::sync::Arc;
//!
//! use jit_meta::AppHandle;
//! use jit_services::{Functions, Result, Service, ServiceContext, register_service};
//!
//! /// What `services/Orders/e.json` declares: `place(customer: Stext, amount: Numeric)` and `count()`.
//! pub struct Orders {
//!     app: AppHandle,
//! }
//!
//! #[derive(serde::Deserialize)]
//! struct Place {
//!     customer: String,
//!     amount: u32,
//! }
//!
//! #[derive(serde::Serialize)]
//! struct Placed {
//!     number: u64,
//! }
//!
//! impl Orders {
//!     async fn place(self: Arc<Self>, order: Place) -> Result<Placed> {
//!         // `?` takes any error; other elements are reached through the handle, when they are needed.
//!         let note = format!("{} of {}", order.amount, order.customer);
//!         let args = jit_meta::Args::new().push("orders.txt").push(note.into_bytes());
//!         self.app.call("storages.MyOss", "uploadByFile", args).await?;
//!         Ok(Placed { number: 1 })
//!     }
//!
//!     async fn count(self: Arc<Self>) -> Result<u64> {
//!         Ok(1)
//!     }
//! }
//!
//! impl Service for Orders {
//!     async fn load(cx: ServiceContext<'_>) -> Result<Self> {
//!         Ok(Self { app: cx.app().clone() })
//!     }
//!
//!     fn functions() -> Functions<Self> {
//!         Functions::new().with("place", Self::place).with("count", Self::count)
//!     }
//! }
//!
//! register_service!("services.Orders" => Orders);
//!
//! # fn main() {
//! let services = jit_services::ServiceRegistry::linked();
//! let found = services.candidates(&["acme.Shop"], "services.Orders");
//! assert_eq!(found[0].functions(), ["place", "count"]);
//! # }
//! ```
//!
//! In an app, `app.call("services.Orders", "place", args)` checks the arguments against the declaration. Rust code
//! that wants the struct itself, and no check, gets it from the same element:
//! `app.get::<Services>("services.Orders").await?.downcast::<Orders>()?`.

mod callable;
mod check;
mod functions;
mod normal;
mod registry;
mod service;

pub use callable::{Callable, Services};
pub use functions::{Answer, Functions, Handler};
pub use normal::NormalType;
pub use registry::{ServiceEntry, ServiceRegistry};
pub use service::{Failure, Result, Service, ServiceContext};

pub use jit_meta::AppHandle;

/// What the macro of this crate expands to.
#[doc(hidden)]
pub mod __private {
    pub use jit_meta::__private::{assert_full_name, inventory};
    pub use jit_meta::here;
}
