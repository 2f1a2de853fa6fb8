//! `patchbench import`

use crate::binary::{Answer, answer, patchbench, scenario};

const RUNBOOK: &str = "../runbooks/front-end-servers.txt";

/// An existing file is never overwritten, and what to do is said.
fn is_never_overwritten(again: &Answer, out: &str) {
    assert_eq!(again.code, 1, "{}", again.err);
    let refused = format!("error: {out} exists: it is not overwritten\n");
    assert!(again.err.contains(&refused), "{}", again.err);
    let help = "= help: name another file, or remove it first";
    assert!(again.err.contains(help), "{}", again.err);
}

#[test]
fn a_runbook_becomes_a_scenario_that_check_accepts_and_run_plays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("scenario.toml");
    let out = out.to_str().unwrap();
    let runbook = scenario(RUNBOOK);
    let done = answer(["import", "aws-commands", runbook.to_str().unwrap(), "--out", out]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out, "");
    assert!(done.err.contains("left out:"), "{}", done.err);
    assert!(done.err.contains("--service-role-arn"), "{}", done.err);
    let check = answer(["check", out]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let result = folder.path().join("result");
    let run = answer(["run", out, "--reps", "5", "--out", result.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);

    let printed = answer(["import", "aws-commands", runbook.to_str().unwrap(), "--quiet"]);
    assert_eq!(printed.out, std::fs::read_to_string(out).unwrap());
    assert_eq!(printed.err, "");
    let again = answer(["import", "aws-commands", runbook.to_str().unwrap(), "--out", out]);
    is_never_overwritten(&again, out);
    let nowhere = folder.path().join("none/scenario.toml");
    let nowhere = nowhere.to_str().unwrap();
    let lost = answer([
        "import",
        "aws-commands",
        runbook.to_str().unwrap(),
        "--out",
        nowhere,
    ]);
    assert_eq!(lost.code, 1);
    assert!(lost.err.contains("there is no folder"), "{}", lost.err);
}

#[test]
fn what_cannot_be_imported_exits_with_3() {
    let folder = tempfile::tempdir().unwrap();
    let runbook = folder.path().join("runbook.sh");
    for text in [
        "aws ssm create-patch-baseline --name 'Prod\n",
        "echo nothing\n",
        "",
    ] {
        std::fs::write(&runbook, text).unwrap();
        let done = answer(["import", "aws-commands", runbook.to_str().unwrap()]);
        assert_eq!(done.code, 3, "{text}: {}", done.err);
        assert_eq!(done.out, "");
        assert!(done.err.contains("error[PB0"), "{}", done.err);
    }
    assert_eq!(answer(["import", "aws-commands", "no-such-file.sh"]).code, 3);
    assert_eq!(answer(["import"]).code, 2);
}

/// A template of the library's tests.
fn template(name: &str) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenario/tests/templates/");
    format!("{path}{name}")
}

#[test]
fn a_template_becomes_a_scenario_that_check_accepts_and_run_plays() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("scenario.toml");
    let out = out.to_str().unwrap();
    let yaml = template("rings.yaml");
    let done = answer(["import", "cloudformation", &yaml, "--out", out]);
    assert_eq!((done.code, done.out.as_str()), (0, ""), "{}", done.err);
    assert!(done.err.contains("left out:"), "{}", done.err);
    assert!(
        done.err.contains("2 resources of other kinds passed over"),
        "{}",
        done.err
    );
    let check = answer(["check", out]);
    assert_eq!(check.code, 0, "{}{}", check.out, check.err);
    let result = folder.path().join("result");
    let run = answer(["run", out, "--reps", "5", "--out", result.to_str().unwrap()]);
    assert_eq!(run.code, 0, "{}", run.err);

    let json = template("rings.json");
    let given = [
        "--parameter",
        "Delays=0,30",
        "--parameter",
        "AWS::Region=eu-west-3",
        "--quiet",
    ];
    let printed = answer(["import", "cloudformation", &json].into_iter().chain(given));
    assert_eq!(printed.code, 0, "{}", printed.err);
    assert!(printed.out.contains("approve_after_days = 30"), "{}", printed.out);
    let again = answer(["import", "cloudformation", &yaml, "--out", out]);
    is_never_overwritten(&again, out);
}

