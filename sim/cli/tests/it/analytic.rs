//! The published analytic cases as a user would check them: a scenario file, the command, and a figure of its
//! answer or of its tables.

use std::path::Path;

use patchbench_study::verify::Experiment;
use patchbench_study::verify::rate_control::{
    Limits, Ties, affected_first, batches, canary, distinct_completions, doomed_nodes,
};
use patchbench_study::verify::stage::RELEASE_FILE;
use patchbench_study::verify::streams::{days_to_opening, share_in_time};
use patchbench_study::verify::times::{equal_installs_in_windows, exponential_installs, jobs};
use serde_json::Value;

use crate::binary::{answer, root};

struct Case {
    id: String,
    parameters: Value,
    expected: f64,
    tolerance: f64,
}

impl Case {
    fn whole(&self, key: &str) -> u64 {
        let number = self.parameters[key].as_f64();
        number.unwrap_or_else(|| panic!("{}: {key} is no number", self.id)) as u64
    }

    fn number(&self, key: &str) -> f64 {
        self.parameters[key]
            .as_f64()
            .unwrap_or_else(|| panic!("{}: {key} is no number", self.id))
    }

    fn limits(&self, failure: f64) -> Limits {
        Limits::new(
            self.whole("targets"),
            self.whole("max_concurrency"),
            self.whole("max_errors"),
            failure,
        )
    }

    /// The scenario of the case, by its own parameters.
    fn experiment(&self) -> Experiment {
        let seconds = |key| self.whole(key) as i64;
        match self.id.as_str() {
            "RC-S1-1" | "RC-S1-2" => {
                distinct_completions(self.limits(self.number("p_fail")), seconds("duration_s"))
            }
            "LS-S-1" => batches(
                self.limits(self.number("p_fail")),
                seconds("duration_s"),
                Ties::CompletionsFirst,
            ),
            "HG-S-1" => doomed_nodes(
                self.limits(0.0),
                self.whole("doomed_nodes"),
                seconds("duration_s"),
            ),
            "ORD-S" => {
                let (concurrency, errors) = (self.whole("max_concurrency"), self.whole("max_errors"));
                affected_first(self.whole("targets"), 60, concurrency, errors)
            }
            "CV-S-1" => exponential_installs(
                self.whole("targets"),
                self.whole("max_concurrency"),
                seconds("duration_s"),
            ),
            "LST-S2" => {
                let lengths = self.parameters["jobs_s"].as_array().unwrap().iter();
                let lengths: Vec<i64> = lengths.map(|length| length.as_i64().unwrap()).collect();
                jobs(self.whole("max_concurrency") as usize, &lengths)
            }
            "MW-S-1" | "MW-S-2" => {
                assert_eq!(self.whole("window_period_s"), 7 * 86_400);
                equal_installs_in_windows(
                    self.whole("targets"),
                    self.whole("max_concurrency"),
                    self.whole("duration_s"),
                    (self.whole("window_length_s"), self.whole("cutoff_s")),
                )
            }
            "SLA-S" => {
                assert_eq!(self.whole("window_period_days"), 7);
                share_in_time(
                    200,
                    seconds("approval_delay_days"),
                    self.number("p_success_per_window"),
                    seconds("sla_days"),
                )
            }
            "CAL-S" => days_to_opening(),
            "CAN-S" => canary(
                self.whole("targets"),
                self.whole("affected_nodes"),
                self.whole("canary_size"),
                self.number("manifest_prob"),
            ),
            other => panic!("no scenario plays case {other}"),
        }
    }

    /// How many replications are enough, and the tolerance of their mean.
    fn precision(&self) -> (u64, f64) {
        let deviation = self.parameters["sd_per_rep"].as_f64();
        match (self.id.as_str(), deviation) {
            // A replication holds 5,600 nodes and patches; the tolerance is that of 20,000.
            ("SLA-S", _) => (20, self.tolerance),
            (_, Some(deviation)) => {
                let replications = 1_000;
                (
                    replications,
                    4.0 * deviation / (self.expected.abs() * 1_000f64.sqrt()),
                )
            }
            (_, None) => (1, self.tolerance),
        }
    }

