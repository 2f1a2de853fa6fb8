//! When each patch group gets an announced patch, on the screen.

use std::fmt::Write as _;

use patchbench_study::{Announced, ApprovalRow};

use crate::short_date;
use crate::text::aligned_with;
use crate::weekday_date_time;

/// Days of waiting for a window after the approval from which on a note is due.
const LONG: f64 = 1.0;

/// A row for each patch group: delay, approval, first window, and how old the patch is by then.
pub fn announced_text(rows: &[ApprovalRow], announced: &Announced) -> String {
    let mut text = format!(
        "a patch of severity {}, released {}\n",
        announced.severity,
        weekday_date_time(announced.released)
    );
    let head = [
        "group",
        "baseline",
        "delay",
        "approved",
        "first window",
        "age at window",
    ];
    let mut table = vec![head.map(str::to_owned).to_vec()];
    table.extend(rows.iter().map(cells));
    aligned_with(&table, 2..3, &mut text);
    for row in rows.iter().filter(|row| row.approved.is_none() || !row.candidate) {
        let _ = writeln!(text, "{}: not approved ({})", group(row), row.reason);
    }
    for row in rows {
        note(row, &mut text);
    }
    text
}

fn group(row: &ApprovalRow) -> &str {
    if row.group.is_empty() {
        "(no patch group)"
    } else {
        &row.group
    }
}

fn cells(row: &ApprovalRow) -> Vec<String> {
    let approved = row.approved.filter(|_| row.candidate);
    let days = |days: f64| format!("{days:.1} d");
    vec![
        group(row).to_owned(),
        row.baseline.clone(),
        approved.map_or_else(|| "–".to_owned(), |at| days((at - row.released).as_days_f64())),
        approved.map_or_else(|| "never".to_owned(), short_date),
        row.first_window.map_or_else(|| "none".to_owned(), short_date),
        row.first_window
            .map_or_else(|| "–".to_owned(), |at| days((at - row.released).as_days_f64())),
    ]
}

/// Where a group waits for its window after the approval.
fn note(row: &ApprovalRow, text: &mut String) {
    let Some((approved, opens)) = row.approved.zip(row.first_window) else {
        return;
    };
    let waits = (opens - approved).as_days_f64();
    if waits >= LONG {
        let (days, hours) = (waits.floor(), (waits.fract() * 24.0).round());
        let _ = writeln!(
            text,
            "note: {} waits {days:.0} d {hours:.0} h between approval and window; an earlier window would save that",
            group(row)
        );
    }
}
