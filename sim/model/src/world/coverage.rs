//! Coverage and exposure of every patch, from cohorts instead of (node, patch) pairs.
//!
//! Nodes that make the same transition repair the same patches. While commands run, only the end
//! times of each transition are collected; every now and then they are booked: each patch that a
//! transition repairs takes the whole list at once.

use patchbench_kernel::{SimDuration, SimTime};

use super::catalog::Catalog;
use super::levels::Levels;
use super::plan::Plan;
use super::record::{COVERAGE_PERCENTS, CoverageRecord, nodes_at};

/// Bookings pile up to this many end times before they are worked off.
const BATCH: usize = 1 << 18;

/// The books of one replication.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    cells: Vec<CoverageRecord>,
    /// Cell of each patch of each class, where it has one.
    cell_of: Vec<Vec<Option<u32>>>,
    /// End times since `base` in milliseconds: by class and transition.
    times: Vec<Vec<Vec<u32>>>,
    /// Emptied lists: most transitions never come again, so their memory goes to others.
    spare: Vec<Vec<u32>>,
    touched: Vec<(u32, u32)>,
    base: Option<SimTime>,
    pending: usize,
    /// Nodes by class and level.
    population: Vec<Vec<u32>>,
}

impl Coverage {
    /// Opens the books: a cell for each patch and group that may install it.
    pub(super) fn new(plan: &Plan<'_>, catalog: &Catalog) -> Self {
        let mut books = Self {
            times: vec![Vec::new(); plan.classes.len()],
            population: vec![Vec::new(); plan.classes.len()],
            ..Self::default()
        };
        let mut index = vec![None; plan.groups.len() * catalog.patches.len()];
        for (class, known) in plan.classes.iter().zip(&catalog.classes) {
            let mut cells = Vec::with_capacity(known.patches.len());
            for patch in &known.patches {
                let Some((approved, until)) = reportable(
                    plan,
                    patch.candidate,
                    patch.verdict.approval.as_ref().ok().map(|a| a.at),
                ) else {
                    cells.push(None);
                    continue;
                };
                let slot = &mut index[class.group * catalog.patches.len() + patch.patch];
                let cell = *slot.get_or_insert_with(|| {
                    let released = catalog.patches[patch.patch].visible_from().max(plan.config.start);
                    books.cells.push(empty_cell(class.group, patch.patch, released));
                    books.cells.len() as u32 - 1
                });
                let record = &mut books.cells[cell as usize];
                record.nodes += class.nodes;
                record.approved = record.approved.min(approved);
                record.candidate_until = record.candidate_until.max(until);
                cells.push(Some(cell));
            }
            books.cell_of.push(cells);
        }
        books
    }

