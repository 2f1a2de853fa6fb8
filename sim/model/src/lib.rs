//! The simulated world of AWS Systems Manager patching.
//!
//! Four parts. [`catalog`] says what can be installed and when it is released; [`ssm`] holds the
//! rules of Systems Manager as pure functions (baselines, patch groups, targets, rate control,
//! compliance); [`fleet`] describes the nodes and how installs behave on them; [`measures`] what a run
//! is measured by. [`world`] plays a
//! [`config::ModelConfig`] through as a discrete-event simulation and tells an observer what
//! happened. Nothing here reads a clock, opens a file or prints.

pub mod catalog;
mod change;
pub mod clock;
pub mod config;
pub mod fleet;
pub mod measures;
pub mod ssm;
pub mod units;
pub mod world;
