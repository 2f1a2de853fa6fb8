//! Large texts for the importers: the time they take grows with their size, not with its square.

use std::time::{Duration, Instant};

use patchbench_scenario::{Imported, NoFiles, import_answers_texts, import_commands_text};

/// Far more than is needed, and far less than it would take with the square of the size.
const ENOUGH: Duration = Duration::from_secs(15);

fn in_time(import: impl FnOnce() -> Imported) -> Imported {
    let start = Instant::now();
    let imported = import();
    assert!(start.elapsed() < ENOUGH, "{:?}", start.elapsed());
    imported
}

#[test]
fn what_is_left_out_has_its_line_however_much_it_is() {
    let many = 200_000;
    let text = "{\"Unknown\": []}\n".repeat(many);
    let imported =
        in_time(|| import_answers_texts(&[("a.json", &text), ("b.json", "\n{\"Unknown\": []}")], true));
    assert_eq!(imported.dropped.len(), many + 1);
    assert!(imported.dropped[many - 1].starts_with(&format!("a.json:{many}: ")));
    assert!(imported.dropped[many].starts_with("b.json:2: "));
}

#[test]
fn curly_quotes_without_end_on_one_line() {
    let many = 400_000;
    let text = format!("aws ssm create-maintenance-window --name {}\n", "“”".repeat(many));
    let imported = in_time(|| import_commands_text("runbook.txt", &text, &NoFiles));
    assert!(imported.scenario.is_none() && imported.problems.len() > 100_000);
}

#[test]
fn a_mistake_every_few_bytes_fills_no_memory() {
    let text = format!("aws ssm create-maintenance-window {}\n", "--a ".repeat(500_000));
    let imported = in_time(|| import_commands_text("runbook.txt", &text, &NoFiles));
    assert!(imported.scenario.is_none());
    assert_eq!(imported.problems.len(), 200_000);
}
