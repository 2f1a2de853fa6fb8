//! Criterion benches, named after the promises they guard.
