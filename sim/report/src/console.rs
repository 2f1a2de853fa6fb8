//! What a planner sees on the screen: at most 40 lines.

use std::fmt::Write as _;

use patchbench_kernel::SimTime;
use patchbench_model::config::Surface;
use patchbench_study::{
    AssertionResult, CommandResult, GroupResult, PatchResult, Reached, Summary, Verdict, View,
};

use crate::changes_text::change_lines;
use crate::faults_text::bad_patches_text;
use crate::precision_text::precision_lines;
use crate::text::{
    aligned, capital, counted, hours, is_constant, observed, percent, percent_interval, percent_of,
    reached_at, whole,
};
use crate::{Report, date_time, short_date, weekday_date_time};

/// Patch groups, and rows of a table, that are shown; the others are counted.
const GROUPS: usize = 4;
const ROWS: usize = 6;
/// Assertions that are shown: failed ones first.
const ASSERTIONS: usize = 6;

/// The summary of a run.
pub fn run_text(report: Report<'_>) -> String {
    let Report {
        scenario, results, ..
    } = report;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "{}: {}, seed {}, {} to {} (Z: UTC)",
        scenario.name,
        counted(results.replications as usize, "replication", "replications"),
        results.seed,
        date_time(scenario.config.start),
        date_time(scenario.config.horizon)
    );
    settings_line(report, &mut text);
    changes(report, &mut text);
    match results.groups.as_slice() {
        [group] => group_text(report, 0, group, &mut text),
        _ => groups_text(report, &mut text),
    }
    match headline_commands(report).as_slice() {
        [command] => {
            let surface = report.plan.config.windows[command.window].surface;
            command_text(command, surface, &mut text);
        }
        commands => tasks_table(report, commands, &mut text),
    }
    totals(report, &mut text);
    bad_patches_text(report, &mut text);
    assertions(report, &mut text);
    precision_lines(&results.precision, &mut text);
    text
}

/// So many nodes.
fn nodes(count: impl Into<u64>) -> String {
    counted(count.into() as usize, "node", "nodes")
}

fn more(text: &mut String, (count, shown): (usize, usize), what: &str, file: &str) {
    if count > shown {
        let _ = writeln!(text, "  … and {} more {what}: see {file}", count - shown);
    }
}

/// Dated changes, by name.
fn changes(report: Report<'_>, text: &mut String) {
    let lines = change_lines(&report.scenario.config);
    if lines.is_empty() {
        return;
    }
    text.push_str("Changes while the simulation runs:\n");
    for line in lines.iter().take(ROWS) {
        let _ = writeln!(text, "  {line}");
    }
    more(text, (lines.len(), ROWS), "changes", "summary.md");
}

/// Several patch groups: the first approved patch of each in four lines.
fn groups_text(report: Report<'_>, text: &mut String) {
    let results = report.results;
    for (index, group) in results.groups.iter().enumerate().take(GROUPS) {
        let own = || results.offered(Some(index));
        let Some((patch, approved)) = own().next() else {
            let (name, nodes) = (group.label(), nodes(group.nodes));
            let _ = writeln!(text, "\nPatch group {name} ({nodes}): no patch is approved");
            below_patches(report, index, text);
            continue;
        };
        let name = patch.kb.as_deref().unwrap_or(&patch.patch);
        let _ = writeln!(
            text,
            "\nPatch group {} ({}): {name} {}",
            group.label(),
            nodes(group.nodes),
            offered_line(patch, approved)
        );
        for (label, late) in [("median", false), ("p95", true)] {
            let _ = writeln!(text, "  {label:<6}  {}", shares_line(patch, late));
        }
        let (patches, typical) = (all_patches(report, index), typical(report, group));
        let _ = writeln!(text, "  {patches}: {typical}");
        below_patches(report, index, text);
    }
    more(
        text,
        (results.groups.len(), GROUPS),
        "patch groups",
        "patches.csv",
    );
}

