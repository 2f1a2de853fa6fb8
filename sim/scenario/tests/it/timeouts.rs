//! TimeoutSeconds and StepTimeoutSeconds wherever patching is sent from: their defaults, and what AWS takes.
//! Semantics, sections 6.7 and 7.1.

use patchbench_model::config::Task;
use patchbench_scenario::{Limits, Loaded, Severity, codes, load_text};

use crate::acceptance::{Releases, WEB, rendered, toml};
use crate::aws_commands::{config as imported_config, errors as import_errors, import, send};

/// The name of a surface, and a scenario in which it sends a task with these keys.
type Surface<'a> = (&'a str, &'a dyn Fn(&str) -> String);

fn command(kind: &str, keys: &str) -> String {
    format!(
        "{}\n[command.once]\nkind = \"{kind}\"\nat = 2024-01-20T18:00:00Z\ntargets = {{ \"tag:Patch Group\" = \"Web\" }}\noperation = \"Install\"\n{keys}",
        toml(&WEB)
    )
}

fn surfaces() -> [Surface<'static>; 4] {
    [
        ("window", &|keys| {
            let operation = "operation = \"Install\"";
            toml(&WEB).replace(operation, &format!("{operation}\n{keys}"))
        }),
        ("run_command", &|keys| command("run_command", keys)),
        ("patch_now", &|keys| command("patch_now", keys)),
        ("patch_policy", &|keys| {
            format!(
                "{}\n[patch_policy.quick]\nbaselines = [\"custom\"]\nmax_concurrency = 1\nmax_errors = 1\n{keys}",
                toml(&WEB)
            )
        }),
    ]
}

fn load(text: &str) -> Loaded {
    load_text("test.toml", text, &Releases, &[], &Limits::default())
}

/// The task that the surface sends: that of the last window.
fn last_task(text: &str) -> Task {
    let loaded = load(text);
    let told = rendered(&loaded);
    let scenario = loaded.scenario.unwrap_or_else(|| panic!("{told}"));
    scenario.config.windows.last().unwrap().tasks[0].clone()
}

fn times(task: &Task) -> (u32, u32) {
    (task.timeout_seconds, task.step_timeout_seconds)
}

#[test]
fn every_surface_waits_an_hour_for_delivery_and_three_for_the_step() {
    for (name, surface) in surfaces() {
        assert_eq!(times(&last_task(&surface(""))), (3_600, 10_800), "{name}");
    }
}

#[test]
fn every_surface_takes_the_times_that_aws_takes_and_no_others() {
    for (name, surface) in surfaces() {
        for (timeout, step) in [(30, 1), (600, 7_200), (2_592_000, 36_000)] {
            let keys = format!("timeout = \"{timeout}s\"\nstep_timeout = \"{step}s\"");
            assert_eq!(times(&last_task(&surface(&keys))), (timeout, step), "{name}");
        }
        for keys in [
            "timeout = \"29s\"",
            "timeout = \"2592001s\"",
            "step_timeout = \"0s\"",
            "step_timeout = \"36001s\"",
        ] {
            let loaded = load(&surface(keys));
            let errors = loaded
                .problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error);
            let found: Vec<&str> = errors.map(|problem| problem.code).collect();
            assert_eq!(found, [codes::RANGE], "{name}, {keys}");
        }
    }
}

#[test]
fn a_time_just_beyond_its_limit_does_not_read_like_the_limit() {
    let told = |keys: &str| rendered(&load(&command("run_command", keys)));
    let far = told("timeout = \"31d\"");
    assert!(far.contains("`timeout` is 31 d, but takes 30 s to 30 d"), "{far}");
    let near = told("timeout = \"2592001s\"");
    let expected = "`timeout` is 2592001 s, but takes 30 s to 2592000 s";
    assert!(near.contains(expected), "{near}");
}

#[test]
fn imported_commands_keep_their_times_and_have_the_same_bounds() {
    let text = |timeout: u32, step: u32| {
        send(&format!(
            "--timeout-seconds {timeout} --targets Key=tag:Env,Values=Prod"
        ))
        .replace(
            "Operation=Install",
            &format!("Operation=Install,StepTimeoutSeconds={step}"),
        )
    };
    for (timeout, step) in [(30, 1), (2_592_000, 36_000)] {
        let config = imported_config(&import(&text(timeout, step)));
        assert_eq!(times(&config.windows[0].tasks[0]), (timeout, step));
    }
    for (timeout, step) in [(29, 1), (2_592_001, 1), (30, 0), (30, 36_001)] {
        assert_eq!(
            import_errors(&text(timeout, step)),
            [codes::REQUEST],
            "{timeout}, {step}"
        );
    }
    let unsaid = imported_config(&import(&send("--targets Key=tag:Env,Values=Prod")));
    assert_eq!(times(&unsaid.windows[0].tasks[0]), (3_600, 10_800));
}
