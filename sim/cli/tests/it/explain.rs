//! `patchbench explain` as a planner meets it.

use serde_json::Value;

use crate::binary::{Answer, answer, patchbench, root};

const INSTALL: &str = "scenarios/front-end-servers-install.toml";
const SCAN: &str = "scenarios/front-end-servers.toml";
const RINGS: &str = "scenarios/recorded-2024-rings.toml";
const CRITICAL: &str = "2024-01-critical:WindowsServer2016";
const CUMULATIVE: &str = "2024-01-cumulative:WindowsServer2016";

fn explain(words: &[&str]) -> Answer {
    answer(["explain", "--quiet"].iter().chain(words))
}

/// The answer on the screen, which must come and fit.
fn told(words: &[&str]) -> String {
    let done = explain(words);
    assert_eq!(done.code, 0, "{}", done.err);
    let fits = |line: &str| line.chars().count() <= 100;
    assert!(done.out.lines().all(fits), "{}", done.out);
    done.out
}

/// The answer as JSON.
fn json(words: &[&str]) -> Value {
    let done = explain(&[words, &["--format", "json"]].concat());
    assert_eq!(done.code, 0, "{}", done.err);
    let value: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(value["format_version"], 1);
    value
}

#[test]
fn a_node_that_has_it() {
    let words = [INSTALL, "--node", "web-17", "--patch", CRITICAL];
    insta::assert_snapshot!("has", told(&words));
}

#[test]
fn a_node_that_the_threshold_stopped_before_its_turn() {
    let words = [
        INSTALL,
        "--node",
        "web-41",
        "--patch",
        CRITICAL,
        "--at",
        "2024-01-20",
    ];
    insta::assert_snapshot!("stopped", told(&words));
}

#[test]
fn a_node_on_which_the_install_failed_first() {
    let words = [INSTALL, "--node", "web-21", "--patch", CRITICAL];
    insta::assert_snapshot!("failed-first", told(&words));
}

#[test]
fn a_patch_that_no_rule_approves() {
    let words = [INSTALL, "--node", "web-17", "--patch", CUMULATIVE];
    insta::assert_snapshot!("not-approved", told(&words));
}

#[test]
fn a_node_that_is_only_scanned() {
    let words = [SCAN, "--node", "web-17", "--patch", CRITICAL];
    insta::assert_snapshot!("only-scanned", told(&words));
}

#[test]
fn a_patch_that_was_replaced_before_its_approval() {
    let words = [RINGS, "--node", "prod-1", "--patch", "KB5035857"];
    insta::assert_snapshot!("replaced-in-the-end", told(&words));
    let then = [&words[..], &["--at", "2024-03-25T00:00:00Z"]].concat();
    insta::assert_snapshot!("replaced-meanwhile", told(&then));
    // The pilot installs the update itself.
    let pilot = json(&[RINGS, "--node", "pilot-1", "--patch", "kb5035857"]);
    assert_eq!(pilot["verdict"]["how"]["inside"], Value::Null);
    assert_eq!(pilot["verdict"]["since"].as_str().unwrap()[..10], *"2024-03-15");
}

#[test]
fn a_funnel_with_nodes_left() {
    let words = [INSTALL, "--patch", CRITICAL, "--at", "2024-01-20"];
    insta::assert_snapshot!("funnel-left", told(&words));
}

#[test]
fn a_funnel_of_two_rings() {
    insta::assert_snapshot!("funnel-rings", told(&[RINGS, "--patch", "KB5035857"]));
}

#[test]
fn an_opening_that_the_threshold_stopped() {
    let words = [INSTALL, "--window", "Patch_Front-End-Servers"];
    insta::assert_snapshot!("opening-stopped", told(&words));
}

#[test]
fn an_opening_on_a_day() {
    let words = [RINGS, "--window", "Production-Sunday", "--on", "2024-04-07"];
    insta::assert_snapshot!("opening-on-a-day", told(&words));
}

#[test]
fn json_says_the_same_with_the_values_behind_it() {
    let words = [
        INSTALL,
        "--node",
        "web-41",
        "--patch",
        CRITICAL,
        "--at",
        "2024-01-20",
    ];
    let value = json(&words);
    let screen = told(&words).split_whitespace().collect::<Vec<_>>().join(" ");
    let verdict = &value["verdict"];
    assert!(screen.starts_with(verdict["text"].as_str().unwrap()), "{screen}");
    assert_eq!(
        (&verdict["has"], &verdict["reason"]),
        (&"no".into(), &"stopped_by_errors".into())
    );
    let last = &verdict["last_opportunity"];
    assert_eq!(
        (&last["position"], &last["command"]["nodes"]),
        (&41.into(), &60.into())
    );
    assert_eq!(
        last["command"]["stop"]["nodes"],
        serde_json::json!(["web-21", "web-37"])
    );
    let chain = value["chain"].as_array().unwrap();
    let steps: Vec<&str> = chain.iter().map(|step| step["step"].as_str().unwrap()).collect();
    assert_eq!(
        steps,
        [
            "released",
            "applies",
            "baseline",
            "rule",
            "approved",
            "opportunity"
        ]
    );
    let basis = &chain[3]["basis"][0];
    assert_eq!(
        (&basis["semantics"], &basis["mark"], &basis["setting"]["name"]),
        (&"2.4".into(), &"inferred".into(), &"approval_boundary".into())
    );
}