/// When a patch came to be offered.
fn offered_line(patch: &PatchResult, approved: SimTime) -> String {
    if patch.drawn {
        let approved = match (approved - patch.released).as_days_f64() {
            waited if waited < 0.05 => "approved at once".to_owned(),
            waited => format!("approved {waited:.1} d after it"),
        };
        return format!("released on a date drawn in each replication, {approved}");
    }
    let opens = patch.first_window.map_or_else(|| "none".to_owned(), short_date);
    let (released, approved) = (short_date(patch.released), short_date(approved));
    format!("released {released}, approved {approved}, first window {opens}")
}

/// How many patches are approved for a group; where they are drawn, not all come in each replication.
fn all_patches(report: Report<'_>, group: usize) -> String {
    let results = report.results;
    let own = || results.offered(Some(group));
    let count = own().count();
    let before = if own().any(|(patch, _)| patch.replications < results.replications) {
        "up to "
    } else if count > 1 {
        "all "
    } else {
        ""
    };
    format!("{before}{}", counted(count, "approved patch", "approved patches"))
}

/// When a patch reached each share of the nodes.
fn shares_line(patch: &PatchResult, late: bool) -> String {
    let share = |reached: &Reached| {
        let days = if late { reached.days.p95 } else { reached.days.p50 };
        format!("{} % {}", reached.percent, reached_at(patch, days, short_date))
    };
    patch.reached.iter().map(share).collect::<Vec<_>>().join("   ")
}

