//! Sizes that would exhaust memory or time are refused at once, with the estimate and the limit;
//! large sizes below the limits are read in time that grows with them.

use std::fmt::Write as _;

use patchbench_kernel::Streams;
use patchbench_model::world::Plan;
use patchbench_scenario::{Limits, Loaded, codes};

use crate::texts::{BASE, Files, POOL, STREAM, base_with, read, read_with, rendered};

/// The message of the only error, which must be about the size.
fn refusal(loaded: &Loaded) -> String {
    let errors: Vec<_> = loaded
        .problems
        .iter()
        .filter(|problem| problem.severity == patchbench_scenario::Severity::Error)
        .collect();
    let [error] = errors.as_slice() else {
        panic!("one error is expected:\n{}", rendered(loaded));
    };
    assert_eq!(error.code, codes::SIZE, "{}", error.message);
    assert!(loaded.scenario.is_none());
    error.message.clone()
}

fn refused(text: &str) -> String {
    refusal(&read(text, &Files::default()))
}

fn accepted(text: &str, files: &Files) -> Loaded {
    let loaded = read(text, files);
    assert!(loaded.scenario.is_some(), "{}", rendered(&loaded));
    loaded
}

#[test]
fn a_billion_nodes() {
    insta::assert_snapshot!(
        refused(&base_with(&[("count = 60", "count = 1_000_000_000")])),
        @"1,000,000,000 nodes would need about 4,000 MB of state in each thread; the limit is 50,000,000 nodes"
    );
}

#[test]
fn many_pools_that_are_too_many_together() {
    let mut text = BASE.to_owned();
    for pool in 0..30 {
        write!(text, "[nodes.more-{pool}]\ncount = 2_000_000\n").unwrap();
    }
    insta::assert_snapshot!(refused(&text), @"60,000,060 nodes would need about 240 MB of state in each thread; the limit is 50,000,000 nodes");
}

#[test]
fn a_million_million_replications() {
    insta::assert_snapshot!(
        refused(&base_with(&[("replications = 100", "replications = 1_000_000_000_000")])),
        @"1,000,000,000,000 replications; the limit is 1,000,000,000"
    );
}

#[test]
fn a_five_minute_window_over_a_century() {
    let text = base_with(&[
        ("cron(0 2 ? * WED *)", "rate(5 minutes)"),
        ("\"90d\"", "2124-01-01"),
    ]);
    insta::assert_snapshot!(refused(&text), @"a period of 100 years; the limit is ten years");
}

#[test]
fn a_five_minute_window_over_ten_years() {
    for schedule in ["rate(5 minutes)", "cron(0/5 * * * ? *)"] {
        let text = base_with(&[("cron(0 2 ? * WED *)", schedule), ("\"90d\"", "2033-12-30")]);
        let message = refused(&text);
        // The estimate comes from the first openings alone; both schedules open 1,051,488 times.
        assert!(message.contains("about 1,05"), "{message}");
        assert!(message.contains("the limit is 200,000 openings"), "{message}");
    }
}

#[test]
fn a_billion_releases_a_month() {
    let stream = "kind = \"poisson\"\nproducts = [\"WindowsServer2019\"]\nper_month = 1e9";
    insta::assert_snapshot!(refused(&base_with(&[(STREAM, stream)])), @"1000000000 releases a month are about 3,000,000,000 patches; the limit is 100,000");
}

#[test]
fn patch_tuesdays_of_thousands_of_products() {
    let products: Vec<String> = (0..50_000).map(|number| format!("\"Product{number}\"")).collect();
    let stream = format!("kind = \"patch_tuesday\"\nproducts = [{}]", products.join(", "));
    insta::assert_snapshot!(refused(&base_with(&[(STREAM, &stream)])), @"[releases.windows] brings the streams to about 150,000 patches; the limit is 100,000");
}

