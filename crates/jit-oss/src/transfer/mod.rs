//! Moving whole objects of any size, in parts and in parallel.
//!
//! [`Uploader`] and [`Downloader`] hold how it is done; what they make, [`Upload`] and [`Download`], are
//! awaited like requests.
//!
//! - A part is repeated on its own, as the client's [`RetryPolicy`](crate::RetryPolicy) says.
//! - Of a file no more than a few pieces of each running part are in memory; of a stream no more than
//!   `concurrency` parts. The object's size does not matter.
//! - The CRC-64 of the whole is combined from those of the parts and compared with the one OSS has.
//! - What is dropped or cancelled leaves nothing behind, unless there is a checkpoint to resume from.

mod cancel;
mod checkpoint;
mod copy;
mod download;
mod parts;
mod progress;
mod upload;

pub use cancel::Cancellation;
pub use copy::{Copied, Copier, Copy, DEFAULT_COPY_THRESHOLD};
pub use download::{Download, Downloaded, Downloader};
pub use parts::MAX_OBJECT_SIZE;
pub(crate) use progress::PartMeter;
pub use progress::Progress;
pub use upload::{Upload, Uploaded, Uploader};

/// Bytes of a part, unless set: 8 MiB.
pub const DEFAULT_PART_SIZE: u64 = 8 << 20;
/// Parts in flight at a time, unless set.
pub const DEFAULT_CONCURRENCY: usize = 4;
/// Bytes up to which an object goes in one request, unless set: 16 MiB.
pub const DEFAULT_THRESHOLD: u64 = 16 << 20;
