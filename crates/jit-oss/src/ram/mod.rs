//! RAM, Alibaba Cloud's access control: which of its actions each operation needs, and policies that allow them.

mod actions;
mod policy;

pub use actions::RamAction;
pub use policy::RamPolicy;
