//! Names of patches and nodes, as explanations show them.

use patchbench_model::catalog::Patch;
use patchbench_model::ssm::NodeSet;
use patchbench_model::world::Plan;

/// A patch by its names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PatchName {
    /// Its id.
    pub id: String,
    /// Its knowledge base number.
    pub kb: Option<String>,
    /// Its title.
    pub title: String,
    /// Its classification.
    pub classification: Option<String>,
    /// Its severity.
    pub severity: Option<String>,
}

impl PatchName {
    pub(super) fn of(patch: &Patch) -> Self {
        Self {
            id: patch.id.clone(),
            kb: patch.kb.clone(),
            title: patch.title.clone(),
            classification: patch.classification.clone(),
            severity: patch.severity.clone(),
        }
    }

    /// The name that people use: the knowledge base number, else the id.
    pub fn short(&self) -> &str {
        self.kb.as_deref().unwrap_or(&self.id)
    }
}

/// Nodes by name: neighbours of one pool as a range from first to last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeNames {
    /// Number of nodes.
    pub count: u32,
    /// First and last name of each run of neighbours; equal for a single node.
    pub ranges: Vec<(String, String)>,
}

impl NodeNames {
    pub(super) fn of(plan: &Plan<'_>, nodes: &[u32]) -> Self {
        let set = NodeSet::from_ranges(nodes.iter().map(|node| *node..*node + 1).collect());
        let mut ranges = Vec::new();
        for (pool, own) in plan.config.pools.iter().zip(&plan.pool_nodes) {
            let here = set.intersection(&NodeSet::from_ranges(vec![own.clone()]));
            if pool.names.is_some() {
                // Names that were given one by one say nothing about their neighbours.
                ranges.extend(
                    here.iter()
                        .map(|node| (plan.node_name(node), plan.node_name(node))),
                );
                continue;
            }
            for run in here.ranges() {
                let (first, last) = (plan.node_name(run.start), plan.node_name(run.end - 1));
                if run.len() == 2 {
                    ranges.extend([(first.clone(), first), (last.clone(), last)]);
                } else {
                    ranges.push((first, last));
                }
            }
        }
        Self {
            count: set.len(),
            ranges,
        }
    }
}
