//! Response metrics of patches: how fast they spread and what that leaves open, by patch group and
//! severity.

use std::collections::BTreeSet;

use patchbench_kernel::SimTime;
use patchbench_model::config::Operation;
use patchbench_model::measures::{MILLION, Sla};
use patchbench_model::ssm::NodeSet;
use patchbench_model::world::{CommandRecord, CoverageRecord, Plan, RunRecord, WindowVersion};

use crate::collect::{NODE_DAY, catalog_of, days, node_days};
use crate::metrics::{cells, is_of_severity};
use crate::results::{SHARES, group_label};
use crate::{Observation, Response, ResponseKey};

/// Names of the coverage metrics by where they count from, in the order of [`SHARES`].
const COVERAGE_NAMES: [[&str; SHARES.len()]; 3] = [
    [
        "time_to_coverage_50",
        "time_to_coverage_90",
        "time_to_coverage_95",
        "time_to_coverage_100",
    ],
    [
        "time_to_coverage_50_from_approval",
        "time_to_coverage_90_from_approval",
        "time_to_coverage_95_from_approval",
        "time_to_coverage_100_from_approval",
    ],
    [
        "time_to_coverage_50_from_first_send",
        "time_to_coverage_90_from_first_send",
        "time_to_coverage_95_from_first_send",
        "time_to_coverage_100_from_first_send",
    ],
];

/// Patches of one group (`None`: of all) and severity (`None`: of any).
pub(crate) type SliceKey = (Option<usize>, Option<String>);

/// What responses of patches need to know of a plan, worked out once.
pub(crate) struct Reach {
    /// Groups that each window is sent to, by form of the window.
    groups: Vec<Vec<BTreeSet<usize>>>,
    /// Openings that install on nodes of each group, rising.
    installing: Vec<Vec<SimTime>>,
}

impl Reach {
    pub(crate) fn of(plan: &Plan<'_>) -> Self {
        let groups: Vec<Vec<BTreeSet<usize>>> = (0..plan.versions.len())
            .map(|window| groups_of(plan, window))
            .collect();
        let installing = installing_openings(plan, &groups);
        Self { groups, installing }
    }
}

