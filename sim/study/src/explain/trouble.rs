//! Why invocations of a command did not end in success.

use std::collections::BTreeMap;

use patchbench_kernel::SimTime;
use patchbench_model::world::{Catalog, Cause, Plan};

use super::names::{NodeNames, PatchName};

/// Nodes on which an invocation ended without success for the same reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The reason.
    pub cause: Cause,
    /// The bad patch behind it.
    pub patch: Option<PatchName>,
    /// The nodes.
    pub nodes: NodeNames,
}

/// Collects them: by cause and bad patch (index into the catalogue).
#[derive(Clone, Debug, Default)]
pub(super) struct Troubles {
    known: BTreeMap<(Cause, Option<usize>), Vec<u32>>,
    /// The last one, whose bad patch is told after it.
    last: Option<(SimTime, u32, Cause)>,
}

impl Troubles {
    /// An invocation ended without success.
    pub(super) fn ended(&mut self, at: SimTime, node: u32, cause: Cause) {
        self.known.entry((cause, None)).or_default().push(node);
        self.last = Some((at, node, cause));
    }

    /// The fault of a bad patch shows on a node: it is behind what has just ended there.
    pub(super) fn symptom(&mut self, at: SimTime, node: u32, patch: usize) {
        let Some((ended, on, cause @ (Cause::BadPatch | Cause::LostAtReboot))) = self.last else {
            return;
        };
        if (ended, on) != (at, node) {
            return;
        }
        if let Some(nodes) = self.known.get_mut(&(cause, None)) {
            nodes.pop();
        }
        self.known.entry((cause, Some(patch))).or_default().push(node);
    }

    pub(super) fn named(&self, plan: &Plan<'_>, catalog: &Catalog) -> Vec<Trouble> {
        let some = self.known.iter().filter(|(_, nodes)| !nodes.is_empty());
        some.map(|((cause, patch), nodes)| Trouble {
            cause: *cause,
            patch: patch.map(|patch| PatchName::of(&catalog.patches[patch])),
            nodes: NodeNames::of(plan, nodes),
        })
        .collect()
    }
}
