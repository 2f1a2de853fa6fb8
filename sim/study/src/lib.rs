//! Experiments: replications, estimates with intervals, assertions.
