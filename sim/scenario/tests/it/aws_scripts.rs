//! Shell scripts with commands of the AWS CLI: what stands before commands, variables, loops, functions,
//! branches, and files that a script writes.

use patchbench_scenario::Severity;

use crate::aws_commands::{codes_of, config, import, rendered};

const WINDOW: &str =
    "--schedule \"cron(0 2 ? * SUN *)\" --duration 3 --cutoff 1 --allow-unassociated-targets";
const INSTALL: &str = "--task-type RUN_COMMAND --task-arn AWS-RunPatchBaseline --targets Key=InstanceIds,Values=i-0123456789abcdef0 --max-concurrency 5 --max-errors 5 --task-invocation-parameters '{\"RunCommand\":{\"Parameters\":{\"Operation\":[\"Install\"]}}}'";

/// Names of the baselines of a script, which has no problem.
fn baselines(script: &str) -> Vec<String> {
    let imported = import(script);
    let told = rendered(&imported);
    assert!(told.is_empty(), "{script}\n{told}");
    let config = config(&imported);
    let own = config
        .baselines
        .iter()
        .filter(|known| !known.name.starts_with("AWS-"));
    own.map(|known| known.name.clone()).collect()
}

/// Patch groups of the first baseline.
fn groups(script: &str) -> Vec<String> {
    let text = import(script).scenario.unwrap_or_default();
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("patch_groups = ["));
    let list = line.and_then(|line| line.split(']').next()).unwrap_or_default();
    list.split(", ")
        .map(|group| group.trim_matches('"').to_owned())
        .collect()
}

/// The window with a task, and what was told.
fn patched(script: &str) -> (String, String) {
    let imported = import(script);
    let told = rendered(&imported);
    let config = config(&imported);
    let window = config.windows.iter().find(|window| !window.tasks.is_empty());
    (window.map(|window| window.name.clone()).unwrap_or_default(), told)
}

#[test]
fn commands_are_found_behind_what_stands_before_them() {
    let command = "aws ssm create-patch-baseline --name found --operating-system UBUNTU";
    for line in [
        "sudo -E COMMAND",
        "AWS_PROFILE=prod COMMAND",
        "time COMMAND",
        "env X=1 Y=2 COMMAND",
        "retry 3 COMMAND",
        "aws-vault exec prod -- COMMAND",
        "true && COMMAND",
        "echo hi; COMMAND",
        "(COMMAND)",
        "/usr/local/bin/COMMAND",
        "readonly ID=$(COMMAND)",
        "declare -r ID=\"$(COMMAND)\"",
        "user@host:~$ COMMAND",
        "COMMAND --query BaselineId | tee id.txt",
    ] {
        assert_eq!(baselines(&line.replace("COMMAND", command)), ["found"], "{line}");
    }
    let windows = command.replace("aws ", "aws.exe ");
    assert_eq!(baselines(&windows), ["found"]);
    let both = format!("{command} && {}", command.replace("found", "second"));
    assert_eq!(baselines(&both), ["found", "second"]);
}

#[test]
fn a_command_that_cannot_be_reached_is_told() {
    let told = rendered(&import(
        "aws ssm create-patch-baseline --name one\nxargs -n1 aws ssm create-patch-baseline --name two\n",
    ));
    assert!(
        told.contains("this command is not read") && told.contains("runbook.sh:2:11"),
        "{told}"
    );
    let prose =
        "Then aws ssm create-patch-baseline makes a baseline.\naws ssm create-patch-baseline --name one\n";
    assert_eq!(rendered(&import(prose)), "");
}

#[test]
fn variables_in_all_forms_are_those_that_took_the_answer() {
    for (capture, used) in [
        ("W=$(MADE)", "\"${W:?}\""),
        ("W=$(MADE)", "${W:-none}"),
        ("OUT=$(MADE)\nW=$(echo \"$OUT\" | jq -r .WindowId)", "$W"),
    ] {
        let made = format!("aws ssm create-maintenance-window --name prod {WINDOW}");
        let script = format!(
            "aws ssm create-maintenance-window --name test {WINDOW}\n{}\naws ssm register-task-with-maintenance-window --window-id {used} {INSTALL}\n",
            capture.replace("MADE", &made)
        );
        assert_eq!(patched(&script), ("prod".to_owned(), String::new()), "{capture}");
    }
    // What nothing gives a value is a guess, and told as one.
    let script = format!(
        "aws ssm create-maintenance-window --name test {WINDOW}\nW=$(date)\naws ssm register-task-with-maintenance-window --window-id $W {INSTALL}\n"
    );
    let (window, told) = patched(&script);
    assert!(window == "test" && told.starts_with("warning"), "{told}");
}

#[test]
fn values_files_and_several_options_in_a_variable() {
    let made = "aws ssm create-patch-baseline --operating-system UBUNTU";
    assert_eq!(
        baselines(&format!("{made} --name \"web-${{1:-prod}}\"\n")),
        ["web-prod"]
    );
    assert_eq!(
        baselines(&format!("A=web\nB=\"$A-2\"\n{made} --name $B\n")),
        ["web-2"]
    );
    assert_eq!(
        baselines(&format!("ARGS=\"--name web --description x\"\n{made} $ARGS\n")),
        ["web"]
    );
    let rules = r#"{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[]},"ApproveAfterDays":3}]}"#;
    for given in ["file://r.json", "\"$(cat r.json)\"", "\"$(<r.json)\""] {
        let script =
            format!("cat > r.json <<'EOF'\n{rules}\nEOF\n{made} --name web --approval-rules {given}\n");
        assert_eq!(baselines(&script), ["web"], "{given}");
        assert!(
            import(&script)
                .scenario
                .unwrap_or_default()
                .contains("approve_after_days = 3")
        );
    }
}

