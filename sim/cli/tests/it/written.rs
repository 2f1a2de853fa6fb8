//! What a run writes: compliance in all forms, and the settings that are not the default.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::binary::{answer, scenario};

/// Plays E01 with these settings into a folder, and gives what it prints.
fn play_into(out: &Path, settings: &[&str]) -> String {
    let file = scenario("e01.toml");
    let mut words = vec!["run", file.to_str().unwrap(), "--out", out.to_str().unwrap()];
    words.extend(settings.iter().flat_map(|setting| ["--set", setting]));
    let done = answer(words);
    assert_eq!(done.code, 0, "{}", done.err);
    done.out
}

fn summary(out: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(out.join("summary.json")).unwrap()).unwrap()
}

/// The rows of `compliance.csv` by instant and view; its names need no quotes.
fn rows(out: &Path) -> BTreeMap<(String, String), BTreeMap<String, String>> {
    let text = std::fs::read_to_string(out.join("compliance.csv")).unwrap();
    let mut lines = text.lines().map(|line| line.split(','));
    let names: Vec<&str> = lines.next().unwrap().collect();
    let row = |cells: std::str::Split<'_, char>| -> BTreeMap<String, String> {
        let named = names.iter().zip(cells);
        named
            .map(|(name, cell)| ((*name).to_owned(), cell.to_owned()))
            .collect()
    };
    let all = lines.map(row);
    all.map(|row| ((row["at"].clone(), row["view"].clone()), row))
        .collect()
}

/// The patch is missing on all ten nodes from its approval on, and AWS shows it from the next scan on.
#[test]
fn compliance_is_written_by_group_view_level_and_severity() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let rule = "baseline.Prod-WindowsServer2016-Critical-5Day.rule.0";
    play_into(&out, &[&format!("{rule}.compliance_level=HIGH")]);
    let rows = rows(&out);
    for ((at, view), row) in &rows {
        assert_eq!(row["group"], "Front-End Servers");
        let since = match view.as_str() {
            "actual" => "2024-01-06T00:00:00Z",
            _ => "2024-01-09T18:30:00Z",
        };
        // While the scan goes on AWS shows a part of it.
        if view == "reported" && at.as_str() > "2024-01-09T16:30:00Z" && at.as_str() < since {
            continue;
        }
        let expected = if at.as_str() >= since { 10.0 } else { 0.0 };
        for column in [
            "missing",
            "non_compliant_patches_critical",
            "non_compliant_nodes_high",
        ] {
            assert_eq!(row[column].parse(), Ok(expected), "{column} {view} {at}");
        }
    }
    let summary = summary(&out);
    let told = summary["compliance"].as_array().unwrap();
    let views = |view: &str| told.iter().filter(|row| row["view"] == view).count();
    assert!(views("actual") > 9 && views("actual") == views("reported"));
    for row in told {
        let key = |name: &str| row[name].as_str().unwrap().to_owned();
        let written = &rows[&(key("at"), key("view"))];
        for (column, value) in row.as_object().unwrap() {
            if let Some(number) = value.as_f64() {
                assert_eq!(written[column].parse(), Ok(number), "{column}");
            }
        }
    }
    for kind in ["svg", "png"] {
        let plot = format!("plots/compliance-front-end-servers.{kind}");
        assert!(out.join(&plot).exists(), "{plot}");
    }
}

#[test]
fn settings_that_are_not_the_default_are_named_wherever_results_are() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("result");
    let told = play_into(
        &out,
        &["settings.percent_rounding=ceil", "settings.cutoff_inclusive=true"],
    );
    let report = std::fs::read_to_string(out.join("summary.md")).unwrap();
    for text in [&told, &report] {
        for name in ["percent_rounding", "cutoff_inclusive"] {
            assert!(text.contains(name), "{name}: {text}");
        }
        assert!(!text.contains("dst_gap"), "{text}");
    }
    let listed = summary(&out)["settings_not_default"].to_string();
    for words in ["percent_rounding", "ceil", "6.3", "cutoff_inclusive", "4.5"] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    assert!(!listed.contains("dst_gap"), "{listed}");
}
