//! Runs a workload and prints its outcome as a line of JSON: `peer-plain w=w1 n=10000 reps=100`

use std::process::ExitCode;

use patchbench_peer_plain::{plain, program};

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is all it does"
)]
fn main() -> ExitCode {
    match program::run("plain", std::env::args().skip(1), plain::rollout, plain::year) {
        Ok(line) => println!("{line}"),
        Err(problem) => {
            eprintln!("{problem}");
            return ExitCode::from(2);
        }
    }
    ExitCode::SUCCESS
}
