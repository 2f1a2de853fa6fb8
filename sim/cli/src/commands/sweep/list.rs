//! `patchbench sweep --list`: how much there is to play, and how long it would take.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use patchbench_study::FIRST;

use super::play::{Source, levels, play};
use crate::terminal::Terminal;

/// Design points that are listed.
const POINTS: u64 = 20;
/// Designs that are tried, and replications of each.
const TRIED: u64 = 3;
const REPLICATIONS: u64 = 4;

pub(super) fn list(source: &Source<'_>, replications: u64, threads: usize, terminal: &mut Terminal) {
    let designs = source.designs.len();
    let precise = !source.study.precision.is_empty();
    let each = if precise {
        source.study.reps.unwrap_or(FIRST)
    } else {
        replications
    };
    let runs = designs.saturating_mul(each);
    let at_least = if precise { "at least " } else { "" };
    let time = tried(source).map_or_else(String::new, |(load, replication)| {
        let all = load * designs as f64 * 2.0 + replication * runs as f64;
        format!(
            "; {at_least}about {} on {}",
            span(all / threads as f64),
            counted(threads as u64, "thread")
        )
    });
    let mut text = format!(
        "{} x {at_least}{} = {at_least}{}{time}. Nothing played (--list).\n",
        counted(designs, "design"),
        counted(each, "replication"),
        counted(runs, "run"),
    );
    let out = source.designs.sorted_out();
    if let Some(condition) = source.sweep.condition() {
        let _ = writeln!(
            text,
            "where {condition}: {} left out",
            counted(out, "combination")
        );
    }
    for design in 0..designs.min(POINTS) {
        let _ = writeln!(text, "{design:>6}  {}", cut(&levels(source, design)));
    }
    if designs > POINTS {
        let _ = writeln!(text, "     …  and {} more", grouped(designs - POINTS));
    }
    terminal.answer(text);
}

/// Seconds to read a design, and to play one replication on one thread; from the first, the middle and the
/// last design.
fn tried(source: &Source<'_>) -> Option<(f64, f64)> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().ok()?;
    let last = source.designs.len().checked_sub(1)?;
    let (mut load, mut playing, mut played) = (Duration::ZERO, Duration::ZERO, 0);
    for number in 0..TRIED {
        let began = Instant::now();
        let scenario = source.sample(last * number / (TRIED - 1), REPLICATIONS)?;
        load += began.elapsed();
        let began = Instant::now();
        let (count, _) = pool.install(|| play(&scenario, None)).ok()?;
        playing += began.elapsed();
        played += count;
    }
    Some((
        load.as_secs_f64() / TRIED as f64,
        playing.as_secs_f64() / played.max(1) as f64,
    ))
}

/// A span in the unit that suits it.
fn span(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 1.0 => "a second".to_owned(),
        seconds if seconds < 120.0 => format!("{seconds:.0} s"),
        seconds if seconds < 7_200.0 => format!("{:.0} min", seconds / 60.0),
        seconds => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// A line within the screen.
fn cut(line: &str) -> String {
    const MOST: usize = 90;
    if line.chars().count() <= MOST {
        return line.to_owned();
    }
    line.chars().take(MOST - 1).chain(['…']).collect()
}

fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(count))
}

/// A whole number with its thousands set apart.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
