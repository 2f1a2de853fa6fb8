//! The page of a large fleet: two hundred patch groups over three years with a thousand patches.

use std::fmt::Write as _;

use crate::binary::answer;

const GROUPS: usize = 200;
const PATCHES: usize = 1_000;
const PRODUCTS: [&str; 4] = [
    "WindowsServer2016",
    "WindowsServer2019",
    "WindowsServer2022",
    "WindowsServer2025",
];

/// Ten baselines and thirteen windows share the groups; each group has one of four products. Its windows open
/// once a month: in a test, time goes with openings, while the page is as large.
fn scenario() -> String {
    let mut text = String::from(
        "format = 1\nname = \"Two hundred groups\"\nstart = 2023-01-01T00:00:00Z\nhorizon = \"1096d\"\n\
         [releases.all]\nkind = \"file\"\npath = \"stream.csv\"\n\
         [behavior.server]\ninstall_time = \"15m\"\nfailure = 0.02\n",
    );
    let names: Vec<String> = (0..GROUPS)
        .map(|group| format!("Unit {group:03} servers"))
        .collect();
    for (group, name) in names.iter().enumerate() {
        let (count, product) = (1 + group % 7, PRODUCTS[group % 4]);
        let _ = writeln!(
            text,
            "[nodes.n{group}]\ncount = {count}\noperating_system = \"WINDOWS\"\nproduct = \"{product}\"\n\
             tags = {{ \"Patch Group\" = \"{name}\" }}\nbehavior = \"server\""
        );
    }
    for (index, own) in names.chunks(GROUPS / 10).enumerate() {
        let _ = writeln!(
            text,
            "[baseline.Base-{index}]\noperating_system = \"WINDOWS\"\npatch_groups = {own:?}\n\
             [[baseline.Base-{index}.rule]]\napprove_after_days = {index}"
        );
    }
    for (index, own) in names.chunks(GROUPS.div_ceil(13)).enumerate() {
        let _ = writeln!(
            text,
            "[window.Monthly-{index}]\nschedule = \"cron(0 {index} ? * TUE#2 *)\"\nduration = 4\ncutoff = 1\n\
             [window.Monthly-{index}.target.nodes]\n\"tag:Patch Group\" = {own:?}\n\
             [[window.Monthly-{index}.task]]\nname = \"patch\"\ntargets = [\"nodes\"]\noperation = \"Install\"\n\
             max_concurrency = \"50%\"\nmax_errors = \"10%\""
        );
    }
    text
}

/// A patch about every 26 hours.
fn stream() -> String {
    let header = "id,released_at,operating_system,product,classification,severity\n";
    let severities = ["Critical", "Important", "Moderate"];
    let start = chrono::DateTime::from_timestamp(1_672_531_200, 0).unwrap();
    let rows = (0..PATCHES).map(|patch| {
        let released = start + chrono::TimeDelta::minutes(patch as i64 * 26 * 60);
        let (product, severity) = (PRODUCTS[patch % 4], severities[patch % 3]);
        let released = released.format("%Y-%m-%dT%H:%M:%SZ");
        format!("KB{patch:07},{released},WINDOWS,{product},SecurityUpdates,{severity}\n")
    });
    std::iter::once(header.to_owned()).chain(rows).collect()
}

/// Values of an attribute, wherever a tag has it.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let opening = format!(" {attribute}=\"");
    let rest = page.split(opening.as_str()).skip(1);
    rest.filter_map(|rest| Some(rest.split_once('"')?.0)).collect()
}

#[test]
fn the_page_of_two_hundred_groups_over_three_years_is_small_and_whole_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (file, out) = (folder.path().join("large.toml"), folder.path().join("result"));
    std::fs::write(&file, scenario()).unwrap();
    std::fs::write(folder.path().join("stream.csv"), stream()).unwrap();
    let words = ["run", file.to_str().unwrap(), "--quiet", "--reps", "1"];
    let done = answer(words.into_iter().chain(["--out", out.to_str().unwrap()]));
    assert_eq!(done.code, 0, "{}", done.err);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.len() < 2_000_000, "{} bytes", page.len());
    assert!(page.len() > 500_000, "{} bytes hold no such fleet", page.len());
    // Nothing is fetched, from anywhere.
    for outside in [
        " src=",
        "href=\"http",
        "url(",
        "@import",
        "<script src",
        "<link",
        "<iframe",
    ] {
        assert!(!page.contains(outside), "{outside}");
    }
    let links = values(&page, "href");
    assert!(
        !links.is_empty() && links.iter().all(|link| link.starts_with('#')),
        "{links:?}"
    );
    let ids = values(&page, "id");
    let charts = |kind: &str| ids.iter().filter(|id| id.starts_with(kind)).count();
    assert_eq!(charts("chart-coverage-all-groups"), 1);
    // The twelve largest groups, and the twelve first windows of thirteen.
    for (kind, wanted) in [
        ("chart-coverage-unit-", 12),
        ("chart-stairs-unit-", 12),
        ("chart-compliance-unit-", 12),
        ("chart-occupancy-", 12),
    ] {
        assert!((1..=wanted).contains(&charts(kind)), "{kind}: {}", charts(kind));
    }
    // A group's two charts stay together, whatever there is room for.
    assert_eq!(charts("chart-coverage-unit-"), charts("chart-stairs-unit-"));
    assert!(page.contains(" other groups"));
    // The last release of three years is marked as the first one is.
    let mut released = page.split(" released: ").skip(1);
    assert!(released.any(|rest| rest.chars().take(60).collect::<String>().contains("KB0000999")));
    assert!(page.contains(">(50000 rows)<") && page.contains("of 50000 rows; all are in"));
}
