//! A generic discrete-event kernel: time, agenda, loop, addressed randomness, distributions, tallies.