/// All responses of patches, slice by slice; of one alone, by id or knowledge base number, where `only`
/// names it.
pub(crate) fn patch_responses(
    (plan, reach): (&Plan<'_>, &Reach),
    records: &[RunRecord],
    only: Option<&str>,
) -> Vec<(SliceKey, Vec<Response>)> {
    let sends: Vec<Vec<Sends>> = records.iter().map(|record| sends(plan, reach, record)).collect();
    let by_group: Vec<Vec<Vec<&CoverageRecord>>> =
        records.iter().map(|record| by_group(plan, record)).collect();
    // One patch has one severity: that of all is its own.
    let slices = slices(plan, records).into_iter();
    let slices = slices.filter(|(_, severity)| only.is_none() || severity.is_none());
    let of_slice = |(group, severity): (Option<usize>, Option<&str>)| {
        let known = records.iter().zip(&by_group);
        let own = known.map(|(record, by_group)| {
            let called = |cell: &&CoverageRecord| is_called(plan, record, cell, only);
            match group {
                None => cells(plan, record, None, severity).filter(called).collect(),
                Some(group) => {
                    let of = |cell: &&CoverageRecord| is_of_severity(plan, record, cell, severity);
                    by_group[group]
                        .iter()
                        .copied()
                        .filter(of)
                        .filter(called)
                        .collect()
                }
            }
        });
        let slice = Slice {
            plan,
            group,
            own: own.collect(),
            severity: severity.map(str::to_owned),
        };
        (
            (group, slice.severity.clone()),
            slice.responses((reach, &sends), records),
        )
    };
    slices.map(of_slice).collect()
}

/// The responses of a slice for a replication in which it has no patches.
pub(crate) fn empty_slice((plan, reach): (&Plan<'_>, &Reach), (group, severity): &SliceKey) -> Vec<Response> {
    let slice = Slice {
        plan,
        group: *group,
        own: vec![Vec::new()],
        severity: severity.clone(),
    };
    slice.responses((reach, &[Vec::new()]), &[RunRecord::default()])
}

/// The patches of one severity (`None`: all) in one group (`None`: in all), by replication.
struct Slice<'a> {
    plan: &'a Plan<'a>,
    group: Option<usize>,
    severity: Option<String>,
    own: Vec<Vec<&'a CoverageRecord>>,
}

impl Slice<'_> {
    fn responses(&self, (reach, sends): (&Reach, &[Vec<Sends>]), records: &[RunRecord]) -> Vec<Response> {
        let mut responses = Vec::new();
        self.times(sends, &reach.installing, &mut responses);
        self.exposures(&mut responses);
        self.deadlines(records, &mut responses);
        responses
    }

    fn response(&self, metric: &'static str, unit: &'static str, said: Vec<Observation>) -> Response {
        let key = ResponseKey {
            group: self.group.map_or_else(String::new, |group| {
                group_label(&self.plan.groups[group].name).to_owned()
            }),
            severity: self.severity.clone().unwrap_or_default(),
            ..ResponseKey::overall(metric)
        };
        Response::amount(key, unit, said)
    }

    fn nodes(&self) -> u32 {
        self.group
            .map_or_else(|| self.plan.nodes(), |group| self.plan.groups[group].nodes)
    }

    /// By replication: the median over the patches that were offered.
    fn typical(&self, value: &dyn Fn(usize, &CoverageRecord) -> Option<f64>) -> Vec<Observation> {
        let of_one = |(number, cells): (usize, &Vec<&CoverageRecord>)| {
            let offered = cells.iter().filter(|cell| cell.approved.is_some());
            median(offered.map(|cell| value(number, cell)).collect())
        };
        self.own.iter().enumerate().map(of_one).collect()
    }

    fn each(&self, value: &dyn Fn(&[&CoverageRecord]) -> Option<f64>) -> Vec<Observation> {
        let of_one = |cells: &Vec<&CoverageRecord>| said(value(cells));
        self.own.iter().map(of_one).collect()
    }

    /// How long it takes, counted from release, approval and first send, and in openings.
    fn times(&self, sends: &[Vec<Sends>], openings: &[Vec<SimTime>], responses: &mut Vec<Response>) {
        for (from, names) in COVERAGE_NAMES.into_iter().enumerate() {
            for (share, metric) in names.into_iter().enumerate() {
                let values = self.typical(&|record, cell| {
                    let since = match from {
                        0 => Some(cell.released),
                        1 => cell.approved,
                        _ => cell
                            .approved
                            .and_then(|at| sends[record][cell.group].first_from(at)),
                    };
                    let (reached, since) = cell.reached[share].zip(since)?;
                    Some(days(reached - since).max(0.0))
                });
                responses.push(self.response(metric, "days", values));
            }
        }
        let needed = self.typical(&|_, cell| {
            let (from, until) = cell.approved.zip(cell.reached[SHARES.len() - 1])?;
            let own = &openings[cell.group];
            let before = own.partition_point(|opens| *opens < from);
            let through = own.partition_point(|opens| *opens <= until);
            Some(through.saturating_sub(before) as f64)
        });
        responses.push(self.response("openings_to_coverage_100", "openings", needed));
    }

    fn exposures(&self, responses: &mut Vec<Response>) {
        let (plan, nodes) = (self.plan, self.nodes());
        let mut add = |metric, unit, value: &dyn Fn(&[&CoverageRecord]) -> Option<f64>| {
            responses.push(self.response(metric, unit, self.each(value)));
        };
        add("exposure", "node-days", &|cells| Some(exposure(cells)));
        add("exploitable_exposure", "node-days", &|cells| {
            Some(exploitable_exposure(plan, cells))
        });
        add("unpatched_at_exploit", "share", &|cells| {
            unpatched_at_exploit(plan, cells)
        });
        add("backlog", "patches per node", &|cells| {
            Some(backlog(plan, nodes, cells))
        });
        add("superseded_unseen", "patches", &|cells| {
            Some(superseded_unseen(plan, cells))
        });
    }

    fn deadlines(&self, records: &[RunRecord], responses: &mut Vec<Response>) {
        for sla in &self.plan.config.measures.slas {
            let values = records.iter().zip(&self.own);
            let values = values.map(|(record, cells)| said(sla_attainment(self.plan, record, sla, cells)));
            let mut response = self.response("sla_attainment", "share", values.collect());
            response.key.sla.clone_from(&sla.name);
            responses.push(response);
        }
    }
}

