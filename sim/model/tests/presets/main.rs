//! What the presets release, against the published figures.
//!
//! Two kinds of tolerance. Against figures that the generator has by construction: four standard
//! errors of the sample that is generated here. Against figures that it was fitted to, or that were
//! counted in few years: the tolerance that the test states, or the published range.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod al2023;
mod apt;
mod el9;
mod recorded;
mod sample;
mod streams;
mod windows;