#[test]
fn many_windows_openings_tasks_and_replications() {
    let mut text = base_with(&[
        ("replications = 100", "replications = 100_000"),
        ("\"90d\"", "\"3650d\""),
    ]);
    for window in 0..20 {
        write!(
            text,
            "[window.Daily-{window}]\nschedule = \"rate(1 day)\"\nduration = 4\ncutoff = 1\n\
             [window.Daily-{window}.target.web]\n\"tag:Patch Group\" = [\"Web\"]\n"
        )
        .unwrap();
        for task in 0..20 {
            write!(
                text,
                "[[window.Daily-{window}.task]]\nname = \"t{task}\"\ntargets = [\"web\"]\noperation = \"Scan\"\n\
                 max_concurrency = \"10%\"\nmax_errors = \"50%\"\n"
            )
            .unwrap();
        }
    }
    let loaded = read(&text, &Files::default());
    let message = refusal(&loaded);
    assert!(
        message.starts_with("100,000 replications would need about "),
        "{message}"
    );
    assert!(message.ends_with("the limit is 8,589 MB"), "{message}");
    let most = rendered(&loaded);
    assert!(most.contains("replications of this scenario fit"), "{most}");
}

#[test]
fn many_groups_patches_and_replications() {
    let mut text = base_with(&[
        ("replications = 100", "replications = 100_000"),
        (
            STREAM,
            "kind = \"poisson\"\nproducts = [\"WindowsServer2019\"]\nper_month = 30_000",
        ),
    ]);
    for group in 0..200 {
        write!(
            text,
            "[nodes.group-{group}]\ncount = 5\nproduct = \"WindowsServer2019\"\ntags = {{ \"Patch Group\" = \"G{group}\" }}\n"
        )
        .unwrap();
    }
    let message = refused(&text);
    assert!(
        message.starts_with("90,000 patches, met by all kinds of nodes, would need about "),
        "{message}"
    );
    // With a hundredth of the patches one catalogue fits, but not a hundred thousand of them.
    let message = refused(&text.replace("30_000", "300"));
    assert!(
        message.starts_with("100,000 replications would need about "),
        "{message}"
    );
}

#[test]
fn more_invocations_than_a_day_of_one_core() {
    let text = base_with(&[
        ("count = 60", "count = 10_000_000"),
        ("replications = 100", "replications = 100_000"),
    ]);
    insta::assert_snapshot!(refused(&text), @"100,000 replications would be up to 13,000,001,300,000 invocations, some 216 hours of one core; the limit is 1,000,000,000,000");
}

#[test]
fn a_release_file_of_a_million_rows() {
    let mut file = "id,released_at,operating_system\n".to_owned();
    for row in 0..1_000_000 {
        writeln!(file, "p{row},2024-01-09,WINDOWS").unwrap();
    }
    let text = base_with(&[(STREAM, "kind = \"file\"\npath = \"releases.csv\"")]);
    let loaded = read(&text, &Files::default().with("releases.csv", file));
    insta::assert_snapshot!(refusal(&loaded), @"releases.csv has 1,000,000 rows; the limit is 100,000");
}

#[test]
fn a_chain_of_a_hundred_thousand_successors() {
    let stream = "kind = \"file\"\npath = \"releases.csv\"";
    let chain = |length: usize| {
        let mut file = "id,released_at,operating_system,product,classification,supersedes\n".to_owned();
        for row in 0..length {
            let before = row
                .checked_sub(1)
                .map_or(String::new(), |before| format!("p{before}"));
            writeln!(
                file,
                "p{row},2024-01-09T00:00:00Z,WINDOWS,WindowsServer2019,SecurityUpdates,{before}"
            )
            .unwrap();
        }
        Files::default().with("releases.csv", file)
    };
    let text = base_with(&[(STREAM, stream)]);
    let message = refusal(&read(&text, &chain(100_000)));
    assert!(
        message.starts_with(
            "100,000 patches, met by all kinds of nodes, would need about 20 GB; the limit is 2,147 MB"
        ),
        "{message}"
    );
    accepted(&text, &chain(3_000));
}

/// As many unrelated patches in a file of releases.
fn patches(count: usize) -> Files {
    let mut file = "id,released_at,operating_system,product,classification\n".to_owned();
    for row in 0..count {
        writeln!(
            file,
            "p{row},2024-01-09T00:00:00Z,WINDOWS,WindowsServer2019,SecurityUpdates"
        )
        .unwrap();
    }
    Files::default().with("releases.csv", file)
}

