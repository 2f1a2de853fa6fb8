//! `patchbench status`

use std::fmt::Write as _;
use std::time::{Duration, SystemTime};

use patchbench_report::{command_text, short_plan};

use super::index::list_text;
use super::missing::{Overview, overview};
use super::store::Store;
use crate::args::Status;
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(in crate::commands) fn status(arguments: &Status, terminal: &mut Terminal) -> Exit {
    let store = Store::new(&arguments.folder);
    let told = overview(&store, terminal, |overview| text(overview, &store));
    told.map_or_else(
        |exit| exit,
        |text| {
            terminal.answer(text);
            Exit::Fine
        },
    )
}

/// Characters that the list of missing shards may take.
const WIDTH: usize = 80;

fn text(overview: &Overview, store: &Store) -> String {
    let plan = &overview.plan;
    let chunks = overview.work.chunks();
    let open: u64 = overview.open.iter().map(|range| range.end - range.start).sum();
    let done = chunks - open;
    let missing = overview.missing(plan.shards);
    let used = (0..plan.shards)
        .filter(|shard| !overview.work.shard(*shard, plan.shards).is_empty())
        .count();
    let mut text = format!(
        "plan     {}: patchbench {}\n",
        short_plan(&plan.plan),
        command_text(&plan.words)
    );
    let (round, before) = overview.round;
    if round > 0 {
        let _ = writeln!(
            text,
            "round    {}; {before} chunks in the rounds before",
            round + 1
        );
    }
    let _ = writeln!(
        text,
        "shards   {} of {used} done; {done} of {chunks} chunks of {} replications ({:.1} %), {} parts",
        used - missing.len(),
        plan.chunk,
        100.0 * done as f64 / chunks.max(1) as f64,
        overview.parts,
    );
    if !missing.is_empty() {
        let names = list_text(&missing);
        let end = names
            .match_indices(',')
            .map(|(at, _)| at)
            .take_while(|at| *at < WIDTH)
            .last();
        let _ = match end.filter(|_| names.len() > WIDTH) {
            Some(end) => writeln!(text, "missing  {}, and more: `patchbench missing`", &names[..end]),
            None => writeln!(text, "missing  {names}"),
        };
    }
    if overview.wrong > 0 {
        let _ = writeln!(
            text,
            "damaged  {} files are no parts of it: `patchbench merge` names them",
            overview.wrong
        );
    }
    text + &outlook(overview, store, (done, open))
}

/// When it may be done, by the pace from the plan to the last part.
fn outlook(overview: &Overview, store: &Store, (done, open): (u64, u64)) -> String {
    if overview.complete {
        return format!(
            "next     patchbench merge {}\n",
            command_text(&[store.folder.display().to_string()])
        );
    }
    let times = store.times().filter(|_| done > 0 && overview.round.0 == 0);
    let took = times.and_then(|(began, last)| {
        let took = last.duration_since(began).ok()?;
        Some((took, SystemTime::now().duration_since(last).ok()?))
    });
    let Some((took, idle)) = took else {
        return String::new();
    };
    let left = took.as_secs_f64() / done as f64 * open as f64;
    format!(
        "left     about {} at the pace so far; the last part came {} ago\n",
        words(Duration::from_secs_f64(left.min(1e12))),
        words(idle)
    )
}

/// A span in its two largest units.
fn words(span: Duration) -> String {
    let seconds = span.as_secs();
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}
