//! Tests of the kernel: known answers, and properties against plain models.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod agenda;
mod distributions;
mod math;
mod queue;
mod rows;
mod simulator;
mod slots;
mod statistics;
mod streams;
mod tally;
mod time;
