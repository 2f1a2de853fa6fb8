//! Sizes that would exhaust memory or time, estimated before anything of the kind is built.

use std::collections::{BTreeMap, BTreeSet};

use patchbench_model::catalog::{Patch, PatchSet, ReleaseStream};
use patchbench_model::clock::to_utc;
use patchbench_model::config::{Change, ModelConfig, window_periods};
use patchbench_model::ssm::OperatingSystem;
use patchbench_model::world::{
    COVERAGE_SAMPLES, Catalog, ClassPatch, CommandRecord, Course, CoverageRecord, Measure, Plan, RunRecord,
    Standing, Swing, WindowRecord, WindowVersion,
};

use super::Placed;
use crate::codes;
use crate::numbers::{counted, grouped, memory};
use crate::problem::Problem;
use crate::read::{Problems, months_between};
use crate::scenario::Limits;

/// Texts and lists of a patch beside the patch itself.
const PATCH_TEXTS: u64 = 200;

/// Lists of a patch as a kind of node meets it.
const CLASS_PATCH_LISTS: u64 = 150;

/// What the patches of a scenario need.
pub(super) struct CatalogSize {
    patches: u64,
    /// Patches summed over the kinds of nodes that they apply to.
    class_patches: u64,
    /// Bytes of all of it.
    bytes: u64,
}

/// Refuses what must not be built. `None` when something was refused.
pub(super) fn before_the_plan(
    problems: &Problems,
    config: &ModelConfig,
    placed: &Placed<'_>,
    limits: &Limits,
) -> Option<CatalogSize> {
    let openings = changes_fit(problems, config, placed) && openings_fit(problems, config, placed, limits);
    let size = catalog_size(config);
    if size.bytes > limits.max_catalog_bytes {
        let message = format!(
            "{} patches, met by all kinds of nodes, would need about {}; the limit is {}",
            grouped(size.patches),
            memory(size.bytes),
            memory(limits.max_catalog_bytes)
        );
        let place = placed.releases.first().cloned().unwrap_or((0, 0..0));
        problems.push(
            Problem::error(codes::SIZE, message)
                .at(place)
                .note("kinds of nodes differ in patch group, system, product or applications; long chains of supersedence add to it")
                .help("keep the patches of the simulated period, or fewer patch groups"),
        );
        return None;
    }
    let drawn = flaws_fit(problems, config, placed, &size);
    (openings && drawn).then_some(size)
}

/// Draws of every replication of whether a patch is bad, and whom it breaks; more are refused.
const MOST_FLAW_DRAWS: u64 = 20_000_000;

/// Looks whether drawing the bad patches takes a sensible time.
fn flaws_fit(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>, size: &CatalogSize) -> bool {
    let processes = config.faults.bad_patches.iter();
    let each: u64 = processes.map(|process| 1 + process.affects.len() as u64).sum();
    let draws = size.patches.saturating_mul(each);
    if draws <= MOST_FLAW_DRAWS {
        return true;
    }
    let message = format!(
        "{} and {} with all that they affect would be {} draws in each replication; the limit is {}",
        counted(size.patches, "patch"),
        counted(config.faults.bad_patches.len() as u64, "[bad_patches] table"),
        grouped(draws),
        grouped(MOST_FLAW_DRAWS)
    );
    let place = placed.releases.first().cloned().unwrap_or((0, 0..0));
    problems.push(
        Problem::error(codes::SIZE, message)
            .at(place)
            .help("keep the patches of the simulated period, or fewer [bad_patches.…] tables"),
    );
    false
}

/// Looks whether there is room for what is kept of every node and bad patch while a replication runs: two
/// bits.
pub(super) fn bad_patches(
    problems: &Problems,
    plan: &Plan<'_>,
    catalog: &Catalog,
    placed: &Placed<'_>,
    limits: &Limits,
) {
    let bad = catalog.flaws.chunk_by(|one, next| one.patch == next.patch);
    let bad = bad.count() as u64;
    let nodes = u64::from(plan.nodes());
    let bytes = bad.saturating_mul(nodes.div_ceil(4));
    if bytes <= limits.max_catalog_bytes {
        return;
    }
    let message = format!(
        "{} bad patches and {} nodes would need about {} in each thread; the limit is {}",
        grouped(bad),
        grouped(nodes),
        memory(bytes),
        memory(limits.max_catalog_bytes)
    );
    let place = placed.releases.first().cloned().unwrap_or((0, 0..0));
    problems.push(
        Problem::error(codes::SIZE, message)
            .at(place)
            .help("let fewer patches be bad, or simulate fewer nodes"),
    );
}