const RECORDED: (&str, &str) = (STREAM, "kind = \"file\"\npath = \"releases.csv\"");

#[test]
fn bad_patches_of_a_large_fleet() {
    let bad = "[bad_patches.all]\nprobability = 1\npenetrance = 0.1\n";
    let nodes = ("count = 60", "count = 20_000_000");
    let once = ("replications = 100", "replications = 1");
    let text = base_with(&[RECORDED, nodes, once]) + bad;
    let message = refusal(&read(&text, &patches(1_000)));
    insta::assert_snapshot!(message, @"1,000 bad patches and 20,000,000 nodes would need about 5,000 MB in each thread; the limit is 2,147 MB");
    accepted(&text, &patches(100));
}

#[test]
fn many_tables_of_bad_patches() {
    let mut text = base_with(&[RECORDED]);
    for table in 0..1_000 {
        write!(
            text,
            "[bad_patches.b{table}]\nprobability = 0.1\npenetrance = 0.1\n"
        )
        .unwrap();
    }
    let message = refusal(&read(&text, &patches(20_000)));
    insta::assert_snapshot!(message, @"20,000 patches and 1,000 [bad_patches] tables with all that they affect would be 40,000,000 draws in each replication; the limit is 20,000,000");
    accepted(&text, &patches(1_000));
}

#[test]
fn a_hundred_thousand_bad_patches_by_name() {
    let names: Vec<String> = (0..100_000).map(|row| format!("\"p{row}\"")).collect();
    let text = base_with(&[RECORDED, ("replications = 100", "replications = 1")]);
    let text = format!(
        "{text}[bad_patches.listed]\npatches = [{}]\npenetrance = 0.1\n",
        names.join(", ")
    );
    let loaded = accepted(&text, &patches(100_000));
    let scenario = loaded.scenario.unwrap();
    let plan = Plan::new(&scenario.config);
    assert_eq!(plan.catalog(&Streams::new(0, 0)).flaws.len(), 100_000);
}

