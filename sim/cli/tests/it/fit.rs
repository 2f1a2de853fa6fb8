//! `fit` as a planner types it: the least, largest and best level, and the settings that none dominates.

use std::path::Path;

use serde_json::Value;

use crate::binary::{Answer, answer, files_below, scenario};

const CONCURRENCY: &str = "window.Night.task.0.max_concurrency";
const ERRORS: &str = "window.Night.task.0.max_errors";

fn fit(words: &[&str]) -> Answer {
    let file = scenario("fit.toml");
    answer([&["fit", file.to_str().unwrap(), "--quiet"], words].concat())
}

fn json(words: &[&str]) -> Value {
    let done = fit(&[words, &["--format", "json"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

/// A screen of at most 40 lines and 100 columns.
fn screen(words: &[&str]) -> String {
    let done = fit(words);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.lines().count() <= 40, "{}", done.out);
    assert!(
        done.out.lines().all(|line| line.chars().count() <= 100),
        "{}",
        done.out
    );
    done.out
}

#[test]
fn the_least_concurrency_comes_with_its_grounds() {
    let levels = format!("{CONCURRENCY}=1..60");
    let words = ["--least", levels.as_str(), "--assert", "everybody starts in time"];
    insta::assert_snapshot!("fit-least", screen(&words));
    insta::assert_snapshot!(
        "fit-least-json",
        fit(&[&words[..], &["--format", "json"]].concat()).out
    );
    insta::assert_snapshot!(
        "fit-least-markdown",
        fit(&[&words[..], &["--format", "markdown"]].concat()).out
    );
}

#[test]
fn the_largest_level_must_satisfy_all_assertions_unless_some_are_named() {
    let levels = format!("{CONCURRENCY}=10..100:5");
    insta::assert_snapshot!("fit-largest", screen(&["--largest", &levels]));
}

#[test]
fn levels_that_few_replications_do_not_tell_apart_are_named() {
    let levels = format!("{CONCURRENCY}=1..60");
    let words = [
        "--least",
        levels.as_str(),
        "--assert",
        "everybody starts in time",
        "--in",
        "0.85",
    ];
    let shown = screen(&[&words[..], &["--max-reps", "64"]].concat());
    assert!(shown.contains("not sure"), "{shown}");
    insta::assert_snapshot!("fit-not-sure", shown);
}

#[test]
fn no_level_fits_is_said_plainly_and_exits_with_4() {
    let levels = format!("{CONCURRENCY}=1,2,3");
    let done = fit(&["--least", &levels, "--assert", "everybody starts in time"]);
    assert_eq!(done.code, 4, "{}", done.err);
    insta::assert_snapshot!("fit-none", done.out);
}

#[test]
fn another_share_can_be_asked_for() {
    let levels = format!("{CONCURRENCY}=1..60");
    let words = ["--least", levels.as_str(), "--assert", "everybody starts in time"];
    let own = json(&words);
    let often = json(&[&words[..], &["--in", "50%"]].concat());
    let number = |found: &Value| found["answer"].as_str().unwrap().parse::<u32>().unwrap();
    assert!(number(&often) < number(&own), "{often:#}");
    assert_eq!(often["assertions"][0]["required_share"], 0.5);
}

#[test]
fn the_best_schedule_of_a_file_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schedules.txt");
    let schedules = "# Tuesdays are early\ncron(0 1 ? * SUN *)\ncron(0 1 ? * WED *)\ncron(0 1 ? * THU *)\n";
    std::fs::write(&file, schedules).unwrap();
    let levels = format!("window.Night.schedule=@{}", file.display());
    let shown = screen(&["--best", &levels, "--metric", "exposure", "--min-effect", "1%"]);
    insta::assert_snapshot!("fit-best", shown);
}

#[test]
fn the_settings_that_none_dominates_are_shown_with_what_they_cost() {
    let (many, errors) = (format!("{CONCURRENCY}=5,20,60"), format!("{ERRORS}=1,10"));
    let delay = "baseline.Baseline.rule.0.approve_after_days=4,11";
    let words = [
        &["--pareto", "exposure,blast_radius", "--max-reps", "800"][..],
        &["--vary", &many, "--vary", &errors, "--vary", delay],
        &["--set", "bad_patches.breaks.probability=0.3"],
    ]
    .concat();
    insta::assert_snapshot!("fit-pareto", screen(&words));
    insta::assert_snapshot!(
        "fit-pareto-markdown",
        fit(&[&words[..], &["--format", "markdown"]].concat()).out
    );
    let wide = [
        "--pareto",
        "exposure,blast_radius,nodes_left",
        "--vary",
        &many,
        "--max-reps",
        "64",
    ];
    let wide = [&wide[..], &["--vary", &errors, "--vary", delay]].concat();
    insta::assert_snapshot!("fit-pareto-wide", screen(&wide));
    let found = json(&words);
    assert_eq!(found["format_version"], 1);
    assert_eq!(found["designs"].as_array().unwrap().len(), 12);
}

#[test]
fn what_is_wrong_is_told_with_a_hint() {
    let many = format!("{CONCURRENCY}=1..60");
    let one = format!("{CONCURRENCY}=5");
    let mixed = format!("{CONCURRENCY}=5,10%");
    let nowhere = "window.Nigth.task.0.max_concurrency=1..3";
    let told = |code: i32, words: &[&str]| {
        let done = fit(words);
        assert_eq!(
            (done.code, done.out.as_str()),
            (code, ""),
            "{words:?}: {}",
            done.err
        );
        done.err
            .replace(scenario("fit.toml").to_str().unwrap(), "fit.toml")
    };
    let problems = [
        told(3, &["--least", &many, "--assert", "everybody starts on time"]),
        told(3, &["--least", &one]),
        told(3, &["--least", &format!("{CONCURRENCY}=5,6,5")]),
        told(3, &["--least", &mixed]),
        told(3, &["--least", nowhere]),
        told(3, &["--least", &format!("{CONCURRENCY}=0..3")]),
        told(3, &["--least", "assert.0.in=0.5,0.9"]),
        told(3, &["--best", &many, "--metric", "exposre"]),
        told(3, &["--best", &many, "--metric", "peak_in_progress"]),
        told(3, &["--pareto", "exposure", "--vary", &many]),
        told(
            3,
            &[
                "--pareto",
                "exposure,stop",
                "--vary",
                &format!("{CONCURRENCY}=1..401"),
            ],
        ),
        told(
            3,
            &["--pareto", "exposure,stop", "--vary", &many, "--vary", &many],
        ),
        told(2, &["--least", &many, "--in", "1.5"]),
    ];
    insta::assert_snapshot!("fit-refusals", problems.join("\n"));
    for wrong in [
        &[][..],
        &["--least", &many, "--largest", &many],
        &["--best", &many],
    ] {
        assert_eq!(fit(wrong).code, 2, "{wrong:?}");
    }
    let bare = scenario("e01.toml");
    let done = answer([
        "fit",
        bare.to_str().unwrap(),
        "--quiet",
        "--least",
        "nodes.web.count=1,2",
    ]);
    assert_eq!(done.code, 3);
    assert!(done.err.contains("[[assert]]"), "{}", done.err);
}

fn written(folder: &Path, words: &[&str]) -> Vec<(String, Vec<u8>)> {
    let out = folder.join("result");
    let done = fit(&[words, &["--out", out.to_str().unwrap(), "--force"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    files_below(&out)
}

#[test]
fn one_thread_and_two_find_the_same_and_the_folder_says_how_to_repeat_it() {
    let folder = tempfile::tempdir().unwrap();
    let levels = format!("{CONCURRENCY}=1..60");
    let (many, errors) = (format!("{CONCURRENCY}=5,20"), format!("{ERRORS}=1,4"));
    let least = ["--least", levels.as_str(), "--set", "study.seed=7"];
    let pareto = [
        "--pareto",
        "exposure,stop",
        "--vary",
        &many,
        "--vary",
        &errors,
        "--max-reps",
        "300",
    ];
    for (words, table) in [(&least[..], "levels.csv"), (&pareto, "designs.csv")] {
        let first = written(folder.path(), &[words, &["--threads", "1"]].concat());
        assert!(first == written(folder.path(), &[words, &["--threads", "2"]].concat()));
        let names: Vec<&str> = first.iter().map(|(name, _)| name.as_str()).collect();
        let mut expected = vec!["manifest.json", "summary.json", "summary.md", table];
        expected.sort_unstable();
        assert_eq!(names, expected);
        let manifest = std::fs::read_to_string(folder.path().join("result/manifest.json")).unwrap();
        let manifest: Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["kind"], "fit");
        let again = manifest["arguments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|word| word.as_str().unwrap());
        let out = folder.path().join("again");
        let done = answer(again.chain(["--out", out.to_str().unwrap(), "--force", "--quiet"]));
        assert_eq!(done.code, 0, "{}", done.err);
        assert!(files_below(&out) == first, "{:?}", manifest["arguments"]);
    }
}

#[test]
fn levels_without_an_order_are_played_one_by_one() {
    // Patch Tuesday, four days of delay: the window has to open after the approval, and soon.
    let text = std::fs::read_to_string(scenario("fit.toml")).unwrap();
    let text = text.replace(
        "cron(0 1 ? * SUN *)\"",
        "cron(0 1 ? * TUE#2 *)\"\nschedule_offset = 1",
    );
    let quick = "\n[[assert]]\nname = \"half of them within five days\"\nmetric = \"time_to_coverage\"\n\
coverage = 0.5\nat_most = \"5d\"\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("offset.toml");
    std::fs::write(&file, text + quick).unwrap();
    let words = [
        "fit",
        file.to_str().unwrap(),
        "--quiet",
        "--assert",
        "half of them within five days",
    ];
    let done = answer(
        words
            .into_iter()
            .chain(["--least", "window.Night.schedule_offset=1..6"]),
    );
    assert_eq!(done.code, 0, "{}", done.err);
    insta::assert_snapshot!("fit-no-order", done.out);
}