/// Several tasks: one line each.
fn tasks_table(report: Report<'_>, commands: &[&CommandResult], text: &mut String) {
    let head = [
        "window / task",
        "opens",
        "nodes",
        "at once",
        "before cutoff",
        "last ends",
        "stops on",
        "chance",
        "left",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for command in commands.iter().take(ROWS) {
        rows.push(vec![
            format!("{} / {}", command.window_name, command.task),
            short_date(command.opened),
            command.targets.to_string(),
            command.max_concurrency.to_string(),
            if report.plan.config.windows[command.window].surface.closes() {
                let started = &command.sent_before_cutoff;
                format!("{} (p5 {})", whole(started.p50), whole(started.p05))
            } else {
                "–".to_owned()
            },
            hours(command.end_hours.p95),
            format!("error {}", u64::from(command.max_errors) + 1),
            percent(&command.stopped),
            whole(command.left_at_stop.p50),
        ]);
    }
    text.push('\n');
    aligned(&rows, text);
    more(text, (commands.len(), ROWS), "tasks", "tasks.csv");
    let _ = writeln!(
        text,
        "  before cutoff: nodes started by then, median; last ends: after opening, p95; left: nodes, median where it stops"
    );
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
    let patches: Vec<(&PatchResult, SimTime)> = report.results.offered(Some(index)).collect();
    let baselines = if group.baselines.is_empty() {
        "none".to_owned()
    } else {
        group.baselines.join(", ")
    };
    let _ = writeln!(
        text,
        "\nPatch group {}: {}, baseline {baselines}",
        group.label(),
        nodes(group.nodes)
    );
    let Some(first) = patches.first() else {
        let _ = writeln!(
            text,
            "  no patch is approved within the simulated period; `patchbench approvals` says why"
        );
        below_patches(report, index, text);
        return;
    };
    patch_text(group, *first, text);
    if patches.len() > 1 {
        let _ = writeln!(
            text,
            "  {}: {}",
            all_patches(report, index),
            typical(report, group)
        );
    }
    below_patches(report, index, text);
}

/// What holds for all patches of a group together.
fn below_patches(report: Report<'_>, index: usize, text: &mut String) {
    let lines = [
        never_offered_line(report, index),
        sla_line(report, index),
        compliance_line(report, index),
    ];
    for line in lines.into_iter().flatten() {
        let _ = writeln!(text, "  {line}");
    }
}

/// Patches that a successor, or the horizon, keeps from ever being offered.
fn never_offered_line(report: Report<'_>, group: usize) -> Option<String> {
    let own = report.results.patches.iter().filter(|patch| patch.group == group);
    let never: Vec<&PatchResult> = own.filter(|patch| patch.approved.is_none()).collect();
    let superseded = never.iter().filter(|patch| patch.superseded.is_some()).count();
    let patches = counted(superseded, "patch", "patches");
    (superseded > 0).then(|| format!("never offered, since superseded before approval: {patches}"))
}

/// How much is patched in time, by deadline.
fn sla_line(report: Report<'_>, group: usize) -> Option<String> {
    let group = report.results.groups[group].label();
    let rows = report
        .results
        .metrics
        .iter()
        .filter(|row| row.metric == "sla_attainment" && row.group == group && row.severity.is_empty());
    let shares = rows.filter_map(|row| Some(format!("{} {}", row.sla, percent_of(row.summary.mean?))));
    let shares: Vec<String> = shares.collect();
    (!shares.is_empty()).then(|| format!("patched within the deadline: {}", shares.join(", ")))
}

fn patch_text(group: &GroupResult, (patch, approved): (&PatchResult, SimTime), text: &mut String) {
    let kind: Vec<&str> = [patch.severity.as_deref(), patch.classification.as_deref()]
        .into_iter()
        .flatten()
        .collect();
    let name = patch.kb.as_deref().unwrap_or(&patch.patch);
    let _ = writeln!(text, "  {name} ({})", kind.join(", "));
    let waited = (approved - patch.released).as_days_f64();
    let (released, approval) = if patch.drawn {
        ("on a date drawn in each replication".to_owned(), String::new())
    } else {
        let approval = format!("{}   ", weekday_date_time(approved));
        (weekday_date_time(patch.released), approval)
    };
    let _ = writeln!(text, "    released      {released}");
    let _ = writeln!(text, "    approved      {approval}{waited:.1} d after release");
    match patch.first_window {
        Some(_) if patch.drawn => {}
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
    let on = format!("on {}", nodes(patch.nodes));
    let _ = writeln!(text, "    {on:<13} median                  95th percentile");
    for reached in &patch.reached {
        let days = &reached.days;
        let censored = if days.censored > 0 {
            format!(
                "   not by the end in {}",
                percent_of(days.censored as f64 / days.n as f64)
            )
        } else {
            String::new()
        };
        let (middle, late) = (
            reached_at(patch, days.p50, weekday_date_time),
            reached_at(patch, days.p95, weekday_date_time),
        );
        let _ = writeln!(
            text,
            "      {:>5}       {middle:<23} {late}{censored}",
            format!("{} %", reached.percent)
        );
    }
}

/// How compliant a group is over time: as AWS shows it, and as it is.
fn compliance_line(report: Report<'_>, group: usize) -> Option<String> {
    let mean = |view: View| report.results.mean_compliance(group, view).map(percent_of);
    let actual = mean(View::Actual)?;
    Some(match mean(View::Reported) {
        Some(reported) if report.results.offered(Some(group)).next().is_none() => {
            format!(
                "compliant nodes over time: {reported} as AWS shows it: what is not approved is not missing"
            )
        }
        Some(reported) => format!(
            "compliant nodes over time: {reported} as AWS shows it, {actual} in truth (have all that is approved)"
        ),
        None => format!(
            "compliant nodes over time: {actual} in truth (have all that is approved); none ever reports to AWS"
        ),
    })
}

/// The typical patch of a group, from the metrics.
fn typical(report: Report<'_>, group: &GroupResult) -> String {
    let metric = |name: &str| {
        let own = |row: &&patchbench_study::MetricRow| {
            row.metric == name && row.group == group.label() && row.severity.is_empty()
        };
        report.results.metrics.iter().find(own).map(|row| &row.summary)
    };
    let days = |summary: Option<&Summary>| {
        summary.and_then(|summary| summary.p50).map_or_else(
            || "not by the end".to_owned(),
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

fn command_text(command: &CommandResult, surface: Surface, text: &mut String) {
    let time = |at| date_time(at).split(' ').nth(1).unwrap_or_default().to_owned();
    let until = if surface.closes() {
        format!(
            " (cutoff {}, ends {})",
            time(command.cutoff),
            time(command.closes)
        )
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "\n{} {}, {}{until}, task {}: {} on {}, {} at once",
        capital(surface.noun()),
        command.window_name,
        weekday_date_time(command.opened),
        command.task,
        command.operation,
        nodes(command.targets),
        command.max_concurrency
    );
    let (p50, p95) = (hours(command.end_hours.p50), hours(command.end_hours.p95));
    let late = if surface.closes() {
        before_cutoff(command, text);
        format!("; after the window closed in {}", percent(&command.overran))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "  last node ends       {p50} after opening (median; p95 {p95}){late}"
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

/// How much of a command starts before its window's cutoff.
fn before_cutoff(command: &CommandResult, text: &mut String) {
    let started = &command.sent_before_cutoff;
    let spread = if is_constant(started) {
        String::new()
    } else {
        format!(" (median; p5 {})", whole(started.p05))
    };
    let all = percent(&command.all_before_cutoff);
    let median = whole(started.p50);
    let _ = writeln!(
        text,
        "  start before cutoff  {median} of {}{spread}; all of them in {all} of replications",
        command.targets
    );
    let late = command.sent.mean.zip(command.sent_before_cutoff.mean);
    if command.continues && late.is_some_and(|(sent, before)| sent > before) {
        let _ = writeln!(
            text,
            "    CONTINUE_TASK (the default) goes on with the others after the cutoff; CANCEL_TASK would leave them"
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
            "    {on} or more errors in {passed}; by formula {}, were all of {} sent to",
            percent_of(exact),
            nodes(command.targets)
        );
    }
    if command.stopped.count > 0 {
        let (at, left) = (hours(command.stop_hours.p50), whole(command.left_at_stop.p50));
        let worst = whole(command.left_at_stop.p95);
        let _ = writeln!(
            text,
            "    when it stops: {at} after opening, {left} nodes left (medians; p95 {worst})"
        );
    }
}

fn totals(report: Report<'_>, text: &mut String) {
    let openings = report
        .results
        .windows
        .iter()
        .filter(|window| window.frozen_by.is_none())
        .count();
    let stops: Vec<String> = report
        .results
        .metrics
        .iter()
        .filter(|row| row.metric == "stop" && !row.task.is_empty())
        .filter_map(|row| {
            row.proportion
                .as_ref()
                .map(|share| (row, percent_interval(share)))
        })
        .map(|(row, chance)| format!("{} in {chance}", row.task))
        .collect();
    let frozen = report.results.windows.len() - openings;
    if frozen > 0 {
        let names: Vec<&str> = report
            .scenario
            .config
            .freezes
            .iter()
            .map(|freeze| freeze.name.as_str())
            .collect();
        let _ = writeln!(
            text,
            "\n{frozen} openings fall into a change freeze: {}",
            names.join(", ")
        );
    }
    let _ = writeln!(
        text,
        "\nThe error threshold stops a task in at least one of {}, by share of replications (95 % interval):",
        counted(openings, "opening", "openings")
    );
    for stop in stops.iter().take(ROWS) {
        let _ = writeln!(text, "  {stop}");
    }
    more(text, (stops.len(), ROWS), "tasks", "metrics.csv");
    skipped(report, text);
}

/// Openings that do not take place, as the last one of their window is still in progress.
fn skipped(report: Report<'_>, text: &mut String) {
    let metrics = report.results.metrics.iter();
    let own = metrics.filter(|row| row.metric == "openings_skipped");
    let means = own.filter_map(|row| Some((row, row.summary.mean.filter(|mean| *mean > 0.0)?)));
    let windows: Vec<String> = means
        .map(|(row, mean)| format!("{} {mean:.1}", row.task))
        .collect();
    if windows.is_empty() {
        return;
    }
    let list = windows.iter().take(ROWS).cloned().collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        text,
        "Openings skipped, since the last one was still in progress (mean): {list}"
    );
    more(text, (windows.len(), ROWS), "windows", "windows.csv");
}

fn assertions(report: Report<'_>, text: &mut String) {
    let mut assertions: Vec<&AssertionResult> = report.results.assertions.iter().collect();
    assertions.sort_by_key(|assertion| assertion.verdict != Verdict::Fail);
    for assertion in assertions.iter().take(ASSERTIONS) {
        let mark = match assertion.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "INCONCLUSIVE",
        };
        let _ = writeln!(
            text,
            "{mark} {}: {}; observed {}",
            assertion.name,
            assertion.sentence,
            observed(assertion)
        );
    }
    more(text, (assertions.len(), ASSERTIONS), "assertions", "summary.json");
}