#[test]
fn a_circle_of_successors_is_named() {
    let mut file = "id,released_at,operating_system,supersedes\n".to_owned();
    for row in 0..50_000 {
        writeln!(file, "p{row},2024-01-09,WINDOWS,p{}", (row + 49_999) % 50_000).unwrap();
    }
    let text = base_with(&[(STREAM, "kind = \"file\"\npath = \"releases.csv\"")]);
    let loaded = read(&text, &Files::default().with("releases.csv", file));
    assert_eq!(loaded.problems.len(), 1, "{}", rendered(&loaded));
    insta::assert_snapshot!(loaded.problems[0].message, @r#"patch "p1" supersedes "p0", which in the end supersedes it"#);
}

/// A node list in which no two neighbours are alike.
fn node_list(rows: usize, group: impl Fn(usize) -> String) -> Files {
    let mut file = "id,operating_system,product,patch_group,tags\n".to_owned();
    for row in 0..rows {
        writeln!(
            file,
            "i-{row:08x},WINDOWS,WindowsServer2019,{},Row={}",
            group(row),
            row % 7
        )
        .unwrap();
    }
    Files::default().with("nodes.csv", file)
}

#[test]
fn a_node_list_of_a_hundred_thousand_unlike_neighbours() {
    let text = base_with(&[(POOL, "[nodes.web]\npath = \"nodes.csv\"\n")]);
    let files = node_list(100_000, |row| {
        if row % 2 == 0 { "Web" } else { "Mail" }.to_owned()
    });
    let loaded = accepted(&text, &files);
    let scenario = loaded.scenario.unwrap();
    assert_eq!(scenario.config.pools.len(), 100_000);
    let plan = Plan::new(&scenario.config);
    assert_eq!((plan.groups.len(), plan.classes.len()), (2, 2));
    assert_eq!(plan.versions[0][0].targets[0][0].len(), 50_000);
    // Only every second node is targeted, and they are all of the first class.
    assert_eq!(plan.window_classes(0), [0]);
}

#[test]
fn a_hundred_thousand_patch_groups() {
    let text = base_with(&[
        (POOL, "[nodes.web]\npath = \"nodes.csv\"\n"),
        ("[\"Web\"]\n[[window", "[\"G1\"]\n[[window"),
        ("replications = 100", "replications = 10"),
    ]);
    let loaded = accepted(&text, &node_list(100_000, |row| format!("G{row}")));
    let told = loaded
        .problems
        .iter()
        .filter(|problem| problem.code == codes::GROUP_WITHOUT_BASELINE);
    assert_eq!(told.count(), 20);
    assert!(rendered(&loaded).contains("and 99,980 patch groups more"));
}

#[test]
fn a_node_list_longer_than_the_limit() {
    let text = base_with(&[(POOL, "[nodes.web]\npath = \"nodes.csv\"\n")]);
    let loaded = read(&text, &node_list(1_000_001, |_| "Web".to_owned()));
    insta::assert_snapshot!(refusal(&loaded), @"nodes.csv has 1,000,001 rows; the limit is 1,000,000");
}

#[test]
fn ten_thousand_pools_and_outcomes() {
    let mut text = BASE.to_owned();
    for pool in 0..10_000 {
        write!(
            text,
            "[nodes.pool-{pool}]\ncount = 10\nproduct = \"WindowsServer2019\"\ntags = {{ \"Patch Group\" = \"Web\" }}\n"
        )
        .unwrap();
    }
    for outcome in 0..10_000 {
        let node = outcome % 10 + 1;
        write!(
            text,
            "[[outcome]]\nnode = \"pool-{outcome}-{node}\"\nwindow = \"Patch-Web\"\nresult = \"Failed\"\n"
        )
        .unwrap();
    }
    let scenario = accepted(&text, &Files::default()).scenario.unwrap();
    assert_eq!(scenario.config.outcomes.len(), 10_000);
    assert_eq!(scenario.config.outcomes[9_999].node, 60 + 9_999 * 10 + 9);
}

#[test]
fn outcomes_of_listed_nodes() {
    let mut text = base_with(&[(POOL, "[nodes.web]\npath = \"nodes.csv\"\n")]);
    for outcome in 0..10_000 {
        write!(
            text,
            "[[outcome]]\nnode = \"i-{:08x}\"\nresult = \"Failed\"\n",
            outcome * 9
        )
        .unwrap();
    }
    let files = node_list(100_000, |_| "Web".to_owned());
    let scenario = accepted(&text, &files).scenario.unwrap();
    assert_eq!(scenario.config.outcomes[9_999].node, 9_999 * 9);
}

#[test]
fn a_target_with_a_hundred_thousand_ids() {
    let ids: Vec<String> = (0..100_000).map(|number| format!("\"web-{number}\"")).collect();
    let target = format!("InstanceIds = [{}]", ids.join(", "));
    let loaded = read(
        &base_with(&[("\"tag:Patch Group\" = [\"Web\"]", &target)]),
        &Files::default(),
    );
    assert_eq!(loaded.problems.len(), 1, "{}", loaded.problems.len());
    insta::assert_snapshot!(loaded.problems[0].message, @"100,000 values of InstanceIds; AWS allows 50 in one target");
}

#[test]
fn a_thousand_baselines() {
    let mut text = BASE.to_owned();
    for baseline in 0..1_000 {
        writeln!(text, "[baseline.Other-{baseline}]").unwrap();
    }
    insta::assert_snapshot!(refused(&text), @"1,001 baselines; the limit is 500");
}

#[test]
fn names_of_a_million_letters_are_compared_with_nothing() {
    let long = "x".repeat(1_000_000);
    for (from, to) in [
        ("name = \"Web", format!("{long} = 1\nname = \"Web")),
        (
            "duration = 4",
            format!("schedule_timezone = \"{long}\"\nduration = 4"),
        ),
        ("targets = [\"web\"]", format!("targets = [\"{long}\"]")),
        ("cron(0 2 ? * WED *)", long.clone()),
        ("\"Install\"", format!("\"{long}\"")),
    ] {
        let loaded = read(&base_with(&[(from, &to)]), &Files::default());
        assert_eq!(loaded.problems.len(), 1, "{from}");
    }
}

#[test]
fn a_hundred_thousand_unknown_keys_are_all_told() {
    let mut text = BASE.to_owned();
    for key in 0..100_000 {
        writeln!(text, "kez{key} = 1").unwrap();
    }
    let loaded = read(&text, &Files::default());
    assert_eq!(loaded.problems.len(), 100_000);
}

#[test]
fn a_line_of_brackets_is_looked_at_once_and_not_for_each_of_them() {
    let many = 400_000;
    let text = format!("{BASE}targets{}{}\n", "[".repeat(many), "]".repeat(many));
    let start = std::time::Instant::now();
    let loaded = read(&text, &Files::default());
    assert!(loaded.scenario.is_none());
    // Once for each would be minutes.
    assert!(start.elapsed().as_secs() < 15, "{:?}", start.elapsed());
}

#[test]
fn of_a_large_text_that_is_no_toml_the_first_error_is_told() {
    let text = format!("{BASE}\nnode = [{}]\n", "${A}".repeat(500_000));
    let loaded = read(&text, &Files::default());
    assert!(loaded.scenario.is_none());
    assert_eq!(loaded.problems.len(), 1);
    let (line, column) = loaded
        .sources
        .line_column(0, loaded.problems[0].labels[0].span.start);
    assert_eq!((line, column), (BASE.lines().count() + 2, 10));
}

/// One of the limits.
type Field = fn(&mut Limits) -> &mut u64;

/// Every limit lets its own value pass and refuses one more.
#[test]
fn limits_are_the_largest_sizes_that_pass() {
    let generous = Limits::default();
    let scenario = accepted(BASE, &Files::default()).scenario.unwrap();
    let openings = Plan::new(&scenario.config).openings[0].len() as u64;
    let invocations = openings * (60 + 1) * 100;
    let limits: [(&str, u64, Field); 5] = [
        ("nodes", 60, |limits| &mut limits.max_nodes),
        ("replications", 100, |limits| &mut limits.max_replications),
        ("openings", openings, |limits| &mut limits.max_openings),
        ("patches", 3, |limits| &mut limits.max_patches),
        ("invocations", invocations, |limits| &mut limits.max_invocations),
    ];
    for (what, size, field) in limits {
        let mut just = generous;
        *field(&mut just) = size;
        let loaded = read_with(BASE, &Files::default(), &[], &just);
        assert!(loaded.scenario.is_some(), "{what}: {}", rendered(&loaded));
        let mut less = generous;
        *field(&mut less) = size - 1;
        let message = refusal(&read_with(BASE, &Files::default(), &[], &less));
        assert!(message.contains(what) || what == "nodes", "{what}: {message}");
    }
}

#[test]
fn memory_limits_are_obeyed() {
    let tiny = |field: Field| {
        let mut limits = Limits::default();
        *field(&mut limits) = 1_000;
        refusal(&read_with(BASE, &Files::default(), &[], &limits))
    };
    let catalog = tiny(|limits| &mut limits.max_catalog_bytes);
    assert!(
        catalog.contains("3 patches, met by all kinds of nodes"),
        "{catalog}"
    );
    let records = tiny(|limits| &mut limits.max_record_bytes);
    assert!(
        records.starts_with("100 replications would need about"),
        "{records}"
    );
}

#[test]
fn a_scenario_says_how_many_replications_fit() {
    let most = |limits: &Limits| {
        let loaded = read_with(BASE, &Files::default(), &[], limits);
        loaded.scenario.unwrap().most_replications
    };
    // Some 13 kB of records each: all of them fill the memory some day, what sums them up does not.
    assert!((100_000..1_000_000).contains(&most(&Limits::pairing())));
    assert!(most(&Limits::default()) > 100_000_000);
    assert_eq!(most(&Limits::sharded()), Limits::default().max_replications);
    let large = base_with(&[
        ("count = 60", "count = 10_000_000"),
        ("replications = 100", "replications = 1"),
    ]);
    let scenario = accepted(&large, &Files::default()).scenario.unwrap();
    assert!((1_000..10_000).contains(&scenario.most_replications));
}
