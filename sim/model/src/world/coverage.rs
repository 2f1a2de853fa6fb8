//! Coverage and exposure of every patch, without a step for each (node, patch) pair.
//!
//! Nodes that make the same transition repair the same patches. While commands run, only the end
//! times of each transition are collected; every now and then they are booked: each patch that a
//! transition repairs takes the whole list at once.

use patchbench_kernel::{SimDuration, SimTime};

use super::ages::{Sums, Times, add_nodes, weigh};
use super::catalog::{Catalog, ClassPatch};
use super::epochs::InForce;
use super::levels::Levels;
use super::plan::Plan;
use super::record::{COVERAGE_PERCENTS, CoverageRecord, nodes_at};
use crate::measures::{Exploitation, MAX_SLAS};

/// Bookings pile up to this many end times before they are worked off.
const BATCH: usize = 1 << 18;

/// The books of one replication.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    cells: Vec<CoverageRecord>,
    /// Number of SLAs.
    slas: usize,
    /// Deadlines by cell and SLA.
    deadlines: Vec<Option<SimTime>>,
    curve: Exploitation,
    /// Ages at which nodes got a patch: by cell and piece of the curve.
    ages: Vec<Sums>,
    /// Cell of each patch of each class, where it has one.
    cell_of: Vec<Vec<Option<u32>>>,
    /// End times since `base` in milliseconds: by class and transition.
    times: Vec<Vec<Vec<u32>>>,
    /// Emptied lists: most transitions never come again, so their memory goes to others.
    spare: Vec<Vec<u32>>,
    touched: Vec<(u32, u32)>,
    base: Option<SimTime>,
    pending: usize,
}

impl Coverage {
    /// Opens the books: a cell for each patch and group that may install it.
    pub(super) fn new(plan: &Plan<'_>, catalog: &Catalog) -> Self {
        let mut books = Self {
            times: vec![Vec::new(); plan.classes.len()],
            slas: plan.config.measures.slas.len(),
            curve: plan.config.measures.exploitation.clone(),
            ..Self::default()
        };
        let mut index = vec![[None; 2]; plan.groups.len() * catalog.patches.len()];
        for (number, (class, known)) in plan.classes.iter().zip(&catalog.classes).enumerate() {
            let mut cells = Vec::with_capacity(known.patches.len());
            for (place, patch) in known.patches.iter().enumerate() {
                let reported = if class.later.is_empty() {
                    reportable(plan, catalog, patch)
                } else {
                    reportable_through(plan, catalog, number, place)
                };
                let Some((approved, until)) = reported else {
                    cells.push(None);
                    continue;
                };
                let of_group = &mut index[class.group * catalog.patches.len() + patch.patch];
                let slot = &mut of_group[usize::from(approved.is_some())];
                let cell = *slot.get_or_insert_with(|| {
                    let known = &catalog.patches[patch.patch];
                    let released = known.visible_from().max(plan.config.start);
                    books.cells.push(empty_cell(class.group, patch.patch, released));
                    let slas = plan.config.measures.slas.iter();
                    books.deadlines.extend(slas.map(|sla| sla.deadline(known)));
                    books.cells.len() as u32 - 1
                });
                let record = &mut books.cells[cell as usize];
                record.nodes += class.nodes;
                record.approved = [record.approved, approved].into_iter().flatten().min();
                record.candidate_until = record.candidate_until.max(until);
                cells.push(Some(cell));
            }
            books.cell_of.push(cells);
        }
        books.ages = vec![Sums::default(); books.cells.len() * books.curve.pieces()];
        books
    }

    /// Counts nodes that begin with a level, and what they have from the start.
    pub(super) fn begin(&mut self, class: usize, level: u32, nodes: u32, levels: &Levels) {
        for (patch, cell) in self.cell_of[class].iter().enumerate() {
            if let Some(cell) = cell
                && levels.set(level).contains(patch as u32)
            {
                let slas = self.slas;
                let deadlines = &self.deadlines[*cell as usize * slas..][..slas];
                let record = &mut self.cells[*cell as usize];
                record.covered += nodes;
                record.installs += nodes;
                for (in_time, deadline) in record.in_time.iter_mut().zip(deadlines) {
                    *in_time += if deadline.is_some() { nodes } else { 0 };
                }
            }
        }
    }

    /// Cells of patches that every node had from the start say nothing: they are left out of the
    /// reports.
    pub(super) fn set_initial_levels(&mut self) {
        for cell in &mut self.cells {
            for (reached, percent) in cell.reached.iter_mut().zip(COVERAGE_PERCENTS) {
                if cell.covered >= nodes_at(percent, cell.nodes) {
                    *reached = Some(cell.released);
                }
            }
        }
    }

