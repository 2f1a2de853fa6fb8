//! R17 and R18: updates that replace each other.

use patchbench_kernel::SimTime;
use patchbench_model::catalog::Patch;
use patchbench_model::config::Supersedence;
use patchbench_model::ssm::{OperatingSystem, PatchBaseline};
use patchbench_model::world::{ClassPatch, Plan};

use super::world::{baseline, patch, rule, utc, world};

const WINDOWS: OperatingSystem = OperatingSystem::Windows;
const AMAZON: OperatingSystem = OperatingSystem::AmazonLinux2;

/// Three cumulative updates, each replacing the one before.
fn cumulative(os: OperatingSystem) -> Vec<Patch> {
    let releases = [
        "2024-01-09T00:00:00Z",
        "2024-02-13T00:00:00Z",
        "2024-03-12T00:00:00Z",
    ];
    let ids = ["January", "February", "March"];
    let one = |month: usize| Patch {
        supersedes: ids[..month]
            .last()
            .map(|id| (*id).to_owned())
            .into_iter()
            .collect(),
        ..patch(ids[month], os, "SecurityUpdates", "Critical", releases[month])
    };
    (0..3).map(one).collect()
}

/// From when until when each of them is a candidate under a delay.
fn candidates(os: OperatingSystem, days: u16, supersedence: Supersedence) -> Vec<String> {
    let known = baseline("cumulative", os, vec![rule(&[], days)]);
    let mut config = world(1, known, cumulative(os), Vec::new());
    config.settings.supersedence = supersedence;
    let plan = Plan::new(&config);
    let catalog = plan.shared_catalog.as_ref().unwrap();
    let one = |known: &ClassPatch| {
        let name = &catalog.patches[known.patch].id;
        let day = |at: SimTime| at.to_string()[5..10].to_owned();
        match known.candidate {
            None => format!("{name} never"),
            Some((from, SimTime::MAX)) => format!("{name} {}", day(from)),
            Some((from, until)) => format!("{name} {} to {}", day(from), day(until)),
        }
    };
    catalog.classes[0].patches.iter().map(one).collect()
}

#[test]
fn r17_a_long_delay_starves_cumulative_updates_on_windows() {
    assert_eq!(
        candidates(WINDOWS, 40, Supersedence::Drop),
        ["January never", "February never", "March 04-21"]
    );
    assert_eq!(
        candidates(WINDOWS, 40, Supersedence::Keep),
        ["January 02-18", "February 03-24", "March 04-21"]
    );
}

#[test]
fn r18_a_shorter_delay_leaves_each_a_time() {
    assert_eq!(
        candidates(WINDOWS, 20, Supersedence::Drop),
        ["January 01-29 to 02-13", "February 03-04 to 03-12", "March 04-01"]
    );
}

#[test]
fn on_linux_an_update_gives_way_to_an_approved_one_only() {
    assert_eq!(
        candidates(AMAZON, 40, Supersedence::Drop),
        ["January 02-18 to 03-24", "February 03-24 to 04-21", "March 04-21"]
    );
}

/// March is approved at once by name, February never is: January gives way to March all the same.
#[test]
fn on_linux_an_update_gives_way_to_a_successor_of_its_successor() {
    let known = PatchBaseline {
        approved_patches: vec!["March".to_owned()],
        rejected_patches: vec!["February".to_owned()],
        ..baseline("named", AMAZON, vec![rule(&[], 7)])
    };
    let config = world(1, known, cumulative(AMAZON), Vec::new());
    let plan = Plan::new(&config);
    let january = &plan.shared_catalog.as_ref().unwrap().classes[0].patches[0];
    assert_eq!(
        january.candidate,
        Some((utc("2024-01-16T00:00:00Z"), utc("2024-03-12T00:00:00Z")))
    );
}
