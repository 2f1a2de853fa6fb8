//! The labels of plots.

use crate::binary::{answer, root};

/// The texts along the axis of dates, and its name, of the first plot of a kind.
fn dates(start: &str, horizon: &str) -> Vec<String> {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("result");
    let file = root().join("scenarios/front-end-servers-install.toml");
    let (start, horizon) = (format!("start={start}"), format!("horizon={horizon}"));
    let words = ["run", file.to_str().unwrap(), "--quiet", "--reps", "1"];
    let more = [
        "--set",
        &start,
        "--set",
        &horizon,
        "--out",
        folder.to_str().unwrap(),
    ];
    let done = answer(words.into_iter().chain(more));
    assert!(done.code == 0 || done.code == 4, "{}", done.err);
    let plot = std::fs::read_to_string(folder.join("plots/compliance-front-end-servers.svg")).unwrap();
    let texts = plot.split("<text").skip(1).filter_map(|rest| {
        let inside = rest.split_once('>')?.1.split_once("</text>")?.0;
        Some(inside.trim().to_owned())
    });
    let of_dates =
        |text: &String| text.starts_with("date (") || text.as_bytes()[..2].iter().all(u8::is_ascii_digit);
    texts
        .filter(of_dates)
        .filter(|text| !text.ends_with('%'))
        .collect()
}

#[test]
fn dates_stand_at_beginnings_of_days_months_and_years_and_spans_are_told() {
    let periods = [
        ("2024-01-09T12:00:00Z", "8h"),
        ("2024-01-09T12:00:00Z", "2d"),
        ("2024-01-09T12:00:00Z", "9d"),
        ("2024-01-01T00:00:00Z", "30d"),
        ("2024-01-01T00:00:00Z", "75d"),
        ("2024-01-05T00:00:00Z", "180d"),
        ("2024-01-01T00:00:00Z", "365d"),
        ("2023-12-31T00:00:00Z", "1880d"),
    ];
    let rows = periods
        .map(|(start, horizon)| format!("{horizon} from {start}: {}", dates(start, horizon).join(" | ")));
    insta::assert_snapshot!(rows.join("\n"));
}
