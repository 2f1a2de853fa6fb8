//! The built-in checks, as a researcher runs them.

use serde_json::Value;

use crate::binary::answer;

#[test]
fn every_check_holds_and_says_beside_what() {
    let words = [
        "verify",
        "--reps",
        "60",
        "--worlds",
        "4",
        "--coverage",
        "100",
        "--format",
        "json",
        "--quiet",
    ];
    let done = answer(words);
    assert_eq!((done.code, done.err.as_str()), (0, ""));
    let told: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(told["outcome"], "pass");
    let figures = told["closed_forms"].as_array().unwrap();
    assert!(figures.len() > 150, "{}", figures.len());
    for case in [
        "RC-S1-1", "LS-S-1", "HG-S-1", "ORD-S", "CV-S-1", "LST-S2", "MW-S-1", "SLA-S", "CAL-S", "CAN-S",
    ] {
        assert!(figures.iter().any(|figure| figure["case"] == case), "{case}");
    }
    let random = figures.iter().filter(|figure| !figure["z"].is_null());
    assert!(random.clone().count() > 80);
    for figure in random {
        assert!(figure["z"].as_f64().unwrap().abs() < 4.0, "{figure}");
    }
    assert_eq!(told["random_worlds"].as_array().unwrap().len(), 6);
    assert_eq!(told["determinism"].as_array().unwrap().len(), 3);
    let coverage = told["coverage"].as_array().unwrap();
    assert_eq!(coverage.len(), 6);
    // Of 100 studies 88 or fewer, or all but one, would be 3.2 standard errors off.
    for interval in coverage.iter().filter(|interval| interval["judged"] == true) {
        assert!(interval["covered"].as_f64().unwrap() > 0.88, "{interval}");
    }
}

#[test]
fn the_same_checks_give_the_same_appendix_on_any_number_of_threads() {
    let appendix = |threads: &str| {
        let words = [
            "verify",
            "--reps",
            "20",
            "--worlds",
            "2",
            "--format",
            "markdown",
            "--quiet",
            "--threads",
            threads,
        ];
        let done = answer(words);
        assert_eq!(done.code, 0, "{}{}", done.out, done.err);
        done.out
    };
    let one = appendix("1");
    assert_eq!(one, appendix("3"));
    assert!(one.starts_with("# Verification\n\npatchbench "), "{one}");
    assert!(
        one.contains("| F1 | RC-S1-1 | N=100 C=5 E=2 p=0.05 | nodes sent to | 60.25845 |"),
        "{one}"
    );
}
