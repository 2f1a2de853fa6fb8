//! Figures that the shipped scenarios are known for.

use crate::binary::{answer, root};

/// Of sixteen repaired months, those that are replaced before they are installed: what patch data,
/// section 1.5, leaves of them for the delays of 0, 3, 7, 10, 14 and 21 days.
#[test]
fn a_longer_delay_keeps_more_of_sixteen_bad_months_off_the_servers() {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("result");
    let file = root().join("scenarios/delay-still-approves-bad-months.toml");
    let words = ["run", file.to_str().unwrap(), "--quiet", "--out"];
    let done = answer(words.into_iter().chain([folder.to_str().unwrap()]));
    assert_eq!(done.code, 0, "{}", done.err);
    let table = std::fs::read(folder.join("metrics.csv")).unwrap();
    let mut table = csv::Reader::from_reader(table.as_slice());
    let names = table.headers().unwrap().clone();
    let column = |wanted: &str| names.iter().position(|name| name == wanted).unwrap();
    let [metric, group, severity] = ["metric", "group", "severity"].map(column);
    let row = table.records().map(Result::unwrap).filter(|row| {
        &row[metric] == "superseded_unseen" && &row[severity] == "Critical" && !row[group].is_empty()
    });
    let figures: Vec<(String, String, String)> = row
        .map(|row| {
            let value = |name: &str| row[column(name)].to_owned();
            (value("group"), value("p05"), value("p95"))
        })
        .collect();
    let expected = [
        ("0 days", "0"),
        ("3 days", "1"),
        ("7 days", "7"),
        ("10 days", "11"),
        ("14 days", "14"),
        ("21 days", "15"),
    ];
    let expected = expected.map(|(group, unseen)| (group.to_owned(), unseen.to_owned(), unseen.to_owned()));
    assert_eq!(figures, expected);
}
