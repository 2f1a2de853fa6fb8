//! Patch groups without a baseline, baselines that approve nothing or too late.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_kernel::SimTime;
use patchbench_model::clock::date_time;
use patchbench_model::config::ModelConfig;
use patchbench_model::ssm::OperatingSystem;
use patchbench_model::world::{Catalog, Class, ClassPatch, InForce, Plan};

use super::{MOST, Placed};
use crate::codes;
use crate::numbers::counted;
use crate::problem::{Problem, Severity};
use crate::read::{Place, Problems};
use crate::suggest::nearest;

/// Patch groups that no baseline is registered for. Returns the registered groups that were
/// probably meant.
pub(super) fn patch_groups<'c>(
    problems: &Problems,
    config: &'c ModelConfig,
    placed: &Placed<'_>,
) -> BTreeSet<&'c str> {
    let mut all_meant = BTreeSet::new();
    // A group that a change registers in time is no oversight.
    let later = config.changes.iter().flat_map(|change| &change.registrations);
    let registered: BTreeSet<(&str, OperatingSystem)> = config
        .registrations
        .iter()
        .chain(later)
        .map(|known| {
            (
                known.patch_group.as_str(),
                config.baselines[known.baseline].operating_system,
            )
        })
        .collect();
    let mut unregistered: BTreeMap<(&str, OperatingSystem), (u64, usize)> = BTreeMap::new();
    for (index, pool) in config.pools.iter().enumerate() {
        let group = pool.patch_group.as_deref();
        if let Some(group) = group.filter(|_| pool.policy_baseline.is_none()) {
            let key = (group, pool.operating_system);
            if !registered.contains(&key) {
                unregistered.entry(key).or_insert((0, index)).0 += u64::from(pool.count);
            }
        }
    }
    let more = unregistered.len().saturating_sub(MOST);
    for (number, ((group, os), (nodes, pool))) in unregistered.iter().take(MOST).enumerate() {
        let default = config
            .default_baselines
            .iter()
            .find(|(of, _)| of == os)
            .map_or("none", |(_, index)| &config.baselines[*index].name);
        let message = format!(
            "patch group \"{group}\" is registered with no {os} baseline; its {} use the default baseline {default}",
            counted(*nodes, "node")
        );
        let meant = nearest(group, registered.iter().map(|(known, _)| *known)).filter(|meant| meant != group);
        all_meant.extend(meant);
        let mut problem = Problem::warning(codes::GROUP_WITHOUT_BASELINE, message)
            .at(placed.pools[*pool].clone())
            .note("tag values are compared exactly")
            .meant(meant);
        if number + 1 == MOST && more > 0 {
            problem = problem.note(format!("and {} more", counted(more as u64, "patch group")));
        }
        problems.push(problem);
    }
    regrouped(problems, config, placed, &registered);
    all_meant
}

/// Patch groups that changes put nodes into and that no baseline is ever registered for.
fn regrouped(
    problems: &Problems,
    config: &ModelConfig,
    placed: &Placed<'_>,
    registered: &BTreeSet<(&str, OperatingSystem)>,
) {
    let mut told = BTreeSet::new();
    for (change, place) in config.changes.iter().zip(placed.changes) {
        for retagged in &change.pools {
            let Some(group) = retagged.patch_group.as_deref() else {
                continue;
            };
            let pool = &config.pools[retagged.pool];
            let key = (group, pool.operating_system);
            if pool.policy_baseline.is_some()
                || registered.contains(&key)
                || told.len() == MOST
                || !told.insert(key)
            {
                continue;
            }
            let message = format!(
                "patch group \"{group}\" is registered with no {} baseline; the nodes of pool \"{}\" use the default baseline from {} on",
                pool.operating_system, pool.name, change.at
            );
            problems.push(
                Problem::warning(codes::GROUP_WITHOUT_BASELINE, message)
                    .at(place.clone())
                    .note("tag values are compared exactly")
                    .meant(nearest(group, registered.iter().map(|(known, _)| *known))),
            );
        }
    }
}

/// Baselines that no node uses, unless a misspelt patch group is the reason.
pub(super) fn unused(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>, meant: &BTreeSet<&str>) {
    let mut used: BTreeSet<usize> = plan.classes.iter().flat_map(Class::baselines).collect();
    let versions = plan.versions.iter().flatten();
    let tasks = versions.flat_map(|version| &version.window.tasks);
    used.extend(tasks.flat_map(|task| &task.overrides.baselines));
    let registered = plan.config.registrations.iter();
    let misspelt: BTreeSet<usize> = registered
        .filter(|known| meant.contains(known.patch_group.as_str()))
        .map(|known| known.baseline)
        .collect();
    for (index, place) in placed.baselines.iter().enumerate() {
        if !used.contains(&index) && !misspelt.contains(&index) {
            let message = format!("no node uses baseline \"{}\"", plan.config.baselines[index].name);
            let problem = Problem::warning(codes::UNUSED, message).at(place.clone());
            problems.push(problem.help("register it for a patch group of the nodes, or make it the default"));
        }
    }
}