#[test]
fn json_of_funnels_and_openings_adds_up() {
    let funnel = json(&[INSTALL, "--patch", CRITICAL, "--at", "2024-01-20"]);
    let group = &funnel["groups"][0];
    let left = group["left"].as_array().unwrap().iter();
    let left: u64 = left.map(|left| left["nodes"]["count"].as_u64().unwrap()).sum();
    assert_eq!(group["has"].as_u64().unwrap() + left, 60);

    let opening = json(&[
        INSTALL,
        "--window",
        "Patch_Front-End-Servers",
        "--on",
        "2024-01-16",
    ]);
    let command = &opening["tasks"][0]["commands"][0];
    assert_eq!(command["stop"]["errors"], 2);
    let statuses = command["invocations"].as_object().unwrap().values();
    assert_eq!(statuses.map(|count| count.as_u64().unwrap()).sum::<u64>(), 60);
}

#[test]
fn settings_at_other_than_their_default_are_named() {
    let shuffled = ["--set", "settings.target_order=\"shuffled\""];
    let words = [INSTALL, "--node", "web-17", "--patch", CRITICAL];
    let out = told(&[&words[..], &shuffled].concat());
    let out = out.split_whitespace().collect::<Vec<_>>().join(" ");
    for named in [
        "settings at other than their default: target_order = shuffled",
        "NOT THE DEFAULT",
    ] {
        assert!(out.contains(named), "{out}");
    }
    let funnel = told(&[&[INSTALL, "--patch", CRITICAL][..], &shuffled].concat());
    assert!(funnel.contains("target_order = shuffled"), "{funnel}");
}

#[test]
fn another_replication_is_another_history() {
    let has = |replication: &str| {
        let question = [INSTALL, "--patch", CRITICAL, "--at", "2024-01-20"];
        let value = json(&[&question[..], &["--replication", replication]].concat());
        value["groups"][0]["has"].as_u64().unwrap()
    };
    assert_eq!((has("0"), has("1")), (36, 59));
}

#[test]
fn unknown_names_are_met_with_a_suggestion() {
    for (words, problem, hint) in [
        (
            [RINGS, "--patch", "KB5035857", "--node", "prods-1"],
            "there is no node `prods-1`",
            "did you mean `prod-1`?",
        ),
        (
            [RINGS, "--node", "prod-1", "--patch", "KB503585"],
            "there is no patch `KB503585`",
            "did you mean `KB5035857`?",
        ),
        (
            [RINGS, "--window", "Production-Sundays", "--on", "2024-04-07"],
            "there is no window `Production-Sundays`",
            "did you mean `Production-Sunday`?",
        ),
        (
            [RINGS, "--window", "Production-Sunday", "--on", "2024-04-08"],
            "there is no opening `Production-Sunday on 2024-04-08`",
            "it opens on 2024-03-24, 2024-04-07, 2024-04-14, 2024-04-21",
        ),
    ] {
        let done = explain(&words);
        assert_eq!(done.code, 2, "{words:?}");
        assert!(
            done.err.contains(problem) && done.err.contains(hint),
            "{}",
            done.err
        );
        assert_eq!(done.out, "");
    }
}

#[test]
fn questions_that_cannot_be_asked_exit_with_2() {
    for words in [
        &[RINGS][..],
        &[RINGS, "--node", "prod-1"],
        &[RINGS, "--patch", "KB5035857", "--window", "Production-Sunday"],
        &[RINGS, "--window", "Production-Sunday", "--on", "someday"],
        &[RINGS, "--patch", "KB5035857", "--at", "someday"],
        &[RINGS, "--patch", "KB5035857", "--at", "2030-01-01"],
    ] {
        let done = explain(words);
        assert_eq!(done.code, 2, "{words:?}: {}", done.err);
    }
    let absent = explain(&["no-such-file.toml", "--patch", "KB5035857"]);
    assert_eq!(absent.code, 3, "{}", absent.err);
}

#[test]
fn a_file_that_is_named_like_a_code_is_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = std::fs::read(root().join(INSTALL)).unwrap();
    std::fs::write(folder.path().join("PB012"), scenario).unwrap();
    let run = |words: &[&str]| {
        let output = patchbench()
            .current_dir(folder.path())
            .args(words)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let funnel = run(&["explain", "PB012", "--patch", CRITICAL]);
    assert!(funnel.contains("60 nodes"), "{funnel}");
    assert!(run(&["explain", "PB010"]).starts_with("PB010: "));
}