    /// Whether more may be noted before the books are worked off.
    pub(super) fn has_room(&self, at: SimTime) -> bool {
        let since = self.base.map_or(0, |base| (at - base).millis());
        self.pending < BATCH && since < i64::from(u32::MAX / 2)
    }

    /// Notes that a node made a transition; times never go backwards.
    pub(super) fn installed(&mut self, class: usize, transition: u32, at: SimTime) {
        self.installed_by_many((class, transition), at, &[0]);
    }

    /// Notes that nodes made a transition, so many milliseconds after an instant; times never go backwards.
    pub(super) fn installed_by_many(
        &mut self,
        (class, transition): (usize, u32),
        at: SimTime,
        after: &[u32],
    ) {
        let base = *self.base.get_or_insert(at);
        let of_class = &mut self.times[class];
        if of_class.len() <= transition as usize {
            of_class.resize_with(transition as usize + 1, Vec::new);
        }
        let list = &mut of_class[transition as usize];
        if list.is_empty() {
            *list = self.spare.pop().unwrap_or_default();
            self.touched.push((class as u32, transition));
        }
        let since = (at - base).millis() as u32;
        list.extend(after.iter().map(|after| since + after));
        self.pending += after.len();
    }

    /// Works off what has piled up.
    pub(super) fn book(&mut self, levels: &[Levels]) {
        let Some(base) = self.base.take() else {
            return;
        };
        self.pending = 0;
        let touched = std::mem::take(&mut self.touched);
        let mut by_cell: Vec<(u32, usize, bool)> = Vec::new();
        let mut lists: Vec<Times<'_>> = Vec::with_capacity(touched.len());
        for (list, (class, transition)) in touched.iter().enumerate() {
            let change = levels[*class as usize].transition(*transition);
            let times = self.times[*class as usize][*transition as usize].as_slice();
            lists.push(Times::new(times));
            for patch in &change.resolved {
                if let Some(cell) = self.cell_of[*class as usize][*patch as usize] {
                    by_cell.push((cell, list, change.missing.binary_search(patch).is_ok()));
                }
            }
        }
        by_cell.sort_unstable();
        let (slas, pieces) = (self.slas, self.curve.pieces());
        for group in by_cell.chunk_by(|a, b| a.0 == b.0) {
            let place = group[0].0 as usize;
            let cell = &mut self.cells[place];
            let own: Vec<&Times<'_>> = group.iter().map(|(_, list, _)| &lists[*list]).collect();
            let itself = group.iter().zip(&own).filter(|((.., itself), _)| *itself);
            cell.installs += itself.map(|(_, times)| times.at.len() as u32).sum::<u32>();
            book_deadlines(cell, base, &own, &self.deadlines[place * slas..][..slas]);
            let ages = &mut self.ages[place * pieces..][..pieces];
            for times in &own {
                times.sort_into(ages, &self.curve, (base - cell.released).millis());
            }
            book_cell(cell, base, &own);
        }
        for (class, transition) in touched {
            let mut list = std::mem::take(&mut self.times[class as usize][transition as usize]);
            list.clear();
            self.spare.push(list);
        }
    }

    /// A patch is no candidate from now on.
    pub(super) fn withdraw(&mut self, patch: usize, at: SimTime) {
        for cell in self.cells.iter_mut().filter(|cell| cell.patch == patch) {
            cell.candidate_until = cell.candidate_until.min(at);
        }
    }

    /// Closes the books at the horizon: what is not covered stays exposed until then.
    pub(super) fn close(mut self, horizon: SimTime) -> Vec<CoverageRecord> {
        let areas = self.curve.doubled_areas();
        let ages = self.ages.chunks_mut(self.curve.pieces());
        for (cell, ages) in self.cells.iter_mut().zip(ages) {
            let open = cell.nodes - cell.covered;
            let span = (horizon - cell.released).millis().max(0);
            cell.exposure_ms += i128::from(open) * i128::from(span);
            add_nodes(ages, &self.curve, (open, span));
            (cell.exploitable, cell.exploited_before) = weigh(ages, &self.curve, &areas);
        }
        self.cells
    }
}

