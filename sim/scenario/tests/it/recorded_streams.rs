//! The recorded release streams beside the project load as they are, and can be played.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::catalog::{Patch, PatchSet, ReleaseStream};
use patchbench_model::world::{Nobody, Plan, simulate};
use patchbench_scenario::{Directory, Limits, Loaded, Scenario, Severity, codes, load_text};

use crate::texts::{STREAM, base_with, rendered};

/// The folder of the streams, if it is there.
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn streams() -> Option<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/streams"));
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} not found", folder.display());
    None
}

/// All CSV files, as paths below the folder.
fn files(folder: &Path) -> Vec<String> {
    let list = |path: &Path| -> Vec<PathBuf> {
        let entries = std::fs::read_dir(path).unwrap();
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    let folders = list(folder).into_iter().filter(|path| path.is_dir());
    folders
        .flat_map(|path| list(&path))
        .filter(|path| path.extension().is_some_and(|extension| extension == "csv"))
        .map(|path| path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned())
        .collect()
}

fn load(folder: &Path, file: &str) -> Loaded {
    let stream = format!("kind = \"file\"\npath = \"{file}\"");
    read(
        folder,
        &base_with(&[(STREAM, &stream), ("\"90d\"", "2033-12-30")]),
    )
}

fn read(folder: &Path, text: &str) -> Loaded {
    load_text(
        "scenario.toml",
        text,
        &Directory::new(folder),
        &[],
        &Limits::default(),
    )
}

fn patches(scenario: &Scenario) -> &[Patch] {
    match &scenario.config.releases[0] {
        ReleaseStream::Recorded { patches, .. } => patches,
        other => panic!("{} is no recorded stream", other.name()),
    }
}

#[test]
fn every_stream_loads_in_full_and_everything_else_is_refused_with_its_reason() {
    let Some(folder) = streams() else { return };
    let mut summary = String::new();
    for file in files(&folder) {
        let loaded = load(&folder, &file);
        let errors = loaded
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error);
        let said = if let Some(scenario) = &loaded.scenario {
            format!("{} patches", patches(scenario).len())
        } else {
            let messages: Vec<&str> = errors.map(|problem| problem.message.as_str()).collect();
            format!("refused, {}", messages.join("; "))
        };
        writeln!(summary, "{file}: {said}").unwrap();
    }
    insta::assert_snapshot!(summary, @r"
    almalinux_errata/almalinux_errata.csv: 5680 patches
    almalinux_errata/almalinux_packages_2025h2.csv: refused, the header lacks released_at, operating_system
    amazon_linux/amazon_linux_2_alas_2018.csv: 97 patches
    amazon_linux/amazon_linux_alas_sample.csv: 23 patches
    amazon_linux/amazon_linux_releases.csv: 119 patches
    cisa_kev/cisa_kev.csv: refused, the header lacks id, released_at, operating_system
    debian_dsa/debian_dsa.csv: 1703 patches
    outcomes/cloudfoundry_rootfs_usn_latency.csv: refused, the header lacks id, released_at, operating_system
    outcomes/dotnet_rollout_builds.csv: refused, the header lacks id, released_at, operating_system
    outcomes/dotnet_rollout_scorecards.csv: refused, the header lacks id, released_at, operating_system
    outcomes/fedora_coreos_rollouts.csv: refused, the header lacks id, released_at, operating_system
    outcomes/windows_server_2019_resolved_issues.csv: refused, the header lacks id, released_at, operating_system
    redhat/redhat_csaf_sample.csv: 29 patches
    redhat/redhat_via_almalinux_2024.csv: 3101 patches
    ubuntu_usn/ubuntu_usn.csv: 4974 patches
    ubuntu_usn_by_release/ubuntu_usn_by_release.csv: 6127 patches
    windows_builds/windows_builds.csv: 515 patches
    windows_msrc/windows_msrc.csv: 524 patches
    windows_msrc/windows_supersedence_edges.csv: refused, the header lacks id, released_at, operating_system
    windows_server_merged/windows_server_merged.csv: 866 patches
    windows_wsus/windows_office2016_wsus.csv: 874 patches
    windows_wsus/windows_wsus.csv: 1069 patches
    ");
}

#[test]
fn no_row_of_a_stream_draws_a_warning() {
    let Some(folder) = streams() else { return };
    for file in files(&folder) {
        let loaded = load(&folder, &file);
        let about_rows = [codes::RELEASE_FILE, codes::FILTER_VALUE, codes::UNUSED];
        let strange = loaded
            .problems
            .iter()
            .any(|problem| about_rows.contains(&problem.code));
        assert!(
            loaded.scenario.is_none() || !strange,
            "{file}: {}",
            rendered(&loaded)
        );
    }
}

#[test]
fn updates_of_other_families_than_windows_are_applications() {
    let Some(folder) = streams() else { return };
    for (file, expected) in [
        ("windows_wsus/windows_office2016_wsus.csv", PatchSet::Application),
        ("windows_wsus/windows_wsus.csv", PatchSet::Os),
    ] {
        let scenario = load(&folder, file).scenario.unwrap();
        assert!(
            patches(&scenario).iter().all(|patch| patch.patch_set == expected),
            "{file}"
        );
    }
}

/// A scenario that plays the last two years of a stream: two nodes of each of its products, each
/// with the default baseline of its system.
fn last_two_years(file: &str, patches: &[Patch]) -> String {
    let released: Vec<SimTime> = patches.iter().map(Patch::visible_from).collect();
    let last = released.iter().max().unwrap();
    let start = last.saturating_sub(SimDuration::from_days(730));
    let stream = format!("kind = \"file\"\npath = \"{file}\"");
    let mut text = base_with(&[
        (STREAM, &stream),
        ("2024-01-01T00:00:00Z", &start.to_string()),
        ("\"90d\"", "\"760d\""),
        ("count = 60", "count = 2"),
    ]);
    let mut kinds: BTreeMap<(&str, Option<&str>), PatchSet> = BTreeMap::new();
    for patch in patches {
        kinds.insert(
            (patch.operating_system.as_str(), patch.product.as_deref()),
            patch.patch_set,
        );
    }
    for (number, ((os, product), set)) in kinds.into_iter().enumerate() {
        let product = match (product, set) {
            (None, _) => String::new(),
            (Some(product), PatchSet::Os) => format!("product = \"{product}\"\n"),
            (Some(product), PatchSet::Application) => format!("applications = [\"{product}\"]\n"),
        };
        write!(
            text,
            "[nodes.kind-{number}]\ncount = 2\noperating_system = \"{os}\"\n{product}tags = {{ \"Patch Group\" = \"Web\" }}\n"
        )
        .unwrap();
    }
    text
}

#[test]
fn every_stream_can_be_played() {
    let Some(folder) = streams() else { return };
    for file in files(&folder) {
        let Some(scenario) = load(&folder, &file).scenario else {
            continue;
        };
        let loaded = read(&folder, &last_two_years(&file, patches(&scenario)));
        let scenario = loaded
            .scenario
            .as_ref()
            .unwrap_or_else(|| panic!("{file}: {}", rendered(&loaded)));
        let plan = Plan::new(&scenario.config);
        let record = simulate(&plan, 42, 0, &mut Nobody);
        // Weekly windows, 760 days, one task: the last one may still be open at the horizon.
        assert!(
            (108..=109).contains(&record.commands.len()),
            "{file}: {}",
            record.commands.len()
        );
        let met: usize = plan
            .shared_catalog
            .iter()
            .flat_map(|catalog| &catalog.classes)
            .map(|class| class.patches.len())
            .sum();
        assert!(met > 0, "{file}: no node meets a patch");
    }
}
