//! What bad patches do to nodes when several things come together.

use patchbench_model::world::Cause;

use super::faults::{AT_REBOOT, bad, install, nodes};
use super::world::{Told, at, play};

#[test]
fn a_run_that_times_out_before_its_reboot_loses_no_node() {
    let mut config = nodes(1, vec![install(1, 0)], bad(AT_REBOOT));
    // Scan and install take 90 minutes.
    config.windows[0].tasks[0].step_timeout_seconds = 3_600;
    let history = play(&config);
    let ends = history.times(|told| {
        matches!(
            told,
            Told::Ended {
                cause: Some(Cause::StepTimeout),
                installed: 0,
                ..
            }
        )
    });
    assert_eq!(ends, [at("17:00")]);
    assert_eq!(history.record.bad_patches[0].reached, 0);
    config.windows[0].tasks[0].step_timeout_seconds = 5_400;
    assert_eq!(
        play(&config).record.bad_patches[0].broken,
        1,
        "it comes to its reboot"
    );
}
