//! Which nodes belong to a configuration class, and how many a bad patch could break.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;

use patchbench_kernel::{Generator, StreamKey};

use super::purpose::Purpose;
use super::site::Site;
use crate::fleet::ClassMembers;

/// Words of the luck of a drawn class that belong to one node.
const WORDS: u64 = 2;

/// How many nodes belong to configuration classes, counted once for all patches that break the same
/// ones.
#[derive(Default)]
pub(super) struct Members {
    /// By what is broken: the members among the nodes of each class of the plan.
    counted: BTreeMap<Vec<Option<usize>>, Vec<u32>>,
}

impl Members {
    /// Nodes of a class of the plan that a bad patch could break: those in the configuration classes that
    /// it breaks.
    pub(super) fn breakable(&mut self, site: &Site<'_>, patch: usize, class: usize) -> u32 {
        let flaws = site.catalog.flaws_of(patch).iter();
        let mut broken: Vec<Option<usize>> = flaws
            .flat_map(|flaw| flaw.breaks.iter().map(|(broken, _)| *broken))
            .collect();
        broken.sort_unstable();
        broken.dedup();
        let counted = match self.counted.entry(broken) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let members = site.members_by_class(unknown.key());
                unknown.insert(members)
            }
        };
        counted[class]
    }
}

impl Site<'_> {
    /// Whether a node belongs to a configuration class.
    pub(super) fn is_member(&self, node: u32, class: usize) -> bool {
        if let Some(nodes) = &self.plan.class_members[class] {
            return nodes.contains(node);
        }
        let mut luck = self.membership_luck(class, node);
        luck.unit_f64() < self.drawn_share(class)
    }

    /// Nodes of each class of the plan that belong to any of the configuration classes.
    fn members_by_class(&self, classes: &[Option<usize>]) -> Vec<u32> {
        let mut members = vec![0; self.plan.classes.len()];
        for (class, nodes) in self.plan.pool_class.iter().zip(&self.plan.pool_nodes) {
            members[*class] += self.members_among(nodes, classes);
        }
        members
    }

    /// Nodes of a range that belong to any of the classes (`None`: all do).
    fn members_among(&self, nodes: &Range<u32>, classes: &[Option<usize>]) -> u32 {
        if classes.contains(&None) {
            return nodes.end - nodes.start;
        }
        let mut member = vec![false; nodes.len()];
        for class in classes.iter().flatten() {
            if let Some(named) = &self.plan.class_members[*class] {
                for (node, member) in nodes.clone().zip(&mut member) {
                    *member |= named.contains(node);
                }
            } else {
                // The luck of neighbours lies side by side.
                let mut luck = self.membership_luck(*class, nodes.start);
                let share = self.drawn_share(*class);
                for member in &mut member {
                    *member |= luck.unit_f64() < share;
                }
            }
        }
        member.into_iter().filter(|member| *member).count() as u32
    }

    fn drawn_share(&self, class: usize) -> f64 {
        match self.plan.config.faults.configuration_classes[class].members {
            ClassMembers::Share(share) => share,
            ClassMembers::Targets(_) => 0.0,
        }
    }

    fn membership_luck(&self, class: usize, node: u32) -> Generator {
        let mut luck = self.luck.generator(StreamKey {
            purpose: Purpose::Membership as u32,
            entity: class as u64,
            attempt: 0,
        });
        luck.at_word(WORDS * u64::from(node));
        luck
    }
}
