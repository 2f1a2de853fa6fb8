//! Pages of results: what they hold without scripts, that they load nothing, and that they say what the
//! files beside them say. A real browser opens them in `.ci/browser`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::binary::{answer, root};

/// The folder of a result, made by a command.
fn made(words: &[&str]) -> (TempDir, PathBuf) {
    let out = tempfile::tempdir().unwrap();
    let folder = out.path().join("result");
    let more = ["--quiet", "--out", folder.to_str().unwrap()];
    let done = answer(words.iter().copied().chain(more));
    assert!(done.code == 0 || done.code == 4, "{}", done.err);
    (out, folder)
}

fn shipped(name: &str) -> String {
    root()
        .join(format!("scenarios/{name}.toml"))
        .display()
        .to_string()
}

fn page(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("report.html")).unwrap()
}

/// The values of an attribute, in order.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    let parts = page.split(start.as_str()).skip(1);
    parts.filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
}

/// What holds for every page.
fn assert_sound(folder: &Path) -> String {
    let page = page(folder);
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    for address in values(&page, "href").into_iter().chain(values(&page, "src")) {
        assert!(address.starts_with('#'), "the page points to {address}");
    }
    for outside in [
        "url(",
        "@import",
        "<link",
        "<iframe",
        "<script src",
        "fetch(",
        "XMLHttp",
    ] {
        assert!(!page.contains(outside), "the page has {outside}");
    }
    let ids = values(&page, "id");
    let distinct: BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(distinct.len(), ids.len(), "an id stands twice");
    for target in values(&page, "href") {
        assert!(ids.contains(&&target[1..]), "{target} leads nowhere");
    }
    for figure in ids.iter().filter_map(|id| id.strip_prefix("chart-")) {
        for ending in ["svg", "png"] {
            let plot = folder.join(format!("plots/{figure}.{ending}"));
            assert!(plot.is_file(), "{figure} is no file");
        }
    }
    page
}

/// A text as it stands between two others.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap();
    rest.split_once(end).unwrap().0
}

#[test]
fn the_page_of_a_run_holds_verdict_charts_and_tables_without_scripts() {
    let (_out, folder) = made(&["run", &shipped("canary-catches-bad-patch"), "--reps", "40"]);
    let page = assert_sound(&folder);
    let sections = [
        "verdict",
        "asked",
        "timeline",
        "groups",
        "windows",
        "threshold",
        "exposure",
        "bad-patches",
        "compliance",
        "tables",
        "provenance",
    ];
    let ids = values(&page, "id");
    let found: Vec<&str> = ids.into_iter().filter(|id| sections.contains(id)).collect();
    assert_eq!(found, sections, "sections in their order");
    let verdict = between(&page, "id=\"verdict\"", "</section>");
    assert!(verdict.contains("February&apos;s update") || verdict.contains("February's update"));
    assert!(
        verdict.contains("is approved on <b>Tue 2026-02-17 18:00Z</b>"),
        "{verdict}"
    );
    let drawing = between(&page, "class=\"plot\"", "</svg>");
    assert!(drawing.matches("<path").count() > 8 && drawing.contains("<title>2026-02-10 18:00Z released"));
    assert!(page.contains("patchbench run "), "the command that repeats it");
}

#[test]
fn tables_of_a_page_are_those_of_the_files() {
    let (_out, folder) = made(&["run", &shipped("front-end-servers-install"), "--reps", "30"]);
    let page = assert_sound(&folder);
    for name in ["metrics", "patches", "windows", "tasks"] {
        let table = between(&page, &format!("id=\"table-{name}\""), "</table>");
        let heads = values(between(table, "<thead>", "</thead>"), "data-name");
        let mut reader = csv::Reader::from_path(folder.join(format!("{name}.csv"))).unwrap();
        let columns: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let rows: Vec<&str> = between(table, "<tbody>", "</tbody>")
            .trim()
            .split("<tr>")
            .skip(1)
            .collect();
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(rows.len(), records.len(), "{name}");
        for (row, record) in rows.iter().zip(&records) {
            let cells: Vec<&str> = row.split("<td").skip(1).collect();
            assert_eq!(cells.len(), heads.len());
            for (cell, head) in cells.iter().zip(&heads) {
                let shown = cell
                    .split_once('>')
                    .unwrap()
                    .1
                    .trim_end()
                    .trim_end_matches("</tr>");
                let exact = values(cell, "data-v").first().copied().unwrap_or(shown);
                let column = columns.iter().position(|column| column == head).unwrap();
                assert_eq!(exact, &record[column], "{name}.{head}");
            }
        }
    }
}

#[test]
fn comparisons_and_sweeps_have_pages_of_their_own() {
    let file = shipped("front-end-servers-install");
    let wider = "window.Patch_Front-End-Servers.task.0.max_concurrency=10%";
    let (_out, folder) = made(&[
        "compare",
        &file,
        "--reps",
        "30",
        "--variant",
        "wider",
        "--set",
        wider,
    ]);
    let comparison = assert_sound(&folder);
    let ids: BTreeSet<&str> = values(&comparison, "id").into_iter().collect();
    for section in [
        "verdict",
        "asked",
        "differences",
        "tables",
        "provenance",
        "chart-overview-wider",
    ] {
        assert!(ids.contains(section), "{section} is missing");
    }
    assert!(between(&comparison, "id=\"asked\"", "</section>").contains("2 of 60 -&gt; 6 of 60"));
    let vary = "window.Patch_Front-End-Servers.task.0.max_concurrency=2,6,9";
    let hours = "window.Patch_Front-End-Servers.duration=3,5";
    let (_out, folder) = made(&["sweep", &file, "--reps", "20", "--vary", vary, "--vary", hours]);
    let sweep = assert_sound(&folder);
    let ids: BTreeSet<&str> = values(&sweep, "id").into_iter().collect();
    for section in [
        "verdict",
        "main-effects",
        "heat-map",
        "pareto",
        "tables",
        "provenance",
    ] {
        assert!(ids.contains(section), "{section} is missing");
    }
    assert_eq!(
        between(&sweep, "<tbody>", "</tbody>").matches("<tr>").count(),
        6,
        "a row a design"
    );
    let front = between(&sweep, "id=\"chart-pareto-front\"", "</figure>");
    assert!(
        front.contains("max_concurrency 9, duration 3)"),
        "a dot says which design it is"
    );
}

#[test]
fn names_cannot_become_markup() {
    let text = std::fs::read_to_string(shipped("front-end-servers-install")).unwrap();
    let name = "</script><img src=x onerror=alert(1)> & \\\"quoted\\\"";
    let line = text.lines().find(|line| line.starts_with("name =")).unwrap();
    let text = text.replace(line, &format!("name = \"{name}\""));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("odd.toml");
    std::fs::write(&file, text).unwrap();
    let (_out, folder) = made(&["run", file.to_str().unwrap(), "--reps", "3"]);
    let page = page(&folder);
    assert!(!page.contains("<img"), "markup of a name is in the page");
    assert!(page.contains("&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;"));
    assert_eq!(page.matches("</script>").count(), 1);
}