/// The cells of a replication by group, so that no group looks through those of all others.
fn by_group<'a>(plan: &Plan<'_>, record: &'a RunRecord) -> Vec<Vec<&'a CoverageRecord>> {
    let mut cells = vec![Vec::new(); plan.groups.len()];
    for cell in &record.coverage {
        cells[cell.group].push(cell);
    }
    cells
}

/// Whether a patch has this id or knowledge base number, if one is wanted.
fn is_called(plan: &Plan<'_>, record: &RunRecord, cell: &CoverageRecord, only: Option<&str>) -> bool {
    only.is_none_or(|name| {
        let patch = catalog_of(plan, record).map(|catalog| &catalog.patches[cell.patch]);
        patch.is_some_and(|patch| patch.id == name || patch.kb.as_deref() == Some(name))
    })
}

/// A figure, or nothing.
fn said(value: Option<f64>) -> Observation {
    value.map_or(Observation::Nothing, Observation::Value)
}

/// Node-days from release to install.
pub(crate) fn exposure(cells: &[&CoverageRecord]) -> f64 {
    cells.iter().map(|cell| node_days(cell)).sum()
}

/// Node-days weighted by the chance that the flaw is exploited by then.
pub(crate) fn exploitable_exposure(plan: &Plan<'_>, cells: &[&CoverageRecord]) -> f64 {
    let early = plan.config.measures.exploitation.zero_day_share;
    let later: i128 = cells.iter().map(|cell| cell.exploitable).sum();
    let later = later as f64 / (2.0 * f64::from(MILLION)) / NODE_DAY;
    early * exposure(cells) + (1.0 - early) * later
}

/// The share of the nodes and patches that an exploit finds unpatched, if the flaw is exploited at
/// all; `None` without patches.
pub(crate) fn unpatched_at_exploit(plan: &Plan<'_>, cells: &[&CoverageRecord]) -> Option<f64> {
    let early = plan.config.measures.exploitation.zero_day_share;
    let all: u64 = cells.iter().map(|cell| u64::from(cell.nodes)).sum();
    let before: i128 = cells.iter().map(|cell| cell.exploited_before).sum();
    (all > 0).then(|| early + (1.0 - early) * before as f64 / f64::from(MILLION) / all as f64)
}

/// Patches that are released and not installed, a node, averaged over the simulated time.
pub(crate) fn backlog(plan: &Plan<'_>, nodes: u32, cells: &[&CoverageRecord]) -> f64 {
    let period = (plan.config.horizon - plan.config.start).as_days_f64();
    exposure(cells) / f64::from(nodes.max(1)) / period
}

/// Patches (counted in each group) whose place a successor took before any node had installed them.
pub(crate) fn superseded_unseen(plan: &Plan<'_>, cells: &[&CoverageRecord]) -> f64 {
    let unseen = |cell: &&&CoverageRecord| cell.candidate_until <= plan.config.horizon && cell.installs == 0;
    cells.iter().filter(unseen).count() as f64
}

/// The share of the nodes and patches that were patched by a deadline which falls into the simulated
/// period; `None` when none does.
pub(crate) fn sla_attainment(
    plan: &Plan<'_>,
    record: &RunRecord,
    sla: &Sla,
    cells: &[&CoverageRecord],
) -> Option<f64> {
    let catalog = catalog_of(plan, record)?;
    let number = plan.config.measures.slas.iter().position(|known| known == sla)?;
    let period = (plan.config.start, plan.config.horizon);
    let judged = cells
        .iter()
        .filter(|cell| sla.judged(&catalog.patches[cell.patch], period).is_some());
    let (in_time, all) = judged.fold((0u64, 0u64), |(in_time, all), cell| {
        (
            in_time + u64::from(cell.in_time[number]),
            all + u64::from(cell.nodes),
        )
    });
    (all > 0).then(|| in_time as f64 / all as f64)
}