/// Counts openings without going on for ever.
fn openings_fit(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>, limits: &Limits) -> bool {
    let (start, end) = (to_utc(config.start), to_utc(config.horizon));
    let mut total = 0u64;
    for (window, places) in placed.windows.iter().enumerate() {
        let most = limits.max_openings + 1 - total;
        let mut last = start;
        let periods = window_periods(config, window);
        let in_force = periods.iter().filter(|period| period.window.enabled);
        let open = in_force.flat_map(|period| {
            let before = to_utc(period.from) - chrono::TimeDelta::milliseconds(1);
            let activation = to_utc(period.activation);
            let until = to_utc(period.until);
            let open = period.window.schedule.openings(activation, before);
            open.take_while(move |opening| opening.at <= end && opening.at < until)
        });
        let seen = open.take(most as usize).inspect(|opening| last = opening.at);
        let count = seen.count() as u64;
        total += count;
        if total > limits.max_openings {
            let (passed, whole) = ((last - start).num_seconds(), (end - start).num_seconds());
            let estimate = u128::from(count) * u128::from(whole.unsigned_abs().max(1))
                / u128::from(passed.unsigned_abs().max(1));
            let message = format!(
                "window \"{}\" opens about {} times in the simulated period; the limit is {} openings of all windows together",
                config.windows[window].name,
                grouped(estimate as u64),
                grouped(limits.max_openings)
            );
            let problem = Problem::error(codes::SIZE, message).at(places.window.clone());
            problems.push(problem.help("shorten the horizon, or let the window open less often"));
            return false;
        }
    }
    true
}

/// Changes and pools whose product is larger are refused: targets and baselines are worked out anew
/// for every pool at every change.
const MOST_RECONSIDERED: u64 = 50_000_000;

/// Looks whether what the changes ask for is sensible.
fn changes_fit(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) -> bool {
    let pools = (config.pools.len() as u64).saturating_mul(config.windows.len().max(1) as u64);
    let asked = pools.saturating_mul(config.changes.len() as u64);
    let Some(place) = placed.changes.first().filter(|_| asked > MOST_RECONSIDERED) else {
        return true;
    };
    let message = format!(
        "{} of {} of unlike nodes and {} would be {} targets to work out; the limit is {}",
        counted(config.changes.len() as u64, "change"),
        counted(config.pools.len() as u64, "pool"),
        counted(config.windows.len() as u64, "window"),
        grouped(asked),
        grouped(MOST_RECONSIDERED)
    );
    problems.push(Problem::error(codes::SIZE, message).at(place.clone()));
    false
}

/// Patches of one system, product and set, and how many pairs their supersedence makes.
type Buckets<'a> = BTreeMap<(OperatingSystem, PatchSet, Option<&'a str>), (u64, u64)>;

fn catalog_size(config: &ModelConfig) -> CatalogSize {
    let mut buckets = Buckets::new();
    for stream in &config.releases {
        count_stream(stream, &mut buckets);
    }
    let patches: u64 = buckets.values().map(|(patches, _)| patches).sum();
    let mut groups = BTreeSet::new();
    let mut classes = BTreeSet::new();
    for pool in &config.pools {
        groups.insert(&pool.patch_group);
        classes.insert((
            &pool.patch_group,
            pool.operating_system,
            &pool.product,
            &pool.applications,
        ));
    }
    let (mut class_patches, mut pairs) = (0u64, 0u64);
    // Every change that brings a class another baseline has it judge the patches anew.
    let baselines = |change: &&Change| {
        let other = change.registrations != config.registrations
            || change.default_baselines != config.default_baselines;
        other || !change.pools.is_empty()
    };
    let eras = 1 + config.changes.iter().filter(baselines).count() as u64;
    for (_, os, product, applications) in &classes {
        let (applicable, replaced) = applicable(&buckets, *os, product.as_deref(), applications);
        class_patches = class_patches.saturating_add(applicable.saturating_mul(eras));
        pairs = pairs.saturating_add(replaced.saturating_mul(eras));
    }
    let bytes = (patches.saturating_mul(size_of::<Patch>() as u64 + PATCH_TEXTS))
        .saturating_add(class_patches.saturating_mul(size_of::<ClassPatch>() as u64 + CLASS_PATCH_LISTS))
        .saturating_add(pairs.saturating_mul(4))
        .saturating_add((groups.len() as u64).saturating_mul(patches).saturating_mul(8));
    CatalogSize {
        patches,
        class_patches,
        bytes,
    }
}

