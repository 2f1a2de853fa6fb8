//! What the benches share: the reference workloads as scenarios, and the release dates of W2.
//!
//! Benches are named after the promises they guard. `cargo bench -p patchbench-benches` measures them;
//! with `-- --test` each runs once.

mod groups;

use std::path::{Path, PathBuf};

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::config::ModelConfig;
use patchbench_peer_plain::release_days;
use patchbench_scenario::{Limits, Override, Scenario, load};

pub use groups::many_groups;

/// The folder of this package.
fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A scenario of the benches by its file name, such as `w1.toml`.
pub fn workload(name: &str) -> PathBuf {
    folder().join("scenarios").join(name)
}

/// A scenario of the gallery by its file name.
pub fn gallery(name: &str) -> PathBuf {
    folder().join("../scenarios").join(name)
}

/// Reads a scenario with changes of the form `path=value`.
///
/// # Panics
/// When it cannot be read: there is nothing to measure then.
pub fn read(path: &Path, changes: &[String]) -> Scenario {
    let changes: Vec<Override> = changes
        .iter()
        .map(|change| Override::parse(change).expect("a change is path=value"))
        .collect();
    let loaded = load(path, &changes, &Limits::default());
    let problems = loaded.problems;
    loaded
        .scenario
        .unwrap_or_else(|| panic!("{} is not valid: {problems:?}", path.display()))
}

/// W1 with `nodes` nodes.
pub fn w1(nodes: u32) -> ModelConfig {
    read(&workload("w1.toml"), &[format!("nodes.fleet.count={nodes}")]).config
}

/// W2 with `nodes` nodes, a multiple of ten.
pub fn w2(nodes: u32) -> ModelConfig {
    let rings = [("dev", 1), ("test", 2), ("prod", 7)];
    let changes = rings.map(|(ring, tenths)| format!("nodes.{ring}.count={}", nodes / 10 * tenths));
    read(&workload("w2.toml"), &changes).config
}

/// The release file of W2: a Poisson process given its number of releases, weighted by day.
pub fn w2_releases() -> String {
    let row = |(index, at): (usize, SimTime)| {
        format!(
            "R{:04},{at},WINDOWS,WindowsServer2022,SecurityUpdates,Critical\n",
            index + 1
        )
    };
    let header = "id,released_at,operating_system,product,classification,severity\n";
    let rows = release_times(1_000).into_iter().enumerate().map(row);
    std::iter::once(header.to_owned()).chain(rows).collect()
}

/// Release times from Monday, 2024-01-01 on, rising.
fn release_times(count: usize) -> Vec<SimTime> {
    let start = SimTime::from_millis(1_704_067_200_000);
    release_days(count)
        .into_iter()
        .map(|days| start + SimDuration::from_millis((days * 86_400_000.0).round() as i64))
        .collect()
}