/// When a patch is offered to nodes of a class within the simulation, if it is, and until when none
/// has taken its place; `None` for patches that are not reported at all: the baseline never approves
/// them, or they are not the newest of their kind at any time simulated. Those that are never offered
/// are reported for their exposure: it lasts until a successor is installed.
fn reportable(plan: &Plan<'_>, catalog: &Catalog, patch: &ClassPatch) -> Option<(Option<SimTime>, SimTime)> {
    let (start, horizon) = (plan.config.start, plan.config.horizon);
    patch.verdict.approval.as_ref().ok()?;
    let until = patch.superseded_at.unwrap_or(SimTime::MAX);
    let simulated = catalog.patches[patch.patch].visible_from() <= horizon && until > start;
    let offered = patch
        .candidate
        .map(|(from, _)| from)
        .filter(|from| *from <= horizon);
    simulated.then_some((offered, until))
}

/// The same for a patch (by place) of a class whose baselines change: it counts in the time of each
/// baseline that approves it.
fn reportable_through(
    plan: &Plan<'_>,
    catalog: &Catalog,
    class: usize,
    place: usize,
) -> Option<(Option<SimTime>, SimTime)> {
    let (start, horizon) = (plan.config.start, plan.config.horizon);
    let visible = catalog.patches[catalog.classes[class].patches[place].patch].visible_from();
    let simulated = |now: &InForce<'_>| now.from <= horizon && now.until > start;
    let until = catalog.eras(class).filter(simulated).filter_map(|now| {
        let known = &now.class.patches[place];
        known.verdict.approval.as_ref().ok()?;
        let until = known.superseded_at.unwrap_or(SimTime::MAX).min(now.until);
        let seen = visible <= horizon && visible < now.until;
        let candidate = known.candidate.and_then(|period| now.clip(period));
        let offered = candidate.is_some_and(|(from, _)| from <= horizon);
        (seen && until > now.from.max(start)).then_some((offered, until))
    });
    // Where it is offered for a while, an approval that is still to come does not count.
    let (_, until) = until.max()?;
    let first = catalog.eras(class).find(simulated)?.from;
    let mut periods = catalog.candidate_periods(class, place).into_iter();
    let offered = periods.find(|(from, until)| *from <= horizon && *until > first);
    Some((offered.map(|(from, _)| from), until))
}

fn empty_cell(group: usize, patch: usize, released: SimTime) -> CoverageRecord {
    CoverageRecord {
        group,
        patch,
        nodes: 0,
        released,
        approved: None,
        candidate_until: SimTime::MIN,
        covered: 0,
        installs: 0,
        in_time: [0; MAX_SLAS],
        reached: [None; COVERAGE_PERCENTS.len()],
        exposure_ms: 0,
        exploitable: 0,
        exploited_before: 0,
    }
}

fn book_deadlines(cell: &mut CoverageRecord, base: SimTime, lists: &[&Times<'_>], due: &[Option<SimTime>]) {
    for (in_time, deadline) in cell.in_time.iter_mut().zip(due) {
        if let Some(deadline) = deadline {
            // The deadline itself is in time.
            let since = (*deadline - base).millis() + 1;
            *in_time += lists.iter().map(|times| times.before(since) as u32).sum::<u32>();
        }
    }
}

fn book_cell(cell: &mut CoverageRecord, base: SimTime, lists: &[&Times<'_>]) {
    // A node can have a patch before its release, in a successor that came out earlier: it counts
    // from the release on.
    let waited = (base - cell.released).millis();
    let new: u32 = lists.iter().map(|times| times.at.len() as u32).sum();
    for (reached, percent) in cell.reached.iter_mut().zip(COVERAGE_PERCENTS) {
        let needed = nodes_at(percent, cell.nodes);
        if reached.is_none() && cell.covered < needed && needed <= cell.covered + new {
            let at = i64::from(nth_smallest(lists, needed - cell.covered));
            *reached = Some(base + SimDuration::from_millis(at.max(-waited)));
        }
    }
    cell.covered += new;
    cell.exposure_ms += lists.iter().map(|times| times.exposure(waited)).sum::<i128>();
}

/// The `n`-th smallest (from 1) of several rising lists together.
fn nth_smallest(lists: &[&Times<'_>], n: u32) -> u32 {
    if let [one] = lists {
        return one.at[n as usize - 1];
    }
    let last = lists.iter().filter_map(|times| times.at.last()).max();
    let (mut low, mut high) = (0u32, last.copied().unwrap_or(0));
    while low < high {
        let middle = low + (high - low) / 2;
        let below: usize = lists
            .iter()
            .map(|times| times.at.partition_point(|at| *at <= middle))
            .sum();
        if below >= n as usize {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
