//! Tests of the command as a user meets it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod analytic;
mod assertions;
mod binary;
mod calendar;
mod changes;
mod compare;
mod end_to_end;
mod explain;
mod export;
mod failing;
mod fit;
mod gallery;
mod headlines;
mod history;
mod import;
mod import_terraform;
mod journeys;
mod large_page;
mod launch;
mod pages;
#[cfg(not(feature = "parquet"))]
mod parquet;
mod plots;
mod precise;
mod readme;
mod recorded;
mod refusals;
mod releases;
mod repeat;
mod report;
mod schema;
mod shards;
mod summaries;
mod surfaces;
mod sweep;
mod tidy;
mod verify;
mod whole;
mod windows;
mod written;