/// Nodes whose baseline has sources, but none for their product: every run fails on them.
pub(super) fn sources(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>) {
    let lacking = |class: &Class| (0..=class.later.len()).find(|era| class.lacks_source_in(*era));
    let classes = plan.classes.iter().enumerate();
    let classes = classes.filter_map(|(index, class)| Some((index, class, lacking(class)?)));
    for (index, class, era) in classes.take(MOST) {
        let Some(baseline) = class.baseline_in(era) else {
            continue;
        };
        let from = era.checked_sub(1).map(|later| class.later[later].from);
        let message = format!(
            "baseline \"{}\" lists sources, but none for {}: every run fails on {}{}",
            plan.config.baselines[baseline].name,
            class.product.as_deref().unwrap_or_default(),
            counted(u64::from(class.nodes), "node"),
            from.map_or_else(String::new, |from| format!(" from {from} on"))
        );
        let pool = plan.pool_class.iter().position(|class| *class == index);
        let nodes = pool.map_or((0, 0..0), |pool| placed.pools[pool].clone());
        let place = placed.baseline(plan.config, baseline).unwrap_or(&nodes).clone();
        problems.push(
            Problem::warning(codes::NO_SOURCE, message)
                .at(place)
                .at(nodes)
                .help("name the product, or \"*\", in a source"),
        );
    }
}

/// Looks at every baseline and the patches it meets.
pub(super) fn baselines(problems: &Problems, plan: &Plan<'_>, placed: &Placed<'_>, catalog: &Catalog) {
    let mut judged: BTreeMap<usize, Vec<(usize, InForce<'_>)>> = BTreeMap::new();
    for (class, known) in plan.classes.iter().enumerate() {
        for now in catalog.eras(class) {
            if let Some(baseline) = known.baseline_in(now.era) {
                judged.entry(baseline).or_default().push((class, now));
            }
        }
    }
    for (baseline, judged) in judged {
        // AWS's own baselines stand nowhere: what they do is told where their nodes are.
        let place = placed.baseline(plan.config, baseline).or_else(|| {
            let of_baseline = |class: &usize| judged.iter().any(|(known, _)| known == class);
            let pool = plan.pool_class.iter().position(of_baseline)?;
            placed.pools.get(pool)
        });
        let met: Vec<Met<'_>> = judged
            .iter()
            .flat_map(|(_, now)| now.class.patches.iter().map(move |known| (known, *now)))
            .collect();
        let place = place.cloned().unwrap_or((0, 0..0));
        approves_nothing(problems, plan, baseline, &met, &place);
        starvation(problems, (plan, catalog), baseline, &met, place);
    }
}

/// A patch as a baseline judges it, and while it does.
type Met<'a> = (&'a ClassPatch, InForce<'a>);

fn approves_nothing(problems: &Problems, plan: &Plan<'_>, baseline: usize, met: &[Met<'_>], place: &Place) {
    let patches: BTreeSet<usize> = met.iter().map(|(known, _)| known.patch).collect();
    if patches.is_empty() || met.iter().any(|(known, _)| known.verdict.approval.is_ok()) {
        return;
    }
    let message = format!(
        "baseline \"{}\" approves none of the {} released patches that apply to its nodes",
        plan.config.baselines[baseline].name,
        patches.len()
    );
    let problem = Problem::warning(codes::APPROVES_NOTHING, message).at(place.clone());
    problems.push(problem.note("`patchbench approvals` says for each patch which filter does not match"));
}

/// Patches whose successor comes before their approval: with a delay longer than the time between
/// successors nothing is ever installed.
fn starvation(
    problems: &Problems,
    (plan, catalog): (&Plan<'_>, &Catalog),
    baseline: usize,
    met: &[Met<'_>],
    place: Place,
) {
    let (start, horizon) = (plan.config.start, plan.config.horizon);
    let mut superseded: BTreeSet<usize> = BTreeSet::new();
    let mut starved: BTreeMap<usize, (SimTime, SimTime)> = BTreeMap::new();
    for (known, now) in met {
        let (Some(at), Ok(approval)) = (known.superseded_at, &known.verdict.approval) else {
            continue;
        };
        if (start..=horizon).contains(&at) && (now.from..now.until).contains(&at) {
            superseded.insert(known.patch);
            if known.candidate.is_none() {
                starved.insert(known.patch, (approval.at, at));
            }
        }
    }
    let released = |patch: &usize| catalog.patches[*patch].visible_from();
    let Some((first, (approved, replaced))) = starved.iter().min_by_key(|(patch, _)| released(patch)) else {
        return;
    };
    // Repairs a few days after a release are the rule: that alone starves nobody.
    let severity = if starved.len() * 2 >= superseded.len() {
        Severity::Warning
    } else {
        Severity::Note
    };
    let message = format!(
        "baseline \"{}\" approves {} of {} too late: a successor is released before the delay ends",
        plan.config.baselines[baseline].name,
        starved.len(),
        counted(superseded.len() as u64, "superseded patch")
    );
    let patch = &catalog.patches[*first];
    let name = patch.kb.as_ref().unwrap_or(&patch.id);
    let problem = Problem::new(codes::STARVES, severity, message)
        .at(place)
        .note(format!(
            "the first is {name}: released {}, superseded {}, approved only {}",
            date_time(released(first)),
            date_time(*replaced),
            date_time(*approved)
        ));
    let gaps = starved
        .iter()
        .map(|(patch, (_, at))| (*at - released(patch)).as_days_f64());
    let shortest = gaps.fold(f64::INFINITY, f64::min).ceil() as i64 - 1;
    problems.push(if severity == Severity::Warning && shortest >= 0 {
        problem.help(format!(
            "a delay of at most {shortest} days approves each of them in time"
        ))
    } else {
        problem
    });
}
