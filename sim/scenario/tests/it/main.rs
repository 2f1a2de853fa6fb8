//! Tests of reading scenarios.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod acceptance;
mod accepted;
mod aws_answers;
mod aws_commands;
mod aws_export;
mod aws_history;
mod aws_history_pools;
mod aws_missing;
mod aws_names;
mod aws_places;
mod aws_reference;
mod aws_scripts;
mod aws_sources;
mod aws_updates;
mod changes;
mod cloudformation;
mod diagnostics;
mod found;
mod large_imports;
mod mutations;
mod quotas;
mod recorded_streams;
mod robustness;
mod schema;
mod shorthand;
mod sizes;
mod surfaces;
mod sweeps;
mod terraform;
mod texts;
mod timeouts;
