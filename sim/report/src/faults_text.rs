//! What the screen and `summary.md` say of bad patches.

use std::fmt::Write as _;

use patchbench_study::{BadPatchResult, MetricRow};

use crate::tables::censored_share;
use crate::text::{percent_interval, percent_of, whole};
use crate::{Report, date_time};

/// Tasks whose stops are shown.
const TASKS: usize = 2;

/// A few lines for the screen; nothing where no patch can be bad.
pub(crate) fn bad_patches_text(report: Report<'_>, text: &mut String) {
    let metric = |name: &str| report.results.metrics.iter().find(|row| row.metric == name);
    let Some((bad, escapes)) = metric("bad_patches").zip(metric("escapes")) else {
        return;
    };
    let mean = |row: &MetricRow| row.summary.mean.unwrap_or(0.0);
    let _ = writeln!(
        text,
        "\nBad patches: {:.2} a replication, {:.2} of them approved before they are withdrawn or repaired",
        mean(bad),
        mean(escapes)
    );
    if let Some(line) = toll_line(&metric) {
        let _ = writeln!(text, "  {line}");
    }
    let times = [
        ("first symptom", "time_to_first_symptom"),
        ("alarm", "time_to_detection"),
    ];
    let times: Vec<String> = times
        .into_iter()
        .filter_map(|(what, name)| time(what, metric(name)?))
        .collect();
    if !times.is_empty() {
        let _ = writeln!(text, "  {}", times.join("; "));
    }
    for row in report
        .results
        .metrics
        .iter()
        .filter(|row| row.metric == "true_stop")
        .take(TASKS)
    {
        let _ = writeln!(text, "  {}", stops_line(report, row));
    }
}

fn toll_line<'a>(metric: &impl Fn(&str) -> Option<&'a MetricRow>) -> Option<String> {
    let (reached, broken) = (metric("blast_radius")?, metric("nodes_broken")?);
    let share = |name: &str| Some(percent_of(metric(name)?.summary.mean?));
    Some(format!(
        "the worst reaches {} nodes (median; p95 {}) and breaks {} (p95 {});\n  on average it breaks {} of the \
         fleet, {} of the nodes that it could",
        whole(reached.summary.p50),
        whole(reached.summary.p95),
        whole(broken.summary.p50),
        whole(broken.summary.p95),
        share("broken_share_of_fleet")?,
        share("broken_share_of_class")?
    ))
}

/// How long it takes, where a bad patch reached any node.
fn time(what: &str, row: &MetricRow) -> Option<String> {
    let summary = &row.summary;
    if summary.n == 0 {
        return None;
    }
    let middle = summary.p50.map_or_else(
        || "not by the end".to_owned(),
        |days| format!("{days:.1} d after release"),
    );
    let never = percent_of(censored_share(summary));
    Some(format!("{what} {middle} (median; never in {never})"))
}

/// Whether the threshold tells bad patches from good ones.
fn stops_line(report: Report<'_>, true_stop: &MetricRow) -> String {
    let mut rows = report.results.metrics.iter();
    let false_stop = rows.find(|row| row.metric == "false_stop" && row.task == true_stop.task);
    let chance = |row: Option<&MetricRow>| {
        let share = row.and_then(|row| row.proportion).filter(|share| share.of > 0);
        share.map_or_else(|| "–".to_owned(), |share| percent_interval(&share))
    };
    format!(
        "error threshold stops {}: with a bad patch in {}, without one in {}",
        true_stop.task,
        chance(Some(true_stop)),
        chance(false_stop)
    )
}

/// The table of `summary.md`.
pub(crate) fn bad_patches_markdown(report: Report<'_>, text: &mut String, escaped: fn(&str) -> String) {
    let bad = &report.results.bad_patches;
    if bad.is_empty() {
        return;
    }
    text.push_str("## Bad patches\n\n| patch | released | bad in | approved before withdrawal or repair | nodes reached (mean) | nodes broken (mean, p95) | of the fleet | of those it could break | first symptom (median, days) | alarm (median, days) |\n|---|---|---|---|---|---|---|---|---|---|\n");
    for bad in bad.iter().take(crate::markdown::ROWS) {
        row(bad, text, escaped);
    }
    crate::markdown::rest(bad.len(), "bad_patches.csv", text);
}

fn row(bad: &BadPatchResult, text: &mut String, escaped: fn(&str) -> String) {
    let name = bad.kb.as_deref().unwrap_or(&bad.patch);
    let name: String = escaped(name).chars().take(80).collect();
    let days = |summary: &patchbench_study::Summary| match (summary.n, summary.p50) {
        (0, _) => "–".to_owned(),
        (_, Some(days)) => format!("{days:.1}"),
        (_, None) => "never".to_owned(),
    };
    let mean = |summary: &patchbench_study::Summary| {
        summary
            .mean
            .map_or_else(|| "–".to_owned(), |mean| format!("{mean:.1}"))
    };
    let share = |summary: &patchbench_study::Summary| summary.mean.map_or_else(|| "–".to_owned(), percent_of);
    let _ = writeln!(
        text,
        "| {name} | {} | {} | {} | {} | {}, {} | {} | {} | {} | {} |",
        date_time(bad.released),
        bad.replications,
        percent_interval(&bad.escaped),
        mean(&bad.reached),
        mean(&bad.broken),
        whole(bad.broken.p95),
        share(&bad.share_of_fleet),
        share(&bad.share_of_class),
        days(&bad.symptom_days),
        days(&bad.alarm_days)
    );
}