#[test]
fn loops_over_words_are_unrolled() {
    let made = "B=$(aws ssm create-patch-baseline --name one --operating-system UBUNTU)\n";
    let register =
        "aws ssm register-patch-baseline-for-patch-group --baseline-id \"$B\" --patch-group \"$pg\"";
    for (script, expected) in [
        (
            format!("{made}for pg in web db; do\n  {register}\ndone\n"),
            vec!["web", "db"],
        ),
        (
            format!("pg=old\n{made}for pg in web db\ndo {register}; done\n"),
            vec!["web", "db"],
        ),
        (
            format!("ALL=\"a b\"\n{made}for pg in $ALL c; do {register}; done\n"),
            vec!["a", "b", "c"],
        ),
        (
            format!("L=(x y)\n{made}for pg in \"${{L[@]}}\"; do {register}; done\n"),
            vec!["x y"],
        ),
        (
            format!("{made}for a in 1 2; do for b in u v; do pg=$a$b; {register}; done; done\n"),
            vec!["1u", "1v", "2u", "2v"],
        ),
    ] {
        assert_eq!(groups(&script), expected, "{script}");
    }
    let unknown = format!("{made}for pg in $(cut -f1 list); do\n  {register}\ndone\n");
    let told = rendered(&import(&unknown));
    assert!(
        told.contains("does not say what $pg goes through: 1 command left out"),
        "{told}"
    );
    assert_eq!(groups(&unknown), [""]);
}

#[test]
fn functions_are_followed_where_they_are_called() {
    let script = "register() {\n  aws ssm register-patch-baseline-for-patch-group --baseline-id \"$1\" --patch-group \"$2\"\n}\nmake() { aws ssm create-patch-baseline --name \"$1\" --operating-system UBUNTU; }\nB=$(make one)\nregister \"$B\" web\nregister \"$B\" db\n";
    assert_eq!(rendered(&import(script)), "");
    assert_eq!(groups(script), ["web", "db"]);
    let uncalled =
        "aws ssm create-patch-baseline --name one\nf() {\n  aws ssm create-patch-baseline --name two\n}\n";
    let told = rendered(&import(uncalled));
    assert!(
        told.contains("nothing in this text calls f: 1 command left out"),
        "{told}"
    );
    // It calls itself: followed so far, and no further.
    let endless = "f() {\n  aws ssm create-patch-baseline --name \"$1\"\n  f b\n}\nf a\n";
    assert!(import(endless).problems.len() < 1_000);
}

#[test]
fn branches_are_told() {
    let made = "aws ssm create-patch-baseline --name one --operating-system UBUNTU";
    for script in [
        format!("if false; then\n  {made}\nfi\n"),
        format!("if [ -n \"$X\" ]; then {made}; fi\n"),
        format!("case $1 in\n  a) {made} ;;\nesac\n"),
        format!("while true; do\n  {made}\ndone\n"),
    ] {
        let told = rendered(&import(&script));
        assert!(
            told.contains("are read once, as if they were carried out"),
            "{script}\n{told}"
        );
    }
    let script = format!("if [ $1 = p ]; then DAYS=14; else DAYS=3; fi\n{made} --description $DAYS\n");
    assert!(rendered(&import(&script)).contains("$DAYS gets its value in a branch"));
    // A branch that only asks changes nothing.
    let script = format!("if ! aws ssm describe-instance-information; then exit 1; fi\n{made}\n");
    assert_eq!(baselines(&script), ["one"]);
}

#[test]
fn what_takes_back_is_told() {
    for (command, what) in [
        (
            "delete-maintenance-window --window-id mw-1",
            "is not read: the scenario is as it was before it",
        ),
        ("update-maintenance-window-task --window-id mw-1", "is not read"),
        ("create-patch-base --name x", "create-patch-baseline"),
        (
            "create-maintenance-window --cli-input-yaml file://x",
            "write the request as JSON",
        ),
    ] {
        let told = rendered(&import(&format!(
            "aws ssm create-patch-baseline --name one\naws ssm {command}\n"
        )));
        assert!(told.contains(what), "{command}\n{told}");
    }
    let hooks = INSTALL.replace("AWS-RunPatchBaseline", "AWS-RunPatchBaselineWithHooks");
    let script = format!(
        "W=$(aws ssm create-maintenance-window --name prod {WINDOW})\naws ssm register-task-with-maintenance-window --window-id $W {hooks}\n"
    );
    assert_eq!(patched(&script), ("prod".to_owned(), String::new()));
    let other = INSTALL.replace("AWS-RunPatchBaseline", "AWS-RunShellScript");
    let script = format!(
        "W=$(aws ssm create-maintenance-window --name prod {WINDOW})\naws ssm register-task-with-maintenance-window --window-id $W {other}\n"
    );
    let imported = import(&script);
    assert_eq!(codes_of(&imported, Severity::Warning).len(), 1);
    assert!(rendered(&imported).contains("a window that does is assumed"));
}

#[test]
fn loops_in_loops_without_end_are_refused_in_time() {
    let nested = |depth: usize| {
        let open = "for a in 1 2 3 4 5 6 7 8 9 10; do ".repeat(depth);
        format!("{open}x=1; {}", "done; ".repeat(depth))
    };
    for depth in [8, 100, 5_000] {
        let imported = import(&nested(depth));
        assert!(imported.scenario.is_none(), "{depth}");
    }
    let long = "( ".repeat(200_000) + &"if x; then ".repeat(100_000) + &"f() { ".repeat(100_000);
    assert!(import(&long).scenario.is_none());
}
