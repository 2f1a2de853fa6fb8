//! Tests of the reports.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod dictionary;
#[cfg(feature = "parquet")]
mod parquet;
mod schema;
