//! What a change board wants to know first: whether assertions hold, when patches are there, and how likely
//! the error threshold stops a task.

use maud::{Markup, html};
use patchbench_study::{AssertionResult, CommandResult, PatchResult, StudyResults, Verdict};

use crate::chart::largest_groups;
use crate::text::{capital, counted, hours, observed, percent_interval, reached_at, whole};
use crate::{Report, weekday_date_time};

/// Groups and tasks that get a sentence.
const GROUPS: usize = 6;
const TASKS: usize = 4;

/// The section of a run.
pub(super) fn verdict(report: Report<'_>) -> Markup {
    let results = report.results;
    html! {
        p class={ "banner " (tone(&results.assertions)) } { (banner(&results.assertions)) }
        (assertions(&results.assertions))
        ul.headlines {
            @for group in largest_groups(report).into_iter().take(GROUPS) { (headline(report, group)) }
            @for command in worst(results) { (stop(report, command)) }
            @for patch in results.bad_patches.iter().take(2) { (bad_patch(patch)) }
        }
    }
}

/// The verdict in one line.
pub(super) fn banner(assertions: &[AssertionResult]) -> String {
    let count = |verdict: Verdict| assertions.iter().filter(|one| one.verdict == verdict).count();
    let of = assertions.len();
    match (count(Verdict::Fail), count(Verdict::Inconclusive)) {
        _ if of == 0 => "No assertion was made; these are the headline figures.".to_owned(),
        (0, 0) if of == 1 => "The assertion holds.".to_owned(),
        (0, 0) => format!("All {of} assertions hold."),
        (0, open) => format!(
            "{open} of {} cannot be decided yet.",
            counted(of, "assertion", "assertions")
        ),
        (failed, _) => format!("{failed} of {} fail.", counted(of, "assertion", "assertions"))
            .replace("1 of 1 assertion fail.", "The assertion fails."),
    }
}

/// How it looks.
pub(super) fn tone(assertions: &[AssertionResult]) -> &'static str {
    let any = |verdict: Verdict| assertions.iter().any(|one| one.verdict == verdict);
    if any(Verdict::Fail) {
        "bad"
    } else if any(Verdict::Inconclusive) {
        "open"
    } else if assertions.is_empty() {
        "plain"
    } else {
        "good"
    }
}

/// The assertions with their outcome, failed ones first.
pub(super) fn assertions(assertions: &[AssertionResult]) -> Markup {
    let mut sorted: Vec<&AssertionResult> = assertions.iter().collect();
    sorted.sort_by_key(|one| match one.verdict {
        Verdict::Fail => 0,
        Verdict::Inconclusive => 1,
        Verdict::Pass => 2,
    });
    html! {
        @if !sorted.is_empty() {
            ul.assertions {
                @for assertion in sorted {
                    li {
                        span class={ "badge " (word(assertion.verdict)) } { (word(assertion.verdict)) }
                        " " b { (assertion.name) } ": " (assertion.sentence) ". Observed: " (observed(assertion)) "."
                    }
                }
            }
        }
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// When a group's first and last patches are there.
fn headline(report: Report<'_>, group: usize) -> Markup {
    let results = report.results;
    let known = &results.groups[group];
    let offered: Vec<_> = results.offered(Some(group)).collect();
    let name = |patch: &PatchResult| patch.kb.clone().unwrap_or_else(|| patch.patch.clone());
    html! {
        li {
            b { (known.label()) } ", " (counted(known.nodes as usize, "node", "nodes")) ": "
            @match offered.as_slice() {
                [] => { "no patch is approved within the simulated period." }
                [(patch, approved), rest @ ..] => {
                    (name(patch)) " "
                    @if patch.drawn {
                        "is approved " (format!("{:.1}", (*approved - patch.released).as_days_f64())) " days after its release"
                    } @else {
                        "is approved on " b { (weekday_date_time(*approved)) }
                    }
                    @match patch.reached(95) {
                        Some(days) => {
                            "; 95 % of the nodes it applies to have it "
                            @if !patch.drawn { "by " }
                            b { (reached_at(patch, days.p50, weekday_date_time)) }
                            " in half of the replications, "
                            @if !patch.drawn { "by " }
                            b { (reached_at(patch, days.p95, weekday_date_time)) }
                            " in 95 % of them."
                        }
                        None => { "; no window installs it." }
                    }
                    @if let Some((last, at)) = rest.last() {
                        @if !last.drawn {
                            " " (counted(rest.len(), "more patch", "more patches")) " until " (weekday_date_time(*at)) "."
                        } @else {
                            " " (counted(rest.len(), "more patch", "more patches")) "."
                        }
                    }
                }
            }
        }
    }
}

/// Commands by how likely the error threshold stops them, one a task.
fn worst(results: &StudyResults) -> Vec<&CommandResult> {
    let installs = results
        .commands
        .iter()
        .filter(|command| command.operation == "Install");
    let mut sorted: Vec<&CommandResult> = installs.collect();
    sorted.sort_by(|one, other| other.stopped.share.total_cmp(&one.stopped.share));
    let mut worst: Vec<&CommandResult> = Vec::new();
    for command in sorted {
        let same = |known: &&CommandResult| (known.window, &known.task) == (command.window, &command.task);
        if worst.len() < TASKS && !worst.iter().any(same) {
            worst.push(command);
        }
    }
    worst
}

fn stop(report: Report<'_>, command: &CommandResult) -> Markup {
    let closes = report.plan.config.windows[command.window].surface.closes();
    html! {
        li {
            "The error threshold stops " b { (command.window_name) " / " (command.task) }
            " with a chance of " b { (percent_interval(&command.stopped)) }
            @if command.stopped.count > 0 {
                " (opening of " (weekday_date_time(command.opened)) ", the worst one"
            } @else {
                " (no opening in any replication"
            }
            "; it stops at error " (u64::from(command.max_errors) + 1) " of " (command.targets) " nodes)"
            @if command.stopped.count > 0 {
                ", after " (hours(command.stop_hours.p50)) " with " (whole(command.left_at_stop.p50)) " nodes left (medians)"
            }
            "."
            @if closes {
                " All its nodes start before the cutoff with a chance of " b { (percent_interval(&command.all_before_cutoff)) } "."
            }
        }
    }
}

fn bad_patch(patch: &patchbench_study::BadPatchResult) -> Markup {
    let name = patch.kb.as_deref().unwrap_or(&patch.patch);
    html! {
        li {
            "Where " b { (name) } " is bad (" (patch.replications) " replications), it reaches "
            (whole(patch.reached.p50)) " nodes and breaks " (whole(patch.broken.p50)) " (medians), " (whole(patch.reached.p95)) " and "
            (whole(patch.broken.p95)) " at the 95th percentile."
        }
    }
}

/// A phrase as a sentence.
pub(super) fn sentence(phrase: &str) -> String {
    let mut text = capital(&phrase.replace('`', ""));
    if !text.ends_with('.') {
        text.push('.');
    }
    text
}
