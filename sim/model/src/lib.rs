//! The simulated world: patches, baselines, patch groups, maintenance windows, rate control, nodes.
