//! A patch over the fleet: how many nodes passed each gate, and who is left where.

use std::fmt::Write as _;

use patchbench_model::world::WithdrawnBy;
use patchbench_scenario::SettingChoice;
use patchbench_study::explain::{Basis, Funnel, FunnelGroup, Left};

use super::verdict::reason_text;
use super::{WIDTH, changed_settings, count, history, legend, nodes, paragraph, wrap};
use crate::{short_date, weekday_date_time};

/// Rows of those who are left, and runs of names in a row.
const ROWS: usize = 8;
const RUNS: usize = 4;

/// How far a patch came in the fleet.
pub fn funnel_text(funnel: &Funnel, settings: &[SettingChoice]) -> String {
    let mut text = String::new();
    let sum = |of: fn(&FunnelGroup) -> u32| funnel.groups.iter().map(of).sum::<u32>();
    let (all, applicable, has) = (
        sum(|group| group.nodes),
        sum(|group| group.applicable),
        sum(FunnelGroup::has),
    );
    let patch = funnel.patches.first().map_or("", |patch| patch.short());
    let end = if funnel.at == funnel.horizon {
        ", the end of the simulated period"
    } else {
        ""
    };
    let applies = if applicable == all {
        String::new()
    } else {
        format!(" that it applies to ({all} in the fleet)")
    };
    let when = format!("by {}{end}", weekday_date_time(funnel.at));
    let history = history(funnel.replication, funnel.seed);
    let head = match applicable - has {
        0 if applicable == 0 => format!("{patch} applies to none of the {}.", count(all, "node")),
        0 => format!(
            "All {}{applies} have {patch} {when} ({history}).",
            count(applicable, "node")
        ),
        left => format!(
            "{has} of {}{applies} have {patch} {when}; {} without it ({history}).",
            count(applicable, "node"),
            if left == 1 {
                "1 is".to_owned()
            } else {
                format!("{left} are")
            },
        ),
    };
    paragraph(&head, &mut text);
    for (patch, at, by) in &funnel.withdrawn {
        let (patch, at) = (patch.short(), weekday_date_time(*at));
        let words = match by {
            WithdrawnBy::Vendor => format!("The vendor withdrew {patch} on {at}."),
            WithdrawnBy::Monitoring => {
                format!(
                    "Monitoring raised an alarm about {patch} on {at}: every baseline has rejected it since."
                )
            }
        };
        paragraph(&words, &mut text);
    }
    changed_settings(settings, &mut text);
    for group in &funnel.groups {
        group_text(group, &mut text);
    }
    let left = funnel.groups.iter().flat_map(|group| &group.left);
    let rules: Vec<Basis> = left.map(|left| left.reason.basis()).collect();
    if !rules.is_empty() {
        legend(&rules, settings, &mut text);
    }
    text
}

fn group_text(group: &FunnelGroup, text: &mut String) {
    let name = if group.group.is_empty() {
        "(no patch group)"
    } else {
        &group.group
    };
    let _ = writeln!(text, "\nPatch group {name}");
    for (baseline, says) in &group.baselines {
        paragraph(&format!("  baseline {baseline}: {says}"), text);
    }
    let mut row = |number: u32, what: &str| {
        let _ = writeln!(text, "  {number:>9}  {what}");
    };
    row(group.nodes, "nodes");
    row(group.applicable, "the patch applies to");
    if group.at_start > 0 {
        row(group.at_start, "had it from the start; of the others:");
    }
    row(
        group.approved,
        "approved for: itself, or a successor that replaces it",
    );
    row(group.targeted, "a task installs on");
    row(group.opened, "such a window opened after the approval");
    row(group.sent, "sent to");
    row(group.installed, &format!("installed on{}", inside(group)));
    row(group.has(), "have it");
    if group.broken > 0 {
        row(group.broken, "its fault showed on");
    }
    if !group.invocations.is_empty() {
        let list: Vec<String> = group
            .invocations
            .iter()
            .map(|(status, count)| format!("{count} {}", status.as_str()))
            .collect();
        let _ = writeln!(text, "  invocations that were to install it: {}", list.join(", "));
    }
    left_text(&group.left, text);
}

/// What was installed, where that was not the patch itself.
fn inside(group: &FunnelGroup) -> String {
    const SHOWN: usize = 3;
    let mut list: Vec<String> = group
        .inside
        .iter()
        .take(SHOWN)
        .map(|(patch, nodes)| format!("{} on {nodes}", patch.short()))
        .collect();
    if group.inside.len() > SHOWN {
        list.push("…".to_owned());
    }
    if list.is_empty() {
        String::new()
    } else {
        format!(": {}", list.join(", "))
    }
}

fn left_text(left: &[Left], text: &mut String) {
    let total: u32 = left.iter().map(|left| left.nodes.count).sum();
    if total == 0 {
        return;
    }
    let mut left: Vec<&Left> = left.iter().collect();
    left.sort_by_key(|left| std::cmp::Reverse(left.nodes.count));
    let _ = writeln!(text, "  {total} without it, by the last thing that kept them:");
    for one in left.iter().take(ROWS) {
        let opening = one.opening.as_ref().map_or_else(String::new, |(window, opens)| {
            format!(" ({window}, {})", short_date(*opens))
        });
        let words = format!(
            "{}{opening}: {} [{}]",
            reason_text(one.reason),
            nodes(&one.nodes, RUNS),
            one.reason.basis().section
        );
        let mut number = one.nodes.count.to_string();
        for line in wrap(&words, WIDTH - 11) {
            let _ = writeln!(text, "  {number:>9}  {line}");
            number.clear();
        }
    }
    if left.len() > ROWS {
        let rest: u32 = left[ROWS..].iter().map(|left| left.nodes.count).sum();
        let _ = writeln!(
            text,
            "  {rest:>9}  more in {} rows: see --format json",
            left.len() - ROWS
        );
    }
}
