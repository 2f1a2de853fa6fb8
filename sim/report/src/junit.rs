//! Assertions as JUnit XML, which CI systems show as tests.

use patchbench_study::{AssertionResult, Verdict};
use quick_junit::{NonSuccessKind, Report as Suites, TestCase, TestCaseStatus, TestSuite};

use crate::text::observed;

/// A scenario or design whose assertions are told.
#[derive(Clone, Debug)]
pub struct JunitSuite<'a> {
    /// Its name.
    pub name: &'a str,
    /// Seed of all draws.
    pub seed: u64,
    /// Replications played.
    pub replications: u64,
    /// Hash of its scenario.
    pub scenario_hash: &'a str,
    /// Its assertions.
    pub assertions: &'a [AssertionResult],
}

/// JUnit XML: a suite for each scenario, a test for each assertion. What is inconclusive is skipped, or fails
/// where that is wanted. The same results give the same bytes: there are no times in it.
///
/// # Errors
/// When a text holds what XML cannot.
pub fn junit_xml(suites: &[JunitSuite<'_>], inconclusive_fails: bool) -> Result<String, String> {
    let mut report = Suites::new("patchbench");
    for suite in suites {
        let mut own = TestSuite::new(suite.name);
        own.add_property(("seed", suite.seed.to_string().as_str()));
        own.add_property(("replications", suite.replications.to_string().as_str()));
        own.add_property(("scenario_hash", suite.scenario_hash));
        for assertion in suite.assertions {
            let mut case = TestCase::new(assertion.name.as_str(), status(assertion, inconclusive_fails));
            case.set_classname(suite.name);
            own.add_test_case(case);
        }
        report.add_test_suite(own);
    }
    report.to_string().map_err(|error| error.to_string())
}

fn status(assertion: &AssertionResult, inconclusive_fails: bool) -> TestCaseStatus {
    let text = format!("{}; observed {}", assertion.sentence, observed(assertion));
    match assertion.verdict {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Inconclusive if !inconclusive_fails => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_type("inconclusive").set_message(text);
            skipped
        }
        verdict => {
            let mut failed = TestCaseStatus::non_success(NonSuccessKind::Failure);
            failed.set_type(verdict.as_str()).set_message(text);
            failed
        }
    }
}
