//! The load comparison of pxt with a service written by hand.
//!
//! Two services do the same work behind the same wire: [`handwritten`] and `pxt_service.rs`. The driver starts them as
//! child processes in turn, loads them over keep-alive connections and compares requests and CPU time per request.

pub mod check;
pub mod comparison;
pub mod connection;
pub mod disk;
pub mod error;
pub mod handwritten;
pub mod jobs;
pub mod load;
pub mod note;
pub mod place;
pub mod process;
pub mod report;
pub mod scenario;
pub mod serve;
pub mod server;
