//! `summary.md`: fits a pull request.

use std::fmt::Write as _;

use patchbench_kernel::SimTime;
use patchbench_study::{CommandResult, PatchResult, Verdict};

use crate::bounded::{bounded, table};
use crate::changes_text::change_lines;
use crate::faults_text::bad_patches_markdown;
use crate::text::{hours, observed, percent, reached_at, whole};
use crate::{Report, date_time, weekday_date_time};

/// Rows of a table that are written; more are counted.
pub(crate) const ROWS: usize = 60;

/// The summary as Markdown, below 60 kB.
pub fn summary_markdown(report: Report<'_>) -> String {
    let Report {
        scenario, results, ..
    } = report;
    let mut text = format!("# {}\n\n", escaped(&scenario.name));
    let _ = writeln!(
        text,
        "{} replications, seed {}, {} to {}. Scenario hash `{}`.\n",
        results.replications,
        results.seed,
        date_time(scenario.config.start),
        date_time(scenario.config.horizon),
        &scenario.hash[..12]
    );
    settings(report, &mut text);
    changes(report, &mut text);
    assertions(report, &mut text);
    patches(report, &mut text);
    bad_patches_markdown(report, &mut text, escaped);
    tasks(report, &mut text);
    bounded(text, "`summary.json` and the tables beside it")
}

/// Characters of a name or sentence; what is longer is no text that anybody reads in a table.
const LONGEST: usize = 1_000;

pub(crate) fn escaped(text: &str) -> String {
    let mut characters = text.chars();
    let mut shown: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
        .replace('|', "\\|")
        .replace('<', "&lt;")
        .replace(['\n', '\r'], " ")
}

/// A name in a table.
fn cell(name: &str) -> String {
    let name = escaped(name);
    name.chars().take(80).collect()
}

fn settings(report: Report<'_>, text: &mut String) {
    for setting in report
        .scenario
        .settings
        .iter()
        .filter(|setting| !setting.is_default)
    {
        let _ = writeln!(
            text,
            "- setting `{} = {}` (semantics, section {})",
            setting.name, setting.value, setting.section
        );
    }
    if report.scenario.settings.iter().any(|setting| !setting.is_default) {
        text.push('\n');
    }
}

fn changes(report: Report<'_>, text: &mut String) {
    let lines = change_lines(&report.scenario.config);
    if lines.is_empty() {
        return;
    }
    text.push_str("## Changes\n\n");
    for line in lines.iter().take(ROWS) {
        let _ = writeln!(text, "- {}", escaped(line));
    }
    if lines.len() > ROWS {
        let _ = writeln!(text, "- … and {} more", lines.len() - ROWS);
    }
    text.push('\n');
}

fn assertions(report: Report<'_>, text: &mut String) {
    if report.results.assertions.is_empty() {
        return;
    }
    text.push_str("## Assertions\n\n| outcome | assertion | observed |\n|---|---|---|\n");
    let mut shown: Vec<_> = report.results.assertions.iter().collect();
    // Of more than are written, what did not pass comes first.
    if shown.len() > ROWS {
        shown.sort_by_key(|assertion| match assertion.verdict {
            Verdict::Fail => 0,
            Verdict::Inconclusive => 1,
            Verdict::Pass => 2,
        });
    }
    for assertion in shown.into_iter().take(ROWS) {
        let mark = match assertion.verdict {
            Verdict::Pass => "✅ pass",
            Verdict::Fail => "❌ fail",
            Verdict::Inconclusive => "❔ inconclusive",
        };
        let name = escaped(&assertion.name);
        let sentence = escaped(&assertion.sentence);
        let _ = writeln!(text, "| {mark} | {name}: {sentence} | {} |", observed(assertion));
    }
    rest(report.results.assertions.len(), "summary.json", text);
}

fn patches(report: Report<'_>, text: &mut String) {
    let results = report.results;
    text.push_str("## Patches\n\n");
    if results.offered(None).next().is_none() {
        text.push_str("No patch is approved within the simulated period.\n\n");
        return;
    }
    let mut rows = String::from(
        "| group | patch | released | approved | first window | 50 % (median) | 95 % (median) | 95 % (p95) | 100 % (p95) |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for (patch, approved) in results.offered(None).take(ROWS) {
        patch_row(
            patch,
            approved,
            &cell(results.groups[patch.group].label()),
            &mut rows,
        );
    }
    let count = results.offered(None).count();
    rest(count, "patches.csv", &mut rows);
    table(&format!("{count} approvals"), count, &rows, text);
}

fn patch_row(patch: &PatchResult, approved: SimTime, group: &str, text: &mut String) {
    let date = |percent: u32, late: bool| {
        patch.reached(percent).map_or_else(String::new, |days| {
            let days = if late { days.p95 } else { days.p50 };
            reached_at(patch, days, weekday_date_time)
        })
    };
    let name = cell(patch.kb.as_deref().unwrap_or(&patch.patch));
    let [released, approved, opens] = if patch.drawn {
        let waited = (approved - patch.released).as_days_f64();
        ["drawn".to_owned(), format!("after {waited:.1} d"), String::new()]
    } else {
        let opens = patch.first_window.map_or_else(|| "none".to_owned(), date_time);
        [date_time(patch.released), date_time(approved), opens]
    };
    let _ = writeln!(
        text,
        "| {group} | {name} | {released} | {approved} | {opens} | {} | {} | {} | {} |",
        date(50, false),
        date(95, false),
        date(95, true),
        date(100, true)
    );
}

fn tasks(report: Report<'_>, text: &mut String) {
    text.push_str("## Tasks\n\n");
    let mut rows = String::from(
        "| window opens | task | targets | at once | stops on error | start before cutoff (median) | chance of a stop | nodes left at stop (median) | last node ends (p95) |\n|---|---|---|---|---|---|---|---|---|\n",
    );
    for command in report.results.commands.iter().take(ROWS) {
        task_row(command, &mut rows);
    }
    let count = report.results.commands.len();
    rest(count, "tasks.csv", &mut rows);
    table(&format!("{count} executions of tasks"), count, &rows, text);
}

fn task_row(command: &CommandResult, text: &mut String) {
    let _ = writeln!(
        text,
        "| {} | {} / {} | {} | {} | {} | {} | {} | {} | {} |",
        date_time(command.opened),
        cell(&command.window_name),
        cell(&command.task),
        command.targets,
        command.max_concurrency,
        u64::from(command.max_errors) + 1,
        whole(command.sent_before_cutoff.p50),
        percent(&command.stopped),
        whole(command.left_at_stop.p50),
        hours(command.end_hours.p95)
    );
}

/// How many rows were left out, and where they are.
pub(crate) fn rest(count: usize, file: &str, text: &mut String) {
    if count > ROWS {
        let _ = writeln!(text, "\n{} more rows in `{file}`.", count - ROWS);
    }
    text.push('\n');
}
