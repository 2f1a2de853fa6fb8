//! What a planner sees on the screen: at most 40 lines.

use std::fmt::Write as _;

use patchbench_study::{ApprovalRow, CommandResult, GroupResult, PatchResult, Summary, Verdict};

use crate::text::{date_after, hours, is_constant, percent, percent_interval, percent_of, whole};
use crate::{Report, date_time, weekday_date_time};

/// Groups and windows that are shown in full; the others follow in one line.
const SHOWN: usize = 2;

/// The summary of a run.
pub fn run_text(report: Report<'_>) -> String {
    let Report {
        scenario, results, ..
    } = report;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {} replications, seed {}, {} to {}",
        scenario.name,
        results.replications,
        results.seed,
        date_time(scenario.config.start),
        date_time(scenario.config.horizon)
    );
    settings_line(report, &mut text);
    for (index, group) in results.groups.iter().enumerate().take(SHOWN) {
        group_text(report, index, group, &mut text);
    }
    more(&mut text, results.groups.len(), "patch groups", "patches.csv");
    let headline = headline_commands(report);
    for command in headline.iter().take(SHOWN) {
        command_text(command, &mut text);
    }
    more(&mut text, headline.len(), "tasks", "tasks.csv");
    totals(report, &mut text);
    assertions(report, &mut text);
    text
}

fn more(text: &mut String, count: usize, what: &str, file: &str) {
    if count > SHOWN {
        let _ = writeln!(text, "… and {} more {what}: see {file}", count - SHOWN);
    }
}

fn settings_line(report: Report<'_>, text: &mut String) {
    let changed = report
        .scenario
        .settings
        .iter()
        .filter(|setting| !setting.is_default);
    let list: Vec<String> = changed
        .map(|setting| {
            format!(
                "{} = {} (semantics {})",
                setting.name, setting.value, setting.section
            )
        })
        .collect();
    if !list.is_empty() {
        let _ = writeln!(text, "settings at other than their default: {}", list.join(", "));
    }
}

fn group_text(report: Report<'_>, index: usize, group: &GroupResult, text: &mut String) {
    let patches: Vec<&PatchResult> = report
        .results
        .patches
        .iter()
        .filter(|patch| patch.group == index)
        .collect();
    let baselines = if group.baselines.is_empty() {
        "none".to_owned()
    } else {
        group.baselines.join(", ")
    };
    let _ = writeln!(
        text,
        "\nPatch group {}: {} nodes, baseline {baselines}",
        group.label(),
        group.nodes
    );
    let Some(first) = patches.first() else {
        let _ = writeln!(
            text,
            "  no patch is approved within the simulated period; `patchbench approvals` says why"
        );
        return;
    };
    patch_text(group, first, text);
    if patches.len() > 1 {
        let _ = writeln!(
            text,
            "  all {} approved patches: {}",
            patches.len(),
            typical(report, group)
        );
    }
}

