//! Tests of reading scenarios.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod acceptance;
