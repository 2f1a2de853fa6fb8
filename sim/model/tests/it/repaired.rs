//! Bad patches that are known by their repair.

use patchbench_model::catalog::{ReleaseStream, WhichAreBad};

use super::faults::{AT_INSTALL, bad, install, nodes};
use super::world::{play, utc, windows_patch};

#[test]
fn what_was_repaired_before_the_next_patch_tuesday_was_bad() {
    let mut config = nodes(1, vec![install(1, 0)], bad(AT_INSTALL));
    config.faults.bad_patches[0].which = WhichAreBad::Repaired;
    assert!(play(&config).record.bad_patches.is_empty(), "nothing replaces it");
    let mut repair = windows_patch("Q", "CriticalUpdates", "Critical", "2024-01-08T23:00:00Z");
    repair.supersedes = vec!["P".to_owned()];
    let ReleaseStream::Recorded { patches, .. } = &mut config.releases[0] else {
        unreachable!("the stream is recorded")
    };
    patches.push(repair);
    let bad = play(&config).record.bad_patches;
    assert_eq!(bad.iter().map(|known| known.patch).collect::<Vec<_>>(), [0]);
}

#[test]
fn what_the_next_patch_tuesday_replaces_was_not_repaired() {
    let mut config = nodes(1, vec![install(1, 0)], bad(AT_INSTALL));
    config.faults.bad_patches[0].which = WhichAreBad::Repaired;
    config.horizon = utc("2024-05-01T00:00:00Z");
    let mut chain = vec![
        // An update, its repair in the next month, and the next update, which is recorded by its day.
        windows_patch("February", "SecurityUpdates", "Critical", "2024-02-13T00:00:00Z"),
        windows_patch("repair", "SecurityUpdates", "Critical", "2024-03-01T06:00:00Z"),
        windows_patch("March", "SecurityUpdates", "Critical", "2024-03-12T00:00:00Z"),
        windows_patch("April", "SecurityUpdates", "Critical", "2024-04-09T17:00:00Z"),
    ];
    for index in 1..chain.len() {
        chain[index].supersedes = vec![chain[index - 1].id.clone()];
    }
    config.releases = vec![ReleaseStream::Recorded {
        name: "recorded".to_owned(),
        patches: chain,
    }];
    let bad = play(&config).record.bad_patches;
    assert_eq!(bad.iter().map(|known| known.patch).collect::<Vec<_>>(), [0]);
}
