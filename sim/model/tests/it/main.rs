//! Tests of the model: the acceptance cases of the semantics, by id, and what they rest on.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod approval;
mod aws_baselines;
mod baselines;
mod broken_nodes;
mod causes;
mod changed_failures;
mod changes;
mod compliance;
mod end_to_end;
mod faults;
mod locks;
mod overrides;
mod patch_groups;
mod patching;
mod ramp;
mod rate_control;
mod repaired;
mod reports;
mod sources;
mod standing;
mod supersedence;
mod surfaces;
mod targets;
mod windows;
mod world;
