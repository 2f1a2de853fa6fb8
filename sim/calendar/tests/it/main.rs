//! Tests of the calendar.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]
#![allow(clippy::disallowed_types, reason = "conformance cases are read from files")]

mod acceptance;
mod conformance;
mod errors;
mod properties;
