//! Prints the release file of W2:
//! `cargo run -p patchbench-benches --example w2_releases > benches/scenarios/w2-releases.csv`

#[expect(clippy::print_stdout, reason = "printing is all it does")]
fn main() {
    print!("{}", patchbench_benches::w2_releases());
}