    /// The figure, from what the command says.
    fn figure(&self, said: &Said) -> f64 {
        match self.id.as_str() {
            "RC-S1-1" | "LS-S-1" | "HG-S-1" => said.mean_sent(),
            "RC-S1-2" => said.task("threshold_passed"),
            "CAN-S" => said.share_sent(self.whole("canary_size")),
            "ORD-S" => said.task("errors_mean"),
            // From the release at noon to the opening at midnight are 43,200 s.
            "CV-S-1" => said.metric("time_to_coverage_90") * 86_400.0 - 43_200.0,
            "LST-S2" => said.metric("window_makespan") * 3_600.0,
            "MW-S-1" => said.metric("openings_installing"),
            "MW-S-2" => said.makespan_over_windows(self.whole("max_concurrency")),
            "SLA-S" => said.metric("sla_attainment"),
            other => panic!("no figure is read for case {other}"),
        }
    }
}

/// The whole list, where it is at hand.
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn listed() -> Vec<Case> {
    let path = root().join("../shared/conformance/analytic_cases.csv");
    if !path.exists() {
        eprintln!("skipped: {} not found", path.display());
        return Vec::new();
    }
    let mut reader = csv::Reader::from_path(path).unwrap();
    let case = |row: csv::StringRecord| Case {
        id: row[0].to_owned(),
        parameters: serde_json::from_str(&row[2]).unwrap(),
        expected: row[4].parse().unwrap(),
        tolerance: row[5].parse().unwrap(),
    };
    reader.records().map(|row| case(row.unwrap())).collect()
}

/// What the command answered and wrote.
struct Said {
    summary: Value,
    /// Invocations sent, by replication.
    sent: Vec<f64>,
}

impl Said {
    fn of(folder: &Path, replications: u64) -> Self {
        let (file, out) = (folder.join("case.toml"), folder.join("result"));
        let number = replications.to_string();
        let words = [
            "run",
            file.to_str().unwrap(),
            "--reps",
            &number,
            "--format",
            "json",
        ];
        let done = answer(
            words
                .into_iter()
                .chain(["--quiet", "--out", out.to_str().unwrap()]),
        );
        assert_eq!(done.code, 0, "{}", done.err);
        let mut reader = csv::Reader::from_path(out.join("replications.csv")).unwrap();
        let column = reader
            .headers()
            .unwrap()
            .iter()
            .position(|name| name == "sent")
            .unwrap();
        let sent = reader.records().map(|row| row.unwrap()[column].parse().unwrap());
        Self {
            sent: sent.collect(),
            summary: serde_json::from_str(&done.out).unwrap(),
        }
    }

    fn mean_sent(&self) -> f64 {
        self.sent.iter().sum::<f64>() / self.sent.len() as f64
    }

    fn share_sent(&self, nodes: u64) -> f64 {
        let all = self.sent.iter().filter(|sent| **sent == nodes as f64).count();
        all as f64 / self.sent.len() as f64
    }

    /// A figure of the only task in its only opening.
    fn task(&self, column: &str) -> f64 {
        let tasks = self.summary["tasks"].as_array().unwrap();
        assert_eq!(tasks.len(), 1);
        tasks[0][column].as_f64().unwrap()
    }

    fn metric(&self, name: &str) -> f64 {
        let metrics = self.summary["metrics"].as_array().unwrap();
        let own = metrics.iter().find(|row| row["metric"] == name);
        own.unwrap_or_else(|| panic!("there is no metric {name}"))["distribution"]["estimate"]
            .as_f64()
            .unwrap()
    }