/// All groups together where there are several, and each group: with all its patches, and with each
/// severity among them.
fn slices<'a>(plan: &'a Plan<'_>, records: &'a [RunRecord]) -> Vec<(Option<usize>, Option<&'a str>)> {
    let mut slices: BTreeSet<(Option<usize>, Option<&str>)> = BTreeSet::new();
    for record in records {
        let Some(catalog) = catalog_of(plan, record) else {
            continue;
        };
        for cell in &record.coverage {
            let groups = if plan.groups.len() > 1 {
                &[None, Some(cell.group)][..]
            } else {
                &[Some(cell.group)]
            };
            for group in groups {
                slices.insert((*group, None));
                if let Some(severity) = &catalog.patches[cell.patch].severity {
                    slices.insert((*group, Some(severity)));
                }
            }
        }
        if plan.shared_catalog.is_some() {
            break;
        }
    }
    slices.into_iter().collect()
}

/// The median over patches, where patches that never got there count as the slowest.
fn median(mut times: Vec<Option<f64>>) -> Observation {
    times.sort_by(|a, b| a.unwrap_or(f64::INFINITY).total_cmp(&b.unwrap_or(f64::INFINITY)));
    let middle = times.len().div_ceil(2).checked_sub(1);
    middle.map_or(Observation::Nothing, |middle| times[middle].into())
}

/// Groups that the nodes of a window belong to, by each form of it.
fn groups_of(plan: &Plan<'_>, window: usize) -> Vec<BTreeSet<usize>> {
    let group = |class: &usize| plan.classes[*class].group;
    let of = |version: &WindowVersion<'_>| {
        let nodes = NodeSet::union_of(version.targets.iter().flatten());
        plan.classes_of(&nodes).iter().map(group).collect()
    };
    plan.versions[window].iter().map(of).collect()
}

/// Openings of windows that install on nodes of each group, rising.
fn installing_openings(plan: &Plan<'_>, groups: &[Vec<BTreeSet<usize>>]) -> Vec<Vec<SimTime>> {
    let mut by_group = vec![Vec::new(); plan.groups.len()];
    for (window, openings) in plan.openings.iter().enumerate() {
        for opening in openings {
            if plan.versions[window][opening.version].window.installs() {
                for group in &groups[window][opening.version] {
                    by_group[*group].push(opening.opens);
                }
            }
        }
    }
    for opens in &mut by_group {
        opens.sort_unstable();
    }
    by_group
}

/// When commands sent installs to nodes of a group: starts rising, each with the last send of it and
/// of all before.
#[derive(Clone, Debug, Default)]
struct Sends(Vec<(SimTime, SimTime)>);

impl Sends {
    /// The first send from an instant on. A command that is under way then sends right on.
    fn first_from(&self, at: SimTime) -> Option<SimTime> {
        let next = self.0.partition_point(|(started, _)| *started < at);
        let under_way = next.checked_sub(1).is_some_and(|last| self.0[last].1 >= at);
        if under_way {
            Some(at)
        } else {
            self.0.get(next).map(|(started, _)| *started)
        }
    }
}

/// By group.
fn sends(plan: &Plan<'_>, reach: &Reach, record: &RunRecord) -> Vec<Sends> {
    let mut by_group = vec![Sends::default(); plan.groups.len()];
    let installs = |command: &&CommandRecord| plan.task(command.id).operation == Operation::Install;
    for command in record.commands.iter().filter(installs) {
        if let Some((started, last)) = command.started.zip(command.last_sent) {
            let version = plan.openings[command.id.window][command.id.opening].version;
            for group in &reach.groups[command.id.window][version] {
                by_group[*group].0.push((started, last));
            }
        }
    }
    for Sends(list) in &mut by_group {
        list.sort_unstable();
        let mut latest = SimTime::MIN;
        for (_, last) in list.iter_mut() {
            latest = latest.max(*last);
            *last = latest;
        }
    }
    by_group
}