fn patch_text(group: &GroupResult, patch: &PatchResult, text: &mut String) {
    let kind: Vec<&str> = [patch.severity.as_deref(), patch.classification.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let name = patch.kb.as_deref().unwrap_or(&patch.patch);
    let _ = writeln!(text, "  {name} ({})", kind.join(", "));
    let waited = (patch.approved - patch.released).as_days_f64();
    let _ = writeln!(text, "    released      {}", weekday_date_time(patch.released));
    let _ = writeln!(
        text,
        "    approved      {}   {waited:.1} d after release",
        weekday_date_time(patch.approved)
    );
    match patch.first_window {
        Some(opens) => {
            let _ = writeln!(text, "    first window  {}", weekday_date_time(opens));
        }
        None if !group.installs && group.targeted => {
            let _ = writeln!(
                text,
                "    no task installs on this group: its scans report the patch as MISSING"
            );
            return;
        }
        None => {
            let _ = writeln!(text, "    no window installs on this group after the approval");
            return;
        }
    }
    let _ = writeln!(
        text,
        "    on {} nodes   median                  95th percentile",
        patch.nodes
    );
    for reached in &patch.reached {
        let days = &reached.days;
        let censored = if days.censored > 0 {
            format!(
                "   not within the horizon: {}",
                percent_of(days.censored as f64 / days.n as f64)
            )
        } else {
            String::new()
        };
        let (middle, late) = (
            date_after(patch.released, days.p50),
            date_after(patch.released, days.p95),
        );
        let _ = writeln!(
            text,
            "      {:>5}       {middle:<23} {late}{censored}",
            format!("{} %", reached.percent)
        );
    }
}

/// The typical patch of a group, from the metrics.
fn typical(report: Report<'_>, group: &GroupResult) -> String {
    let metric = |name: &str| {
        let own = |row: &&patchbench_study::MetricRow| {
            row.metric == name && row.group == group.name && row.severity.is_empty()
        };
        report.results.metrics.iter().find(own).map(|row| &row.summary)
    };
    let days = |summary: Option<&Summary>| {
        summary.and_then(|summary| summary.p50).map_or_else(
            || "not within the horizon".to_owned(),
            |days| format!("after {days:.1} d"),
        )
    };
    let exposure = metric("exposure").and_then(|summary| summary.mean).unwrap_or(0.0);
    format!(
        "typically 50 % {}, 95 % {}; exposure {exposure:.0} node-days",
        days(metric("time_to_coverage_50")),
        days(metric("time_to_coverage_95"))
    )
}

/// The commands worth a look: of each task the opening whose occupancy is recorded.
fn headline_commands(report: Report<'_>) -> Vec<&CommandResult> {
    let profiled = |command: &&CommandResult| {
        report.plan.profiled[command.window] == command.opening && command.targets > 0
    };
    report.results.commands.iter().filter(profiled).collect()
}

fn command_text(command: &CommandResult, text: &mut String) {
    let time = |at| date_time(at).split(' ').nth(1).unwrap_or_default().to_owned();
    let _ = writeln!(
        text,
        "\nWindow {}, {} (cutoff {}, ends {}), task {}: {} on {} nodes, {} at once",
        command.window_name,
        weekday_date_time(command.opened),
        time(command.cutoff),
        time(command.closes),
        command.task,
        command.operation,
        command.targets,
        command.max_concurrency
    );
    let started = &command.sent_before_cutoff;
    let spread = if is_constant(started) {
        String::new()
    } else {
        format!(" (p5 {})", whole(started.p05))
    };
    let all = percent(&command.all_before_cutoff);
    let median = whole(started.p50);
    let _ = writeln!(
        text,
        "  start before cutoff  {median} of {}{spread}; all of them in {all} of replications",
        command.targets
    );
    if command.continues && command.all_before_cutoff.count < command.all_before_cutoff.of {
        let _ = writeln!(
            text,
            "    CONTINUE_TASK (the default) goes on with the others after the cutoff; CANCEL_TASK would leave them"
        );
    }
    let late = percent(&command.overran);
    let (p50, p95) = (hours(command.end_hours.p50), hours(command.end_hours.p95));
    let _ = writeln!(
        text,
        "  last node ends       {p50} after opening (p95 {p95}); after the window closed in {late}"
    );
    threshold_text(command, text);
    if command.operation == "Scan" {
        let missing = command.reported_missing.mean.unwrap_or(0.0);
        let nodes = command.non_compliant.mean.unwrap_or(0.0);
        let _ = writeln!(
            text,
            "  reports              {missing:.1} patches MISSING, {nodes:.1} nodes non-compliant (mean)"
        );
    }
}

fn threshold_text(command: &CommandResult, text: &mut String) {
    let on = u64::from(command.max_errors) + 1;
    if command.max_errors >= command.targets {
        let _ = writeln!(
            text,
            "  error threshold      never stops: {} errors are allowed",
            command.max_errors
        );
        return;
    }
    let chance = percent_interval(&command.stopped);
    let _ = writeln!(
        text,
        "  error threshold      stops on error {on} in {chance} of replications"
    );
    if let Some(exact) = command.threshold_closed_form {
        let passed = percent(&command.threshold_passed);
        let _ = writeln!(
            text,
            "    {on} or more errors in {passed}; if all {} nodes are sent to, closed form {}",
            command.targets,
            percent_of(exact)
        );
    }
    if command.stopped.count > 0 {
        let (at, left) = (hours(command.stop_hours.p50), whole(command.left_at_stop.p50));
        let worst = whole(command.left_at_stop.p95);
        let _ = writeln!(
            text,
            "    when it stops: {at} after opening, {left} nodes left (p95 {worst})"
        );
    }
}

fn totals(report: Report<'_>, text: &mut String) {
    let openings = report.results.windows.len();
    let _ = writeln!(text, "\nOver all {openings} openings:");
    let stops = report.results.metrics.iter().filter(|row| row.metric == "stop");
    for row in stops.take(SHOWN) {
        if let Some(share) = &row.proportion {
            let chance = percent_interval(share);
            let _ = writeln!(
                text,
                "  {}: the error threshold stops at least one execution in {chance} of replications",
                row.task
            );
        }
    }
}

fn assertions(report: Report<'_>, text: &mut String) {
    for assertion in &report.results.assertions {
        let mark = match assertion.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "INCONCLUSIVE",
        };
        let observed = percent_interval(&assertion.observed);
        let _ = writeln!(
            text,
            "{mark} {}: {}; observed {observed} of {}",
            assertion.name, assertion.sentence, assertion.observed.of
        );
    }
}

/// The table of `patchbench approvals` for people.
pub fn approvals_text(rows: &[ApprovalRow]) -> String {
    let mut text = String::new();
    let mut group: Option<(&str, &str)> = None;
    let wide = rows
        .iter()
        .map(|row| row.patch.chars().count())
        .max()
        .unwrap_or(0)
        .clamp(8, 44);
    // By group for people; files keep the order of release.
    let mut rows: Vec<&ApprovalRow> = rows.iter().collect();
    rows.sort_by_key(|row| (&row.group, &row.baseline));
    for row in rows {
        if group != Some((&row.group, &row.baseline)) {
            group = Some((&row.group, &row.baseline));
            let name = if row.group.is_empty() {
                "(no patch group)"
            } else {
                &row.group
            };
            let _ = writeln!(
                text,
                "{}Patch group {name}, baseline {}",
                if text.is_empty() { "" } else { "\n" },
                row.baseline
            );
            let _ = writeln!(
                text,
                "  {:<wide$}  {:<17}  {:<17}  {:<17}  why",
                "patch", "released", "approved", "first window"
            );
        }
        let time = |at: Option<_>| at.map_or_else(|| "never".to_owned(), date_time);
        let approved = if row.candidate {
            time(row.approved)
        } else {
            "never".to_owned()
        };
        let opens = row.first_window.map_or_else(|| "–".to_owned(), date_time);
        let _ = writeln!(
            text,
            "  {:<wide$}  {:<17}  {approved:<17}  {opens:<17}  {}",
            row.patch,
            date_time(row.released),
            row.reason
        );
    }
    text
}