#[test]
fn a_template_that_cannot_be_imported_exits_with_3_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (
        folder.path().join("template.yaml"),
        folder.path().join("scenario.toml"),
    );
    let text = std::fs::read_to_string(template("rings.yaml")).unwrap();
    std::fs::write(&file, text.replace("!Ref WindowHours", "!Ref NotifyTopic")).unwrap();
    let (file, out) = (file.to_str().unwrap(), out.to_str().unwrap());
    let done = answer(["import", "cloudformation", file, "--out", out]);
    assert_eq!(done.code, 3, "{}", done.err);
    assert!(done.err.contains("template.yaml:78:"), "{}", done.err);
    assert!(done.err.contains("--parameter NotifyTopic=VALUE"), "{}", done.err);
    assert!(!std::path::Path::new(out).exists());
    let done = answer([
        "import",
        "cloudformation",
        file,
        "--out",
        out,
        "--parameter",
        "NotifyTopic=4",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    let misspelt = answer(["import", "cloudformation", file, "--parameter", "NotifyTopics=4"]);
    assert_eq!(misspelt.code, 3);
    assert!(
        misspelt.err.contains("did you mean `NotifyTopic`?"),
        "{}",
        misspelt.err
    );
    assert_eq!(
        answer(["import", "cloudformation", file, "--parameter", "NotifyTopic"]).code,
        2
    );
    assert_eq!(answer(["import", "cloudformation", "no-such-file.yaml"]).code, 3);
}

#[test]
fn shorthand_is_shown_as_the_aws_cli_parses_it() {
    let text = "Key=tag:Env,Values=[Prod, Stage]";
    let done = answer(["import", "shorthand", text, "--format", "json"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let value: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(
        value.to_string(),
        r#"{"Key":"tag:Env","Values":["Prod","Stage"]}"#
    );
    let human = answer(["import", "shorthand", text]);
    assert_eq!(
        human.out,
        "Key = \"tag:Env\"\nValues[0] = \"Prod\"\nValues[1] = \"Stage\"\n"
    );
    assert_eq!(
        answer(["import", "shorthand", "-a=b", "--format", "json"]).code,
        0
    );
    for text in ["", "{\"a\":1}", "a=b,"] {
        let refused = answer(["import", "shorthand", text, "--format", "json"]);
        assert_eq!((refused.code, refused.out.as_str()), (3, ""), "{text}");
        assert!(
            refused.err.starts_with("error[PB065]: shorthand: "),
            "{}",
            refused.err
        );
    }
}

#[test]
fn many_texts_of_shorthand_are_answered_line_by_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("texts.jsonl");
    let words = ["import", "shorthand", "--file", file.to_str().unwrap()];
    std::fs::write(&file, "\"a=b,\\nc=d\"\n\"a\"\n").unwrap();
    let done = answer(words);
    assert_eq!(done.code, 0, "{}", done.err);
    let lines: Vec<&str> = done.out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], r#"{"value":{"a":"b","c":"d"}}"#);
    assert!(
        lines[1].starts_with(r#"{"error":"shorthand: `=` after `a` is expected"#),
        "{}",
        lines[1]
    );
    std::fs::write(&file, "\"a=b\"\na=b\n").unwrap();
    let refused = answer(words);
    assert_eq!(refused.code, 3);
    assert!(refused.err.contains("texts.jsonl:2:1"), "{}", refused.err);
    assert_eq!(answer(words.into_iter().chain(["--format", "json"])).code, 2);
    assert_eq!(answer(["import", "shorthand"]).code, 2);
}

#[test]
fn saved_answers_become_a_scenario_and_the_script_that_saves_them_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let answers = folder.path().join("answers");
    std::fs::create_dir(&answers).unwrap();
    let window =
        r#"{"WindowId": "mw-1", "Name": "Nightly", "Schedule": "rate(7 days)", "Duration": 4, "Cutoff": 1}"#;
    std::fs::write(answers.join("window.json"), window).unwrap();
    std::fs::write(
        answers.join("tasks.json"),
        r#"{"Tasks": [], "NextToken": "AAEB"}"#,
    )
    .unwrap();
    let (answers, out) = (answers.to_str().unwrap(), folder.path().join("scenario.toml"));
    let out = out.to_str().unwrap();
    let refused = answer(["import", "aws-cli", answers, "--out", out]);
    assert_eq!((refused.code, refused.out.as_str()), (3, ""));
    assert!(refused.err.contains("tasks.json:1:15"), "{}", refused.err);
    assert!(!std::path::Path::new(out).exists());
    let done = answer(["import", "aws-cli", answers, "--out", out, "--allow-partial"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(
        done.err
            .contains("read: describe-maintenance-window-tasks, get-maintenance-window"),
        "{}",
        done.err
    );
    assert_eq!(answer(["check", out]).code, 0);
    assert_eq!(answer(["import", "aws-cli", "no-such-folder"]).code, 3);
    assert_eq!(answer(["import", "aws-cli"]).code, 2);

    let script = answer(["import", "aws-cli", "--print-script"]);
    assert_eq!(script.code, 0);
    let parsed = std::process::Command::new("bash")
        .args(["-n", "-c", &script.out])
        .status()
        .unwrap();
    assert!(parsed.success());
    // It only reads.
    let operations = script
        .out
        .lines()
        .filter_map(|line| line.split_once("ssm ")?.1.split_whitespace().next());
    for operation in operations.filter(|word| word.contains('-')) {
        let reads = ["describe-", "get-", "list-"]
            .iter()
            .any(|begin| operation.starts_with(begin));
        assert!(reads, "{operation}");
    }
}

/// What the command makes of its standard input.
fn piped(words: &[&str], input: &[u8]) -> (i32, String, String) {
    let output = patchbench().args(words).write_stdin(input).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code().unwrap_or(-1),
        text(output.stdout),
        text(output.stderr),
    )
}

#[test]
fn importers_of_one_file_read_standard_input() {
    let baseline = "aws ssm create-patch-baseline --name Prod --operating-system UBUNTU\n";
    let template = "Resources:\n  B:\n    Type: AWS::SSM::PatchBaseline\n    Properties: {Name: Prod, OperatingSystem: UBUNTU}\n";
    let state = r#"{"format_version": "1.0", "values": {"root_module": {"resources": [{"address": "aws_ssm_patch_baseline.b",
        "mode": "managed", "type": "aws_ssm_patch_baseline", "name": "b", "values": {"name": "Prod", "operating_system": "UBUNTU"}}]}}}"#;
    let mut names = vec!["-"];
    if cfg!(target_os = "linux") {
        names.push("/dev/stdin");
    }
    for (importer, text) in [
        ("aws-commands", baseline),
        ("cloudformation", template),
        ("terraform", state),
    ] {
        for name in &names {
            let shown = if *name == "-" { "standard input" } else { "stdin" };
            let words = ["import", importer, name];
            let (code, out, err) = piped(&words, text.as_bytes());
            assert_eq!(code, 0, "{words:?}: {err}");
            assert!(out.contains("[baseline.Prod]"), "{out}");
            assert!(out.contains(&format!("# Imported from {shown} by")), "{out}");
            assert!(
                out.contains(&format!("operating_system = \"UBUNTU\"  # {shown}:")),
                "{out}"
            );
            let (code, _, err) = piped(&words, b"no\xff");
            assert_eq!(code, 3);
            assert!(
                err.contains(&format!("{shown} cannot be read: line 1, column 3 is not UTF-8")),
                "{err}"
            );
            let (code, _, err) = piped(&words, &vec![b'\n'; (16 << 20) + 1]);
            assert_eq!(code, 3);
            assert!(
                err.contains("it has more than 16 MiB") || err.contains("it has 16 MiB"),
                "{err}"
            );
        }
    }
    let (code, _, err) = piped(&["import", "terraform", "-"], b"PK\x03\x04\x14\xff");
    assert_eq!(code, 3);
    assert!(
        err.contains("standard input is a plan as Terraform stores it"),
        "{err}"
    );
    assert!(err.contains("terraform show -json plan.out"), "{err}");
}
