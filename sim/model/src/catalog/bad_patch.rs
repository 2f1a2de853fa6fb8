//! Patches that break nodes: which ones are bad, whom they break, how it shows and when they go.

use std::collections::BTreeSet;

use patchbench_kernel::{Distribution, SimDuration, SimTime, StreamKey, Streams};

use super::patch_tuesday::next_patch_tuesday;
use super::{ById, Patch};
use crate::clock::to_utc;
use crate::ssm::release_instant;
use crate::world::Purpose;

/// A process by which patches turn out bad.
#[derive(Clone, Debug, PartialEq)]
pub struct BadPatches {
    /// Its name in the scenario.
    pub name: String,
    /// The release stream whose patches it is about (index); `None`: all streams.
    pub stream: Option<usize>,
    /// Which of them are bad.
    pub which: WhichAreBad,
    /// How the fault shows: relative weights.
    pub symptom: SymptomWeights,
    /// From the end of an install to the symptom of a latent fault.
    pub latent_after: Distribution,
    /// From release until the vendor withdraws a bad patch; `None`: never, unless a successor replaces
    /// it.
    pub withdrawn_after: Option<Distribution>,
    /// From the withdrawal until the patch is no longer offered to nodes.
    pub reaction: SimDuration,
    /// Whom a bad patch breaks. Each entry is drawn by itself; a patch for which none comes true is
    /// not bad.
    pub affects: Vec<Affected>,
}

/// Which patches of a stream are bad.
#[derive(Clone, Debug, PartialEq)]
pub enum WhichAreBad {
    /// Each with this probability, in [0, 1].
    Probability(f64),
    /// Those that a successor replaces before the next Patch Tuesday: what was repaired was bad.
    Repaired,
    /// Those with these ids or KB numbers.
    Named(Vec<String>),
}

/// Relative weights of the ways in which a fault shows; not all zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SymptomWeights {
    /// The install fails.
    pub install: f64,
    /// The node does not come back from its reboot.
    pub reboot: f64,
    /// The node breaks some time after the install.
    pub latent: f64,
}

/// Nodes that a bad patch breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affected {
    /// Configuration class (index); `None`: all nodes.
    pub class: Option<usize>,
    /// Probability that a bad patch affects the class, in [0, 1].
    pub probability: f64,
    /// Probability that it breaks a node of an affected class, in [0, 1].
    pub penetrance: f64,
}

/// How a bad patch shows on a node that it breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Symptom {
    /// The install fails: an error of the invocation.
    Install,
    /// The node does not come back from its reboot: the invocation runs into its execution timeout,
    /// which is an error.
    Reboot,
    /// The node breaks later: no error of the invocation.
    Latent,
}

impl Symptom {
    /// A word for traces and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Install => "install",
            Self::Reboot => "reboot",
            Self::Latent => "latent",
        }
    }
}

/// What is wrong with a patch of a replication.
#[derive(Clone, Debug, PartialEq)]
pub struct Flaw {
    /// Index of the patch in the catalogue.
    pub patch: usize,
    /// The process that made it bad (index into [`crate::config::FaultModel::bad_patches`]).
    pub process: usize,
    /// Classes that it breaks (`None`: all nodes), each with the probability for a node.
    pub breaks: Vec<(Option<usize>, f64)>,
    /// How it shows.
    pub symptom: Symptom,
    /// When the vendor withdraws it.
    pub withdrawn_at: Option<SimTime>,
}

/// The address of a patch's luck: it follows from the id alone (FNV-1a), so that a patch keeps its
/// luck when other streams or patches come and go.
pub(crate) fn patch_entity(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Draws what is wrong with the patches of a replication, in the order of the patches. `ends` are the
/// numbers of patches up to the end of each stream.
pub(crate) fn draw_flaws(
    processes: &[BadPatches],
    patches: &[Patch],
    ends: &[usize],
    luck: &Streams,
) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for (number, process) in processes.iter().enumerate() {
        let (from, until) = match process.stream {
            None => (0, patches.len()),
            Some(0) => (0, ends[0]),
            Some(stream) => (ends[stream - 1], ends[stream]),
        };
        let chosen = chosen(&process.which, patches);
        for (index, patch) in patches.iter().enumerate().take(until).skip(from) {
            let draw = Draw {
                process,
                number,
                index,
                patch,
            };
            flaws.extend(draw.flaw(luck, chosen.get(index) == Some(&true)));
        }
    }
    flaws.sort_by_key(|flaw| (flaw.patch, flaw.process));
    flaws
}

struct Draw<'a> {
    process: &'a BadPatches,
    number: usize,
    index: usize,
    patch: &'a Patch,
}

impl Draw<'_> {
    fn flaw(&self, luck: &Streams, chosen: bool) -> Option<Flaw> {
        let process = self.process;
        let mut luck = luck.generator(StreamKey {
            purpose: Purpose::Flaw as u32,
            entity: patch_entity(&self.patch.id),
            attempt: self.number as u32,
        });
        let share = luck.unit_f64();
        let bad = match process.which {
            WhichAreBad::Probability(probability) => share < probability,
            WhichAreBad::Repaired | WhichAreBad::Named(_) => chosen,
        };
        let symptom = process.symptom.pick(luck.unit_f64());
        // Every draw is taken, so that what one decides does not move the others.
        let withdrawn = process
            .withdrawn_after
            .as_ref()
            .map(|after| after.sample(&mut luck));
        luck.at_word(1 << 20);
        let breaks: Vec<(Option<usize>, f64)> = process
            .affects
            .iter()
            .filter(|affected| luck.unit_f64() < affected.probability)
            .map(|affected| (affected.class, affected.penetrance))
            .collect();
        if !bad || breaks.is_empty() {
            return None;
        }
        let withdrawn_at = withdrawn.map(|after| {
            let released = self.patch.visible_from();
            released.saturating_add(after).saturating_add(process.reaction)
        });
        Some(Flaw {
            patch: self.index,
            process: self.number,
            breaks,
            symptom,
            withdrawn_at,
        })
    }
}

/// Which patches are bad without a draw; empty where luck decides.
fn chosen(which: &WhichAreBad, patches: &[Patch]) -> Vec<bool> {
    match which {
        WhichAreBad::Probability(_) => Vec::new(),
        WhichAreBad::Repaired => repaired(patches),
        WhichAreBad::Named(names) => {
            let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
            let is_named = |patch: &Patch| {
                let kb = patch.kb.as_deref();
                names.contains(patch.id.as_str()) || kb.is_some_and(|kb| names.contains(kb))
            };
            patches.iter().map(is_named).collect()
        }
    }
}

impl SymptomWeights {
    fn pick(self, share: f64) -> Symptom {
        let point = share * (self.install + self.reboot + self.latent);
        if point < self.install {
            Symptom::Install
        } else if point < self.install + self.reboot {
            Symptom::Reboot
        } else {
            Symptom::Latent
        }
    }
}

/// Whether a successor comes out for each patch on an earlier day than the next Patch Tuesday. Recorded
/// releases may carry midnight instead of the hour, so days are compared.
fn repaired(patches: &[Patch]) -> Vec<bool> {
    let by_id = ById::new(patches.iter());
    let mut repaired = vec![false; patches.len()];
    for successor in patches {
        for index in successor.supersedes.iter().filter_map(|id| by_id.position(id)) {
            let released = release_instant(&patches[index]);
            let (day, tuesday) = (successor.visible_from(), next_patch_tuesday(released));
            repaired[index] |= to_utc(day).date_naive() < to_utc(tuesday).date_naive();
        }
    }
    repaired
}
