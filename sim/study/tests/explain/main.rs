//! Explanations against the trace of the same replication, on random worlds.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agreement;
mod changes;
mod dates;
mod faults;
mod history;
mod openings;
mod worlds;
