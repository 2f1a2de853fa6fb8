//! Fitted behaviours as `[behavior.NAME]` tables, with a comment for what every value was made of, and
//! as JSON.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::toml::{comment, key, quoted};
use super::fit::{ENOUGH, Empirical, Fitted, From, Install, QUANTILES, Scan, Share, Summary, Times};
use super::observations::Group;
use crate::numbers::{counted, grouped};
use crate::problem::Sources;

/// A fitted patch group.
pub(super) struct Behavior<'a> {
    pub(super) name: String,
    pub(super) group: Option<&'a str>,
    pub(super) observed: &'a Group,
    pub(super) fitted: Fitted,
    /// The preset for what was not observed, and why it is that one.
    pub(super) preset: (&'static str, &'static str),
}

/// More files than these are only counted in a comment.
const MOST_FILES: usize = 5;

impl Behavior<'_> {
    /// The group in words.
    pub(super) fn title(&self) -> String {
        title(self.group)
    }

    /// The table.
    pub(super) fn table(&self, sources: &Sources) -> String {
        let (preset, why) = self.preset;
        let mut text = format!(
            "# {}: {}\n[behavior.{}]\npreset = {}  # {why}\n",
            comment(&self.title()),
            comment(&self.origin(sources)),
            key(&self.name),
            quoted(preset)
        );
        self.scan_time(&mut text);
        match &self.fitted.install {
            Some(install) => {
                text.push_str(&self.idle());
                install_time(&mut text, install, &self.fitted.scan);
            }
            None => text.push_str(
                "# assumed: no Install was observed, so install_time, reboot_time and failure are the preset's\n",
            ),
        }
        if let Some(failure) = self.fitted.failure {
            let timed_out = self
                .fitted
                .install
                .as_ref()
                .map_or(0, |install| install.times.timed_out);
            let what = match timed_out {
                0 => "Installs failed".to_owned(),
                _ => format!("Installs failed ({timed_out} of them by their timeout)"),
            };
            share_line(&mut text, "failure", failure, &what);
        }
        if let Some(failure) = self.fitted.scan_failure {
            share_line(&mut text, "scan_failure", failure, "Scans failed");
        }
        self.offline(&mut text);
        text
    }

    fn origin(&self, sources: &Sources) -> String {
        let group = self.observed;
        let names: Vec<&str> = group.files.iter().map(|file| sources.name(*file)).collect();
        let mut files = names[..names.len().min(MOST_FILES)].join(", ");
        if names.len() > MOST_FILES {
            let _ = write!(
                files,
                " and {} more",
                counted((names.len() - MOST_FILES) as u64, "file")
            );
        }
        let operations = group.scans.times.len() + group.installs.times.len();
        let period = group.period.map_or_else(String::new, |(first, last)| {
            format!(", {} to {}", first.format("%Y-%m-%d"), last.format("%Y-%m-%d"))
        });
        format!(
            "{} with a time on {}{period}, from {files}",
            counted(operations as u64, "operation"),
            counted(group.nodes.len() as u64, "node"),
        )
    }

    fn scan_time(&self, text: &mut String) {
        match (&self.fitted.scan, &self.fitted.install) {
            (Scan::Observed(times), _) => {
                let _ = writeln!(text, "# {}", observed(times, "Scan"));
                let _ = writeln!(text, "scan_time = {}", distribution(&times.observed));
            }
            (Scan::Assumed(ms), Some(_)) => {
                let _ = writeln!(
                    text,
                    "scan_time = {}  # assumed: no Scan was observed; taken off install_time",
                    quoted(&time(*ms))
                );
            }
            (Scan::Assumed(_), None) => {
                text.push_str("# assumed: no Scan was observed, so scan_time is the preset's\n");
            }
        }
    }

    /// What was left out of the Installs, or may be in them.
    fn idle(&self) -> String {
        match (self.observed.installs.idle, &self.fitted.scan) {
            (0, Scan::Assumed(_)) => {
                "# Without Scans nothing tells which Installs found nothing to install: they are among these.\n".to_owned()
            }
            (0, Scan::Observed(_)) => String::new(),
            (idle, _) => format!(
                "# Left out: {} that took no longer than 99 % of the Scans, as if nothing was to be installed.\n",
                counted(idle, "Install")
            ),
        }
    }

    fn offline(&self, text: &mut String) {
        let Some(share) = self.fitted.unreached else {
            return;
        };
        let said = format!(
            "{} of {} commands were not delivered{}{}",
            grouped(share.count),
            grouped(share.of),
            interval(share),
            lent(share.from)
        );
        // All of them is no share that nodes could come back from.
        if share.count == 0 || share.count == share.of {
            let _ = writeln!(text, "# offline: {said}");
            return;
        }
        let _ = writeln!(
            text,
            "offline = {{ share = {} }}  # {said}; how long nodes stay away is assumed",
            number(share.value())
        );
    }

    /// What was fitted, for programs.
    pub(super) fn json(&self, sources: &Sources) -> Value {
        let group = self.observed;
        let files: Vec<&str> = group.files.iter().map(|file| sources.name(*file)).collect();
        let instant =
            |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let scan = match &self.fitted.scan {
            Scan::Observed(times) => times_json(times),
            Scan::Assumed(_) => Value::Null,
        };
        let install = self.fitted.install.as_ref().map(|install| {
            let mut value = times_json(&install.times);
            value["simulated"] = summary_json(install.simulated);
            value["distance"] = json!(install.distance);
            value["left_out_as_idle"] = json!(group.installs.idle);
            value
        });
        json!({
            "patch_group": self.group,
            "behavior": self.name,
            "nodes": group.nodes.len(),
            "from": group.period.map(|(first, _)| instant(first)),
            "until": group.period.map(|(_, last)| instant(last)),
            "files": files,
            "scan_time": scan,
            "install_operation_time": install,
            "failure": self.fitted.failure.map(share_json),
            "scan_failure": self.fitted.scan_failure.map(share_json),
            "unreached": self.fitted.unreached.map(share_json),
        })
    }
}