    /// Seconds from the first opening until all nodes have the patch. All times of the scenario are doubled;
    /// in the last opening, nodes that have it already pass in front, a millisecond each.
    fn makespan_over_windows(&self, slots: u64) -> f64 {
        let mut tasks = self.summary["tasks"].as_array().unwrap().iter();
        let installing = |task: &&Value| task["installed_mean"].as_f64().unwrap() > 0.0;
        let last = tasks.rfind(installing).unwrap();
        let patched = last["targets"].as_f64().unwrap() - last["installed_mean"].as_f64().unwrap();
        let passing = (patched / slots as f64).ceil() / 1000.0;
        let first = &self.summary["patches"][0]["first_window"];
        assert_eq!(self.summary["tasks"][0]["opened"], *first);
        let (opened, released) = (instant(first), instant(&self.summary["patches"][0]["released"]));
        let from_release = self.metric("time_to_coverage_100") * 86_400.0;
        (from_release - (opened - released) - passing) / 2.0
    }
}

/// Seconds since the epoch.
fn instant(text: &Value) -> f64 {
    let at = chrono::DateTime::parse_from_rfc3339(text.as_str().unwrap()).unwrap();
    at.timestamp_millis() as f64 / 1000.0
}

fn write(folder: &Path, experiment: &Experiment) {
    let stage = experiment.stage(0);
    std::fs::write(folder.join("case.toml"), stage.text()).unwrap();
    std::fs::write(folder.join(RELEASE_FILE), stage.release_file()).unwrap();
}

/// Mean days from the releases of 2024 to the first window after their approval.
fn days_by_approvals(folder: &Path) -> f64 {
    let file = folder.join("case.toml");
    let done = answer(["approvals", file.to_str().unwrap(), "--format", "json", "--quiet"]);
    assert_eq!(done.code, 0, "{}", done.err);
    let said: Value = serde_json::from_str(&done.out).unwrap();
    let rows = said["approvals"].as_array().unwrap().iter();
    let of_the_year = |row: &&Value| {
        let (patch, released) = (row["patch"].as_str().unwrap(), row["released"].as_str().unwrap());
        patch.contains("cumulative") && released.starts_with("2024")
    };
    let waits: Vec<f64> = rows
        .filter(of_the_year)
        .map(|row| (instant(&row["first_window"]) - instant(&row["released"])) / 86_400.0)
        .collect();
    assert_eq!(waits.len(), 12);
    waits.iter().sum::<f64>() / 12.0
}

#[test]
#[expect(clippy::print_stderr, reason = "what waits is said aloud")]
fn listed_cases_come_out_of_the_command_as_computed() {
    for case in listed() {
        if case.id == "LAT-S" {
            eprintln!("waits: LAT-S counts faults as errors that show after their slot was freed");
            continue;
        }
        let experiment = case.experiment();
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &experiment);
        let (replications, tolerance) = case.precision();
        let figure = if case.id == "CAL-S" {
            days_by_approvals(folder.path())
        } else {
            case.figure(&Said::of(folder.path(), replications))
        };
        let off = (figure - case.expected).abs() / case.expected.abs();
        assert!(
            off <= tolerance,
            "{}: {figure} instead of {}, tolerance {tolerance}",
            case.id,
            case.expected
        );
    }
}

#[test]
fn the_command_verifies_what_is_listed() {
    for case in listed().iter().filter(|case| case.id != "LAT-S") {
        let experiments = patchbench_study::verify::experiments();
        let mut figures = experiments
            .iter()
            .flat_map(|one| one.figures.iter().map(move |f| (one, f)));
        let known = figures.find(|(_, figure)| figure.case == Some(case.id.as_str()));
        let (experiment, figure) = known.unwrap_or_else(|| panic!("{} is not verified", case.id));
        let off = (figure.exact - case.expected).abs() / case.expected.abs();
        assert!(
            off <= 1e-11,
            "{}: {} instead of {}",
            case.id,
            figure.exact,
            case.expected
        );
        assert_eq!(experiment.setting, case.experiment().setting, "{}", case.id);
    }
}