    /// Counts nodes that begin with a level, and what they have from the start.
    pub(super) fn begin(&mut self, class: usize, level: u32, nodes: u32, levels: &Levels) {
        add(&mut self.population[class], level, i64::from(nodes));
        for (patch, cell) in self.cell_of[class].iter().enumerate() {
            if let Some(cell) = cell
                && levels.set(level).contains(patch as u32)
            {
                self.cells[*cell as usize].covered += nodes;
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

    /// Notes that a node made a transition; times never go backwards.
    #[inline]
    pub(super) fn installed(&mut self, class: usize, transition: u32, at: SimTime) -> Booking {
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
        let since = (at - base).millis();
        list.push(since as u32);
        self.pending += 1;
        if self.pending >= BATCH || since > i64::from(u32::MAX / 2) {
            Booking::Due
        } else {
            Booking::NotYet
        }
    }

    /// Works off what has piled up.
    pub(super) fn book(&mut self, levels: &[Levels]) {
        let Some(base) = self.base.take() else {
            return;
        };
        self.pending = 0;
        let touched = std::mem::take(&mut self.touched);
        let mut by_cell: Vec<(u32, u32, u32)> = Vec::new();
        for (class, transition) in &touched {
            let change = levels[*class as usize].transition(*transition);
            let nodes = self.times[*class as usize][*transition as usize].len() as i64;
            add(&mut self.population[*class as usize], change.from, -nodes);
            add(&mut self.population[*class as usize], change.to, nodes);
            for patch in &change.resolved {
                if let Some(cell) = self.cell_of[*class as usize][*patch as usize] {
                    by_cell.push((cell, *class, *transition));
                }
            }
        }
        by_cell.sort_unstable();
        for group in by_cell.chunk_by(|a, b| a.0 == b.0) {
            let lists: Vec<&[u32]> = group
                .iter()
                .map(|(_, class, transition)| self.times[*class as usize][*transition as usize].as_slice())
                .collect();
            book_cell(&mut self.cells[group[0].0 as usize], base, &lists);
        }
        for (class, transition) in touched {
            let mut list = std::mem::take(&mut self.times[class as usize][transition as usize]);
            list.clear();
            self.spare.push(list);
        }
    }

    /// Nodes of a class at each level.
    pub(super) fn population(&self, class: usize) -> &[u32] {
        &self.population[class]
    }

    /// Closes the books at the horizon: what is not covered stays exposed until then.
    pub(super) fn close(mut self, horizon: SimTime) -> Vec<CoverageRecord> {
        for cell in &mut self.cells {
            let open = i128::from(cell.nodes - cell.covered);
            let span = (horizon - cell.released).millis().max(0);
            cell.exposure_ms += open * i128::from(span);
        }
        self.cells
    }
}

/// Whether the books must be worked off before more is noted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Booking {
    NotYet,
    Due,
}

/// Patches that are approved at some time within the simulation.
fn reportable(
    plan: &Plan<'_>,
    candidate: Option<(SimTime, SimTime)>,
    approval: Option<SimTime>,
) -> Option<(SimTime, SimTime)> {
    let (from, until) = candidate?;
    let simulated = from <= plan.config.horizon && until > plan.config.start;
    simulated.then_some((approval.unwrap_or(from).max(from), until))
}

fn empty_cell(group: usize, patch: usize, released: SimTime) -> CoverageRecord {
    CoverageRecord {
        group,
        patch,
        nodes: 0,
        released,
        approved: SimTime::MAX,
        candidate_until: SimTime::MIN,
        covered: 0,
        reached: [None; COVERAGE_PERCENTS.len()],
        exposure_ms: 0,
    }
}

fn add(population: &mut Vec<u32>, level: u32, nodes: i64) {
    if population.len() <= level as usize {
        population.resize(level as usize + 1, 0);
    }
    let count = &mut population[level as usize];
    *count = (i64::from(*count) + nodes) as u32;
}

fn book_cell(cell: &mut CoverageRecord, base: SimTime, lists: &[&[u32]]) {
    // A node can have a patch before its release, in a successor that came out earlier: it counts
    // from the release on.
    let waited = (base - cell.released).millis();
    let released = (-waited).max(0);
    let new: u32 = lists.iter().map(|list| list.len() as u32).sum();
    for (reached, percent) in cell.reached.iter_mut().zip(COVERAGE_PERCENTS) {
        let needed = nodes_at(percent, cell.nodes);
        if reached.is_none() && cell.covered < needed && needed <= cell.covered + new {
            let at = i64::from(nth_smallest(lists, needed - cell.covered));
            *reached = Some(base + SimDuration::from_millis(at.max(released)));
        }
    }
    cell.covered += new;
    let since: i128 = lists
        .iter()
        .flat_map(|list| list.iter())
        .map(|at| i128::from(i64::from(*at).max(released)))
        .sum();
    cell.exposure_ms += i128::from(new) * i128::from(waited) + since;
}

/// The `n`-th smallest (from 1) of several rising lists together.
fn nth_smallest(lists: &[&[u32]], n: u32) -> u32 {
    if let [one] = lists {
        return one[n as usize - 1];
    }
    let (mut low, mut high) = (
        0u32,
        lists
            .iter()
            .filter_map(|list| list.last())
            .copied()
            .max()
            .unwrap_or(0),
    );
    while low < high {
        let middle = low + (high - low) / 2;
        let below: usize = lists
            .iter()
            .map(|list| list.partition_point(|at| *at <= middle))
            .sum();
        if below >= n as usize {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}
