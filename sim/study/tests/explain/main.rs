//! Random worlds: explanations against the trace of the same replication, curves against the records.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod changes;
mod curves;
mod dates;
mod faults;
mod history;
mod openings;
mod sums;
mod worlds;
