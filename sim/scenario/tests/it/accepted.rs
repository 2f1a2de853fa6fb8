//! Input that looks strange and is read all the same.

use patchbench_model::config::PercentRounding;
use patchbench_scenario::{Limits, Loaded, Override};

use crate::texts::{BASE, Files, POOL, STREAM, base_with, read, read_with, rendered};

/// Loads without any problem.
fn silent(loaded: Loaded) -> patchbench_scenario::Scenario {
    assert!(loaded.problems.is_empty(), "{}", rendered(&loaded));
    loaded.scenario.unwrap()
}

#[test]
fn byte_order_marks_and_windows_line_ends() {
    let expected = silent(read(BASE, &Files::default()));
    for text in [format!("\u{feff}{BASE}"), BASE.replace('\n', "\r\n")] {
        let scenario = silent(read(&text, &Files::default()));
        assert_eq!(scenario.config, expected.config);
        assert_eq!(scenario.hash, expected.hash);
    }
}

#[test]
fn tables_as_excel_saves_them() {
    let text = base_with(&[(POOL, "[nodes.web]\npath = \"nodes.csv\"\n"), ("\"5%\"", "\"1\"")]);
    let plain = "id,operating_system,product,patch_group\ni-1,WINDOWS,WindowsServer2019,Web\n";
    let excel = "\u{feff}\"id\",\"operating_system\",\"product\",\"patch_group\"\r\n\
                 \"i-1\",\" WINDOWS \",\"WindowsServer2019\",\"Web\"\r\n,,,\r\n";
    let nodes = |table: &str| {
        silent(read(&text, &Files::default().with("nodes.csv", table)))
            .config
            .pools
    };
    assert_eq!(nodes(plain), nodes(excel));
}

#[test]
fn releases_without_optional_columns_and_with_others() {
    let text = base_with(&[(STREAM, "kind = \"file\"\npath = \"releases.csv\"")]);
    let least = "id,released_at,operating_system,classification,source_row\na,2024-01-09,WINDOWS,SecurityUpdates,x 1\n";
    silent(read(&text, &Files::default().with("releases.csv", least)));
    let more = least.replace("source_row", "cvss,owner");
    let more = more.replace("x 1", "9.8,Jo");
    let loaded = read(&text, &Files::default().with("releases.csv", more));
    assert!(loaded.scenario.is_some());
    let messages: Vec<&str> = loaded
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    assert_eq!(messages, ["columns that are not used: cvss, owner"]);
}

#[test]
fn overrides_reach_settings_that_the_file_does_not_have() {
    let change = Override::parse("settings.percent_rounding=ceil").unwrap();
    let without_study = base_with(&[("[study]\nreplications = 100\n", "")]);
    let reps = Override::parse("study.replications = 7").unwrap();
    let loaded = read_with(
        &without_study,
        &Files::default(),
        &[change, reps],
        &Limits::default(),
    );
    let scenario = silent(loaded);
    assert_eq!(scenario.config.settings.percent_rounding, PercentRounding::Ceil);
    assert_eq!(scenario.study.replications, 7);
}

#[test]
fn overrides_quote_keys_with_blanks_and_dots() {
    for text in [
        "nodes.web.tags.\"Patch Group\"=Mail = 1",
        "nodes.web.tags.'Patch Group'=Mail = 1",
        "nodes.web.tags.Patch Group=Mail = 1",
    ] {
        let change = Override::parse(text).unwrap();
        let loaded = read_with(BASE, &Files::default(), &[change], &Limits::default());
        assert!(rendered(&loaded).contains("Mail = 1"), "{}", rendered(&loaded));
    }
}

#[test]
fn a_later_override_of_the_same_key_wins() {
    let changes = ["nodes.web.count=70", "nodes.web.count=80"].map(|text| Override::parse(text).unwrap());
    let scenario = silent(read_with(BASE, &Files::default(), &changes, &Limits::default()));
    assert_eq!(scenario.config.pools[0].count, 80);
}
