//! One node and one patch.

use patchbench_scenario::SettingChoice;
use patchbench_study::explain::{Basis, NodeExplanation, Reason, Step, What};

use super::verdict::tally_text;
use super::{Line, chain, changed_settings, history, legend, paragraph, step_lines, verdict_text};

/// Openings that went alike are all shown up to this many in a row; so many such rows are shown.
const ALIKE: usize = 3;
const RUNS: usize = 6;

/// Why a node has a patch or not.
pub fn node_text(told: &NodeExplanation, settings: &[SettingChoice]) -> String {
    let mut text = String::new();
    paragraph(&verdict_text(told), &mut text);
    let history = history(told.replication, told.seed);
    let how_sure = if told.by_chance || told.later.is_some() {
        format!(
            "One history: {history}. --replication N tells another; `patchbench run` says how likely they are."
        )
    } else {
        "Chance plays no part in this: every replication says the same.".to_owned()
    };
    paragraph(&how_sure, &mut text);
    changed_settings(settings, &mut text);
    text.push('\n');
    chain(&lines(told), &mut text);
    let rules: Vec<Basis> = told.chain.iter().flat_map(|step| step.basis.clone()).collect();
    legend(&rules, settings, &mut text);
    text
}

fn lines(told: &NodeExplanation) -> Vec<Line> {
    let mut lines = Vec::new();
    let episodes: Vec<&[Step]> = told.chain.chunk_by(same_opening).collect();
    for block in episodes.chunk_by(|one, two| is_opening(one) == is_opening(two)) {
        let runs: Vec<&[&[Step]]> = block.chunk_by(|one, two| alike(one, two)).collect();
        if !is_opening(block[0]) || runs.len() <= RUNS {
            for run in &runs {
                run_lines(told, run, &mut lines);
            }
            continue;
        }
        let (before, rest) = runs.split_at(RUNS / 2);
        let (left, after) = rest.split_at(rest.len() - RUNS / 2);
        for run in before {
            run_lines(told, run, &mut lines);
        }
        lines.push(Line::new(None, between(&left.concat())));
        for run in after {
            run_lines(told, run, &mut lines);
        }
    }
    lines
}

/// Openings in a row that went alike: the first and the last of many tell the story.
fn run_lines(told: &NodeExplanation, run: &[&[Step]], lines: &mut Vec<Line>) {
    match run {
        [first, between @ .., last] if run.len() > ALIKE => {
            episode_lines(told, first, lines);
            let between = format!("… {} more openings like it …", between.len());
            lines.push(Line::new(None, between));
            episode_lines(told, last, lines);
        }
        few => few.iter().for_each(|episode| episode_lines(told, episode, lines)),
    }
}

/// The openings that are not shown.
fn between(openings: &[&[Step]]) -> String {
    let mut tally: Vec<(Reason, u32)> = Vec::new();
    for step in openings.iter().flat_map(|episode| episode.iter()) {
        let What::Opportunity(opportunity) = &step.what else {
            continue;
        };
        let Some(reason) = opportunity.reason else {
            continue;
        };
        match tally.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, count)) => *count += 1,
            None => tally.push((reason, 1)),
        }
    }
    tally.sort_by_key(|(reason, count)| (std::cmp::Reverse(*count), *reason));
    format!("… {} more openings: {} …", openings.len(), tally_text(&tally))
}

fn is_opening(episode: &[Step]) -> bool {
    matches!(episode, [step, ..] if matches!(step.what, What::Opportunity(_)))
}

/// The steps of one opening: it opens once, whatever the number of tasks.
fn episode_lines(told: &NodeExplanation, episode: &[Step], lines: &mut Vec<Line>) {
    for (number, step) in episode.iter().enumerate() {
        let own = step_lines(told, step);
        lines.extend(own.into_iter().skip(usize::from(number > 0)));
    }
}

fn same_opening(one: &Step, two: &Step) -> bool {
    match (&one.what, &two.what) {
        (What::Opportunity(one), What::Opportunity(two)) => {
            (&one.window, one.opened) == (&two.window, two.opened) && !one.is_skipped()
        }
        _ => false,
    }
}

/// Whether two openings of a window went the same way.
fn alike(one: &[Step], two: &[Step]) -> bool {
    let same = |(one, two): (&Step, &Step)| match (&one.what, &two.what) {
        (What::Opportunity(one), What::Opportunity(two)) => {
            (&one.window, &one.task, one.reason) == (&two.window, &two.task, two.reason)
                && std::mem::discriminant(&one.fate) == std::mem::discriminant(&two.fate)
        }
        _ => false,
    };
    one.len() == two.len() && one.iter().zip(two).all(same)
}
