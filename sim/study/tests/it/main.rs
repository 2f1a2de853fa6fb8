//! Experiments on the simulated world, against what is known without simulating.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests: the lint's exception knows test functions only"
)]

mod bad_months;
mod bad_patches;
mod causes;
mod closed_forms;
mod crowds;
mod fit_contest;
mod fit_search;
mod fit_simulated;
mod precision;
mod settings;
mod stage;
mod stream_formulas;
mod tallies;
mod time_formulas;
mod work;
mod yardsticks;