/// A patch group in words.
pub(super) fn title(group: Option<&str>) -> String {
    group.map_or_else(
        || "Nodes without patch group".to_owned(),
        |group| format!("Patch group {group}"),
    )
}

fn install_time(text: &mut String, install: &Install, scan: &Scan) {
    let _ = writeln!(text, "# {}", observed(&install.times, "Install"));
    let with_scan = match scan {
        Scan::Observed(_) if install.distance > 1e-9 => {
            "what is left of them without the scan, of the same mean and variance"
        }
        _ => "what is left of them without the scan",
    };
    let [median, ninety, most] = install.simulated.quantiles.map(time);
    let _ = writeln!(
        text,
        "# install_time is {with_scan}. So a whole Install\n# has here mean {}, median {median}, 90 % {ninety}, 95 % {most}; {}",
        time(install.simulated.mean.round() as i64),
        if install.distance > 1e-9 {
            format!(
                "its cumulated distribution differs from the observed one by at most {:.3}",
                install.distance
            )
        } else {
            "its distribution is the observed one".to_owned()
        }
    );
    let _ = writeln!(text, "install_time = {}", distribution(&install.rest));
    text.push_str("reboot_time = \"0s\"  # assumed: the times above contain the reboots\n");
}

/// How times were observed.
fn observed(times: &Times, what: &str) -> String {
    let [median, ninety, most] = times.summary.quantiles.map(time);
    let mut text = format!(
        "{}: mean {}, median {median}, 90 % {ninety}, 95 % {most}, longest {}{}",
        counted(times.count as u64, what),
        time(times.summary.mean.round() as i64),
        time(times.summary.longest),
        lent(times.from),
    );
    if times.count < ENOUGH {
        let _ = write!(text, "; only {}", counted(times.count as u64, "observation"));
    }
    if times.timed_out > 0 {
        let _ = write!(
            text,
            "; {} ended by the timeout, which take at least that",
            times.timed_out
        );
    }
    if times.observed.different > times.observed.points.len() {
        let _ = write!(
            text,
            "; {} different values, cut down to {}",
            grouped(times.observed.different as u64),
            times.observed.points.len()
        );
    }
    text
}

const fn lent(from: From) -> &'static str {
    match from {
        From::Group => "",
        From::All => "; of all groups, as this one has fewer than 30",
    }
}

fn share_line(text: &mut String, name: &str, share: Share, what: &str) {
    let few = if share.of < ENOUGH as u64 {
        format!("; only {}", counted(share.of, "observation"))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "{name} = {}  # {} of {} {what}{}{}{few}",
        number(share.value()),
        grouped(share.count),
        grouped(share.of),
        interval(share),
        lent(share.from)
    );
}

fn interval(share: Share) -> String {
    let (low, high) = share.interval();
    format!("; 95 % interval {low:.4} to {high:.4} (Wilson)")
}

/// A share with a point, as TOML wants numbers.
fn number(value: f64) -> String {
    format!("{value:?}")
}

/// A time as scenarios write it, exact to the millisecond.
pub(super) fn time(ms: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(3_600_000, "h"), (60_000, "m"), (1_000, "s"), (1, "ms")];
    let mut text = String::new();
    let mut rest = ms;
    for (size, name) in UNITS {
        if rest >= size {
            let _ = write!(text, "{}{name}", rest / size);
            rest %= size;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Values on several lines; weights where values occur more than once.
fn distribution(of: &Empirical) -> String {
    let lines = |values: Vec<String>, per_line: usize| {
        let lines: Vec<String> = values
            .chunks(per_line)
            .map(|part| format!("    {},", part.join(", ")))
            .collect();
        format!("[\n{}\n  ]", lines.join("\n"))
    };
    let values = of.points.iter().map(|(value, _)| quoted(&time(*value))).collect();
    let mut text = format!("{{ empirical = {{ values = {}", lines(values, 8));
    if of.points.iter().any(|(_, weight)| *weight != of.points[0].1) {
        let weights = of.points.iter().map(|(_, weight)| weight.to_string()).collect();
        let _ = write!(text, ", weights = {}", lines(weights, 20));
    }
    text.push_str(" } }");
    text
}

fn times_json(times: &Times) -> Value {
    let mut value = summary_json(times.summary);
    value["n"] = json!(times.count);
    value["of"] = json!(whose(times.from));
    value["timed_out"] = json!(times.timed_out);
    value
}

fn summary_json(summary: Summary) -> Value {
    let seconds = |ms: i64| ms as f64 / 1_000.0;
    let mut value = json!({ "mean_seconds": summary.mean / 1_000.0 });
    for (share, ms) in QUANTILES.iter().zip(summary.quantiles) {
        value[format!("q{:.0}_seconds", share * 100.0)] = json!(seconds(ms));
    }
    value["longest_seconds"] = json!(seconds(summary.longest));
    value
}

fn share_json(share: Share) -> Value {
    let (low, high) = share.interval();
    json!({
        "count": share.count, "n": share.of, "of": whose(share.from),
        "share": share.value(), "interval_95": [low, high],
    })
}

const fn whose(from: From) -> &'static str {
    match from {
        From::Group => "group",
        From::All => "all groups",
    }
}
