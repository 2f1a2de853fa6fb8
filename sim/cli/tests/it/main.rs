//! Tests of the command as a user meets it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod binary;
mod end_to_end;
mod gallery;
mod recorded;
mod refusals;
mod repeat;
mod windows;
