//! The patchbench command.
fn main() {}
