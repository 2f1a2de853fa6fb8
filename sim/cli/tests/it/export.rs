//! `patchbench export`

use std::path::Path;

use serde_json::Value;

use crate::binary::{answer, files_below, scenario};

fn export(words: &[&str]) -> crate::binary::Answer {
    answer(["export", "aws"].iter().chain(words))
}

fn exported() -> String {
    scenario("exported.toml").to_str().unwrap().to_owned()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_scenario_becomes_files_that_import_reads_back() {
    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("aws");
    let done = export(&[
        &exported(),
        "--out",
        out.to_str().unwrap(),
        "--set",
        "window.Monthly.duration=5",
    ]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.out, "");
    for told in [
        "left out:",
        "nodes (",
        "is sent when the script runs",
        "wrote 15 requests",
    ] {
        assert!(done.err.contains(told), "{told}: {}", done.err);
    }
    assert_eq!(json(&out.join("window-2-Monthly.json"))["Duration"], 5);
    let listed = json(&out.join("manifest.json"));
    let files = listed["requests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|request| request["file"].as_str());
    for file in files {
        assert!(out.join(file).is_file(), "{file}");
    }

    let script = out.join("apply.sh");
    let back = desk.path().join("back.toml");
    let imported = answer([
        "import",
        "aws-commands",
        script.to_str().unwrap(),
        "--out",
        back.to_str().unwrap(),
    ]);
    assert_eq!(imported.code, 0, "{}", imported.err);
    let again = desk.path().join("again");
    let done = export(&[back.to_str().unwrap(), "--out", again.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    for file in [
        "baseline-1-Prod-Windows.json",
        "baseline-2-Prod-Linux.json",
        "window-1-Nightly.json",
        "window-1-task-1.json",
    ] {
        assert_eq!(json(&out.join(file)), json(&again.join(file)), "{file}");
    }
}

#[test]
fn an_export_is_replaced_only_with_force_and_other_folders_never() {
    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("aws");
    let words = [&exported(), "--out", out.to_str().unwrap()];
    assert_eq!(export(&words).code, 0);
    let before = files_below(&out);
    let refused = export(&words);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert!(refused.err.contains("--force"), "{}", refused.err);
    std::fs::write(out.join("stray.json"), "{}").unwrap();
    assert_eq!(export(&[words.as_slice(), &["--force"]].concat()).code, 0);
    let sorted = |mut files: Vec<(String, Vec<u8>)>| {
        files.sort();
        files
    };
    assert_eq!(sorted(files_below(&out)), sorted(before));
    let own = desk.path().join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("notes.txt"), "mine").unwrap();
    let refused = export(&[&exported(), "--out", own.to_str().unwrap(), "--force"]);
    assert_eq!(refused.code, 1, "{}", refused.err);
    assert_eq!(files_below(&own).len(), 1);
    // It is no result that could be made once more.
    let again = answer(["run", "--again", out.to_str().unwrap()]);
    assert_eq!(again.code, 3, "{}", again.err);
}

#[test]
fn everything_is_one_document_where_no_folder_is_given() {
    let done = export(&[&exported(), "--format", "json", "--quiet"]);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(document["format_version"], 1);
    let requests = document["requests"].as_array().unwrap();
    let task = requests
        .iter()
        .rfind(|request| request["operation"] == "RegisterTaskWithMaintenanceWindow")
        .unwrap();
    assert_eq!(task["options"]["WindowId"], "$window_1");
    assert_eq!(task["input"]["MaxErrors"], "10%");
    assert!(document["left_out"].as_array().unwrap().len() >= 3);
}

#[test]
fn wrong_words_and_invalid_scenarios_are_refused() {
    assert_eq!(export(&[&exported()]).code, 2);
    assert_eq!(export(&[&exported(), "--format", "json", "--out", "x"]).code, 2);
    let invalid = export(&[
        &exported(),
        "--format",
        "json",
        "--set",
        "window.Nightly.duration=0",
    ]);
    assert_eq!((invalid.code, invalid.out.as_str()), (3, ""), "{}", invalid.err);
    assert_eq!(export(&["no-such-file.toml", "--format", "json"]).code, 3);
}

/// A scenario of the front-end servers whose baseline and window are in files of an export beside it.
fn referring(shipped: &str) -> String {
    let text = std::fs::read_to_string(crate::binary::root().join(shipped)).unwrap();
    let (baseline, window) = (
        "baseline.Prod-WindowsServer2016-Critical-5Day",
        "window.Patch_Front-End-Servers",
    );
    [
        (
            format!("[[{baseline}.rule]]"),
            "[nodes.web]",
            format!("aws = \"aws/baseline-1-{}.json\"\n\n", &baseline[9..]),
        ),
        (
            format!("[{window}]\n"),
            &format!("[{window}.target"),
            format!("[{window}]\naws = \"aws/window-1-{}.json\"\n", &window[7..]),
        ),
    ]
    .iter()
    .fold(text, |text, (from, until, instead)| {
        let (before, rest) = text.split_once(from.as_str()).unwrap();
        let (_, after) = rest.split_once(*until).unwrap();
        format!("{before}{instead}{until}{after}")
    })
}

#[test]
fn exported_files_stand_in_a_scenario_that_runs_varies_and_repeats() {
    let desk = tempfile::tempdir().unwrap();
    let shipped = "scenarios/front-end-servers-install.toml";
    let out = desk.path().join("aws");
    assert_eq!(
        export(&[shipped, "--out", out.to_str().unwrap(), "--quiet"]).code,
        0
    );
    let file = desk.path().join("referring.toml");
    std::fs::write(&file, referring(shipped)).unwrap();
    let file = file.to_str().unwrap();

    let figures = |file: &str, name: &str| {
        let result = desk.path().join(name);
        let run = answer([
            "run",
            file,
            "--reps",
            "20",
            "--quiet",
            "--out",
            result.to_str().unwrap(),
        ]);
        assert_eq!(run.code, 0, "{}", run.err);
        std::fs::read_to_string(result.join("metrics.csv")).unwrap()
    };
    assert_eq!(figures(shipped, "shipped"), figures(file, "referring"));

    let result = desk.path().join("result");
    let set = "baseline.Prod-WindowsServer2016-Critical-5Day.rule.0.approve_after_days=2";
    let words = [
        "run",
        file,
        "--reps",
        "5",
        "--quiet",
        "--set",
        set,
        "--out",
        result.to_str().unwrap(),
    ];
    assert_eq!(answer(words).code, 0);
    let manifest = json(&result.join("manifest.json"));
    assert!(
        manifest["inputs"]
            .to_string()
            .contains("window-1-Patch_Front-End-Servers.json"),
        "{manifest:#}"
    );
    let again = answer(["run", "--again", result.to_str().unwrap()]);
    assert_eq!(again.code, 0, "{}{}", again.out, again.err);
    std::fs::write(out.join("window-1-Patch_Front-End-Servers.json"), "{}").unwrap();
    assert_eq!(answer(["check", file]).code, 3);
}
