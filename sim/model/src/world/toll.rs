//! What bad patches did: which nodes each of them reached and broke, and when that showed.

use patchbench_kernel::SimTime;

use super::record::BadPatchRecord;
use crate::catalog::Flaw;

/// The node installed the patch.
const INSTALLED: u64 = 1;
/// Its fault showed on the node.
const BROKEN: u64 = 2;
/// Nodes whose marks share a word.
const PER_WORD: u32 = u64::BITS / 2;

/// Whether a node had installed a patch before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// It had not.
    New,
    /// It had: another command installed it while this one was at it.
    Known,
}

/// The records of the bad patches of a replication, in the order of the catalogue.
#[derive(Debug)]
pub(super) struct Toll {
    records: Vec<BadPatchRecord>,
    /// By record, what happened to each node; empty until something does.
    marks: Vec<Vec<u64>>,
    nodes: u32,
}

impl Toll {
    pub(super) fn new(flaws: &[Flaw], nodes: u32) -> Self {
        let mut records: Vec<BadPatchRecord> = flaws.iter().map(|flaw| untouched(flaw.patch)).collect();
        records.dedup_by_key(|record| record.patch);
        Self {
            marks: vec![Vec::new(); records.len()],
            records,
            nodes,
        }
    }

    /// A node has installed a patch; `None` if it is not a bad one.
    pub(super) fn installed(&mut self, patch: usize, node: u32, at: SimTime) -> Option<Reach> {
        let place = self.place(patch)?;
        let before = self.records[place].installed;
        self.mark(place, node, INSTALLED, at);
        let new = self.records[place].installed > before;
        Some(if new { Reach::New } else { Reach::Known })
    }

    /// The fault of a patch shows on a node.
    pub(super) fn shows(&mut self, patch: usize, node: u32, at: SimTime) {
        let Some(place) = self.place(patch) else {
            return;
        };
        let first = &mut self.records[place].first_symptom;
        *first = first.or(Some(at));
        self.mark(place, node, BROKEN, at);
    }

    /// The monitoring raises an alarm about a patch.
    pub(super) fn alarm(&mut self, patch: usize, at: SimTime) {
        let Some(place) = self.place(patch) else {
            return;
        };
        self.records[place].alarm = Some(at);
        self.look(place, at);
    }

    /// The records, closed.
    pub(super) fn close(&mut self) -> Vec<BadPatchRecord> {
        std::mem::take(&mut self.records)
    }

    fn place(&self, patch: usize) -> Option<usize> {
        self.records
            .binary_search_by_key(&patch, |record| record.patch)
            .ok()
    }

    /// Counts each node once, however often it happens to it.
    fn mark(&mut self, place: usize, node: u32, what: u64, at: SimTime) {
        let marks = &mut self.marks[place];
        if marks.is_empty() {
            marks.resize(self.nodes.div_ceil(PER_WORD) as usize, 0);
        }
        let (word, shift) = (&mut marks[(node / PER_WORD) as usize], 2 * (node % PER_WORD));
        let known = *word >> shift & (INSTALLED | BROKEN);
        let record = &mut self.records[place];
        record.reached += u32::from(known == 0);
        record.installed += u32::from(what & !known & INSTALLED != 0);
        record.broken += u32::from(what & !known & BROKEN != 0);
        *word |= what << shift;
        self.look(place, at);
    }

    /// What happens at the instant of the first symptom or of the alarm has happened by then, in whatever
    /// order.
    fn look(&mut self, place: usize, at: SimTime) {
        let record = &mut self.records[place];
        if record.first_symptom == Some(at) {
            record.reached_at_symptom = record.reached;
        }
        if record.alarm == Some(at) {
            record.reached_at_alarm = record.reached;
            record.broken_at_alarm = record.broken;
        }
    }
}

/// The record of a bad patch that nothing has happened with.
const fn untouched(patch: usize) -> BadPatchRecord {
    BadPatchRecord {
        patch,
        breakable: 0,
        approved: None,
        installed: 0,
        broken: 0,
        reached: 0,
        first_symptom: None,
        reached_at_symptom: 0,
        alarm: None,
        reached_at_alarm: 0,
        broken_at_alarm: 0,
    }
}
