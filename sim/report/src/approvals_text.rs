//! The table of `patchbench approvals` on the screen.

use std::fmt::Write as _;

use patchbench_study::ApprovalRow;

use crate::date_time;

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