/// Patches and pairs that a kind of node meets.
fn applicable(
    buckets: &Buckets<'_>,
    os: OperatingSystem,
    product: Option<&str>,
    applications: &[String],
) -> (u64, u64) {
    let one = |set: PatchSet, product: Option<&str>| buckets.get(&(os, set, product)).copied();
    let mut found: Vec<(u64, u64)> = Vec::new();
    if let Some(product) = product {
        let own = [one(PatchSet::Os, Some(product)), one(PatchSet::Os, None)];
        found.extend(own.into_iter().flatten());
    } else {
        let all = buckets.range((os, PatchSet::Os, None)..);
        let own = all.take_while(|((of, set, _), _)| (*of, *set) == (os, PatchSet::Os));
        found.extend(own.map(|(_, size)| *size));
    }
    for application in applications {
        found.extend(one(PatchSet::Application, Some(application)));
    }
    if !applications.is_empty() {
        found.extend(one(PatchSet::Application, None));
    }
    found.iter().fold((0, 0), |(patches, pairs), (more, replaced)| {
        (patches.saturating_add(*more), pairs.saturating_add(*replaced))
    })
}

fn count_stream<'a>(stream: &'a ReleaseStream, buckets: &mut Buckets<'a>) {
    let mut add = |key, patches: u64, pairs: u64| {
        let bucket = buckets.entry(key).or_default();
        *bucket = (bucket.0.saturating_add(patches), bucket.1.saturating_add(pairs));
    };
    match stream {
        ReleaseStream::Recorded { patches, .. } => {
            let pairs = pairs_of_each(patches);
            for patch in patches {
                let key = (patch.operating_system, patch.patch_set, patch.product.as_deref());
                add(key, 1, pairs);
            }
        }
        ReleaseStream::PatchTuesday(stream) => {
            let months = months_between(stream.from, stream.until);
            let repairs = u64::from(stream.out_of_band.is_some());
            let a_month = stream.updates.len() as u64 + repairs;
            let cumulative = stream.updates.iter().filter(|update| update.cumulative).count() as u64;
            for product in &stream.products {
                let key = (stream.operating_system, PatchSet::Os, Some(product.as_str()));
                let chain = (cumulative + repairs).saturating_mul(months);
                add(key, a_month * months, chain.saturating_mul(months));
            }
        }
        ReleaseStream::Compound(_) | ReleaseStream::Renewal(_) | ReleaseStream::Batches(_) => {
            let Some(advisories) = stream.advisories() else {
                return;
            };
            let products = advisories.products.len().max(1);
            let each = (stream.expected_patches() / products as f64).ceil() as u64;
            // Cumulative ones replace all that came before.
            let cumulative = matches!(stream, ReleaseStream::Renewal(stream) if stream.cumulative);
            let chain = if cumulative { each.saturating_mul(each) } else { 0 };
            let named = advisories.products.iter().map(|product| Some(product.as_str()));
            let any = advisories.products.is_empty().then_some(None);
            for product in named.chain(any) {
                add((advisories.operating_system, PatchSet::Os, product), each, chain);
            }
        }
        ReleaseStream::Poisson(stream) => {
            let expected = stream.per_month * (stream.until - stream.from).as_days_f64() / 30.0;
            let each = (expected / stream.products.len() as f64).ceil() as u64;
            for product in &stream.products {
                add(
                    (stream.operating_system, PatchSet::Os, Some(product.as_str())),
                    each,
                    0,
                );
            }
        }
    }
}

/// By how many patches one is replaced on average, directly and through others: measured at evenly
/// spaced ones, since all pairs of a long chain would be the very thing to avoid.
fn pairs_of_each(patches: &[Patch]) -> u64 {
    const SAMPLES: usize = 64;
    let numbers: BTreeMap<&str, usize> = patches
        .iter()
        .enumerate()
        .map(|(number, patch)| (patch.id.as_str(), number))
        .collect();
    let mut replaced_by: Vec<Vec<usize>> = vec![Vec::new(); patches.len()];
    for (number, patch) in patches.iter().enumerate() {
        for id in &patch.supersedes {
            if let Some(old) = numbers.get(id.as_str()) {
                replaced_by[*old].push(number);
            }
        }
    }
    let step = patches.len().div_ceil(SAMPLES).max(1);
    let mut seen = vec![usize::MAX; patches.len()];
    let (mut total, mut samples) = (0u64, 0u64);
    for start in (0..patches.len()).step_by(step) {
        let mut reached = vec![start];
        seen[start] = start;
        let mut at = 0;
        while at < reached.len() {
            for by in &replaced_by[reached[at]] {
                if seen[*by] != start {
                    seen[*by] = start;
                    reached.push(*by);
                }
            }
            at += 1;
        }
        total += reached.len() as u64;
        samples += 1;
    }
    total.div_ceil(samples.max(1))
}

