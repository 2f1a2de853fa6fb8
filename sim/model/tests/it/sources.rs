//! Sources of baselines: a run fails on nodes that none of them is for. Semantics, section 2.6.

use patchbench_model::config::{ModelConfig, Operation};
use patchbench_model::ssm::{CommandStatus, InvocationStatus, OperatingSystem, PatchSource};

use super::world::{History, Told, baseline, patch, play, rule, task, world};

/// Three nodes of a product with one approved patch missing, under a baseline with such sources.
fn with_sources(os: OperatingSystem, product: Option<&str>, sources: &[&[&str]]) -> ModelConfig {
    let mut known = baseline("sources", os, vec![rule(&[], 0)]);
    known.sources = sources
        .iter()
        .map(|products| PatchSource {
            name: "mirror".to_owned(),
            products: products.iter().map(|product| (*product).to_owned()).collect(),
        })
        .collect();
    let missing = patch("P", os, "Security", "Critical", "2024-01-02T00:00:00Z");
    let mut config = world(3, known, vec![missing], vec![task(Operation::Install, 1, 0)]);
    config.pools[0].product = product.map(str::to_owned);
    config
}

fn failed(history: &History) -> u32 {
    history.command(0).counts.get(InvocationStatus::Failed)
}

#[test]
fn a_run_fails_where_no_source_is_for_the_product() {
    let linux = OperatingSystem::RedhatEnterpriseLinux;
    for (product, sources, fails) in [
        (Some("RedhatEnterpriseLinux9.3"), &[][..], false),
        (
            Some("RedhatEnterpriseLinux9.3"),
            &[&["RedhatEnterpriseLinux9.3"][..]],
            false,
        ),
        (
            Some("RedhatEnterpriseLinux9.3"),
            &[&["RedhatEnterpriseLinux8.9"], &["*"]],
            false,
        ),
        (
            Some("RedhatEnterpriseLinux9.3"),
            &[&["RedhatEnterpriseLinux8.9"]],
            true,
        ),
        (None, &[&["RedhatEnterpriseLinux8.9"]], false),
    ] {
        let history = play(&with_sources(linux, product, sources));
        assert_eq!(failed(&history) > 0, fails, "{product:?} {sources:?}");
    }
}

#[test]
fn the_failure_counts_as_an_error_installs_nothing_and_reports_nothing() {
    let config = with_sources(OperatingSystem::RedhatEnterpriseLinux, Some("9"), &[&["8"]]);
    let history = play(&config);
    let command = history.command(0);
    assert_eq!(command.status, CommandStatus::Failed);
    assert_eq!(
        (failed(&history), command.counts.get(InvocationStatus::Terminated)),
        (1, 2)
    );
    assert_eq!(
        (command.installed, command.rebooted, command.reported_missing),
        (0, 0, 0)
    );
    let reported = history
        .told
        .iter()
        .any(|(_, told)| matches!(told, Told::Ended { report: Some(_), .. }));
    assert!(!reported);
}

#[test]
fn windows_has_no_sources() {
    let config = with_sources(
        OperatingSystem::Windows,
        Some("WindowsServer2019"),
        &[&["WindowsServer2022"]],
    );
    assert_eq!(failed(&play(&config)), 0);
}
