//! Every invocation that is no success says why.

use patchbench_kernel::SimDuration;
use patchbench_model::config::{CutoffBehavior, ModelConfig, Operation, ScriptedResult, Task};
use patchbench_model::ssm::{InvocationStatus, OperatingSystem};
use patchbench_model::world::Cause;

use super::world::{Told, baseline, play, scripted, seed_rule, task, windows_patch, world};

/// Two nodes with one approved and missing patch.
fn two_nodes(task: Task) -> ModelConfig {
    let known = baseline("seed", OperatingSystem::Windows, vec![seed_rule()]);
    let patch = windows_patch("P", "CriticalUpdates", "Critical", "2024-01-02T00:00:00Z");
    world(2, known, vec![patch], vec![task])
}

/// How the first invocation ended, and why.
fn end(config: &ModelConfig) -> (InvocationStatus, Option<Cause>) {
    let history = play(config);
    let first = history.told.iter().find_map(|(_, told)| match told {
        Told::Ended { status, cause, .. } => Some((*status, *cause)),
        _ => None,
    });
    first.unwrap()
}

#[test]
fn an_invocation_says_why_it_was_no_success() {
    let (install, scan) = (task(Operation::Install, 2, 2), task(Operation::Scan, 2, 2));
    assert_eq!(
        end(&two_nodes(install.clone())),
        (InvocationStatus::Success, None)
    );

    let mut config = two_nodes(install.clone());
    config.behaviors[0].failure = 1.0;
    assert_eq!(
        end(&config),
        (InvocationStatus::Failed, Some(Cause::InstallFailed))
    );

    let mut config = two_nodes(scan);
    config.behaviors[0].scan_failure = 1.0;
    assert_eq!(end(&config), (InvocationStatus::Failed, Some(Cause::ScanFailed)));

    let mut config = two_nodes(install.clone());
    config.windows[0].tasks[0].step_timeout_seconds = 60;
    let timed_out = (InvocationStatus::ExecutionTimedOut, Some(Cause::StepTimeout));
    assert_eq!(end(&config), timed_out);
    config.outcomes = scripted(&[1, 2], ScriptedResult::Success);
    assert_eq!(end(&config), timed_out, "also where a success is scripted");

    for (result, status) in [
        (ScriptedResult::Failed, InvocationStatus::Failed),
        (
            ScriptedResult::ExecutionTimedOut,
            InvocationStatus::ExecutionTimedOut,
        ),
        (
            ScriptedResult::DeliveryTimedOut,
            InvocationStatus::DeliveryTimedOut,
        ),
        (ScriptedResult::Undeliverable, InvocationStatus::Undeliverable),
        (ScriptedResult::AccessDenied, InvocationStatus::AccessDenied),
    ] {
        let mut config = two_nodes(install.clone());
        config.outcomes = scripted(&[1, 2], result);
        assert_eq!(end(&config), (status, Some(Cause::Scripted)));
    }

    let mut config = two_nodes(Task {
        cutoff_behavior: CutoffBehavior::CancelTask,
        ..install
    });
    config.settings.cancel_kills_running = 1.0;
    config.behaviors[0].install_time_per_patch = SimDuration::from_hours(5);
    assert_eq!(end(&config), (InvocationStatus::Cancelled, Some(Cause::CutOff)));
}

#[test]
fn causes_have_names_of_their_own() {
    let mut names: Vec<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Cause::ALL.len());
}