/// Memory of the records that there are at a time, or of the sums in their place, and the time of the
/// invocations. Returns how many replications fit.
pub(super) fn replications(
    problems: &Problems,
    plan: &Plan<'_>,
    size: &CatalogSize,
    placed: &Placed<'_>,
    limits: &Limits,
) -> u64 {
    let (wanted, place) = &placed.replications;
    let bytes = record_bytes(plan, size);
    let invocations = invocations(plan);
    let by_memory = match limits.max_record_bytes / bytes {
        fit if fit >= limits.records_kept => u64::MAX,
        fit => fit,
    };
    let by_time = limits.max_invocations / invocations.max(1);
    let most = by_memory.min(by_time).min(limits.max_replications);
    let refuse = |message: String| {
        let help = match most {
            0 => {
                "even one is too many: fewer nodes, openings, tasks, patch groups or patches make it smaller"
                    .to_owned()
            }
            most => format!("at most {} of this scenario fit", counted(most, "replication")),
        };
        problems.push(Problem::error(codes::SIZE, message).at(place.clone()).help(help));
    };
    if *wanted > by_memory {
        refuse(format!(
            "{} would need about {} for their records; the limit is {}",
            counted(*wanted, "replication"),
            memory(bytes.saturating_mul((*wanted).min(limits.records_kept))),
            memory(limits.max_record_bytes)
        ));
    } else if *wanted > by_time {
        let all = invocations.saturating_mul(*wanted);
        refuse(format!(
            "{} would be up to {} invocations, some {} hours of one core; the limit is {}",
            counted(*wanted, "replication"),
            grouped(all),
            grouped(all / 60_000_000_000),
            grouped(limits.max_invocations)
        ));
    }
    most
}

/// Bytes that one replication leaves behind.
fn record_bytes(plan: &Plan<'_>, size: &CatalogSize) -> u64 {
    let mut commands = 0u64;
    let mut executions = 0u64;
    for (window, openings) in plan.openings.iter().enumerate() {
        for opening in 0..openings.len() {
            let targets = &plan.version(window, opening).targets;
            let parts: u64 = targets.iter().map(|parts| parts.len().max(1) as u64).sum();
            commands = commands.saturating_add(parts);
            let execution = size_of::<WindowRecord>() as u64 + targets.len() as u64;
            executions = executions.saturating_add(execution);
        }
    }
    let cells = match &plan.shared_catalog {
        Some(catalog) => {
            let own = catalog.classes.iter().flat_map(|class| &class.patches);
            own.filter(|patch| patch.verdict.approval.is_ok()).count() as u64
        }
        None => size.class_patches,
    };
    // A replication that draws its own catalogue keeps it.
    let catalog = if plan.shared_catalog.is_some() {
        0
    } else {
        size.bytes
    };
    // A pointer or two to each record while estimates are computed.
    let pointers = 16;
    (size_of::<RunRecord>() as u64)
        .saturating_add(over_time(plan, size))
        .saturating_add(cells.saturating_mul(size_of::<CoverageRecord>() as u64 + pointers))
        .saturating_add(commands.saturating_mul(size_of::<CommandRecord>() as u64 + pointers))
        .saturating_add(executions)
        .saturating_add(plan.config.windows.len() as u64 * 6_000)
        .saturating_add(catalog)
}

/// What is kept of all patch groups over time: how each stands at the samples where that changes, which
/// is when a patch is to be had or no longer, and when a window reaches it; and what lies beyond the
/// samples.
fn over_time(plan: &Plan<'_>, size: &CatalogSize) -> u64 {
    let samples = u64::from(COVERAGE_SAMPLES) + 1;
    let groups = plan.groups.len() as u64;
    let mut openings = vec![0u64; plan.groups.len()];
    for (window, known) in plan.openings.iter().enumerate() {
        let classes = plan.window_classes(window);
        let reached: BTreeSet<usize> = classes.iter().map(|class| plan.classes[*class].group).collect();
        for group in reached {
            openings[group] += known.len() as u64;
        }
    }
    let around: u64 = openings
        .iter()
        .map(|openings| samples.min(2 + 4 * openings))
        .sum();
    let changes = samples
        .saturating_mul(groups)
        .min(size.class_patches.saturating_mul(2).saturating_add(around));
    let swings: u64 = openings.iter().map(|openings| samples.min(*openings)).sum();
    let swings = swings * (Measure::ALL.len() * size_of::<Swing>()) as u64;
    groups * size_of::<Course>() as u64 + changes * size_of::<(u16, Standing)>() as u64 + swings
}

/// Invocations of one replication when no window is skipped and nothing stops early. Each command
/// also looks at every kind of node.
fn invocations(plan: &Plan<'_>) -> u64 {
    let once = |version: &WindowVersion<'_>| -> u64 {
        let parts = version.targets.iter().flatten();
        parts
            .map(|set| u64::from(set.len()) + plan.classes.len() as u64)
            .sum()
    };
    let mut total = 0u64;
    for (versions, openings) in plan.versions.iter().zip(&plan.openings) {
        let each: Vec<u64> = versions.iter().map(once).collect();
        let all = openings.iter().map(|opening| each[opening.version]);
        total = all.fold(total, u64::saturating_add);
    }
    total
}
