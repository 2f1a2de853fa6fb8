//! Traces say in plain words why an invocation was no success.

use patchbench_model::world::Plan;
use patchbench_study::{TraceValue, trace_replication};

use crate::stage::{SEED, Stage, pool};

/// The words and names that a trace has for the ends of invocations that were no success.
fn told(stage: &Stage) -> Vec<(String, String, Option<u64>)> {
    let config = stage.config().unwrap();
    let (_, trace) = trace_replication(&Plan::new(&config), SEED, 0);
    let ends = trace
        .into_iter()
        .filter(|record| record.fact == "invocation_ended");
    ends.filter_map(|record| match record.about.get("ended_by") {
        Some(TraceValue::Text(cause)) => {
            let code = match record.about.get("exit_code") {
                Some(TraceValue::Number(code)) => Some(*code),
                _ => None,
            };
            Some((cause.clone(), record.because.into_owned(), code))
        }
        _ => None,
    })
    .collect()
}

fn stage(behavior: &str, task: &str) -> Stage {
    let times = "scan_time = \"10m\"\ninstall_time = \"50m\"\nreboot_time = \"10m\"\n";
    Stage {
        fleet: pool("web", 1, &format!("{times}{behavior}")),
        task: format!("operation = \"Install\"\nmax_concurrency = \"1\"\nmax_errors = \"1\"\n{task}"),
        ..Stage::default()
    }
}

#[test]
fn failures_are_told_with_their_cause_and_exit_code() {
    let second = "[[window.window.task]]\nname = \"second\"\ntargets = [\"all\"]\noperation = \"Scan\"\nmax_concurrency = \"1\"\nmax_errors = \"1\"";
    let cases: [(&str, &str, &str, &str, Option<u64>); 5] = [
        (
            "failure = 1",
            "",
            "install_failed",
            "the install fails: an error (semantics 6.4, 7.2)",
            Some(1),
        ),
        (
            "failure = 0",
            "install_override_list = [\"patch\"]\nbaseline_override = \"all\"",
            "both_overrides",
            "an install override list and a baseline override cannot go together (exit code 167): an error (semantics 6.4, 7.4)",
            Some(167),
        ),
        (
            "failure = 0\nreboot_rounds = 6",
            "",
            "too_many_reboots",
            "the run would start again after a sixth reboot (exit code 3): an error (semantics 6.4, 7.3)",
            Some(3),
        ),
        (
            "failure = 0",
            second,
            "node_locked",
            "another patch command holds the node (exit code 4): an error (semantics 6.4, 7.5)",
            Some(4),
        ),
        (
            "failure = 0\ninstall_time_per_patch = \"12h\"",
            "",
            "step_timeout",
            "the step timeout passes before it is done: an error (semantics 6.4, 6.7)",
            None,
        ),
    ];
    for (behavior, task, cause, because, code) in &cases {
        let mut stage = stage(behavior, task);
        stage.settings = "node_lock = \"on\"";
        assert_eq!(
            told(&stage),
            [((*cause).to_owned(), (*because).to_owned(), *code)],
            "{cause}"
        );
    }
}

#[test]
fn what_a_scenario_scripts_is_told_by_its_status() {
    let mut stage = stage("failure = 0", "");
    stage.outcomes = "[[outcome]]\nnode = \"web-1\"\nresult = \"Undeliverable\"".to_owned();
    let words = "it could not be delivered: not an error (semantics 6.4)";
    assert_eq!(told(&stage), [("scripted".to_owned(), words.to_owned(), None)]);
}
