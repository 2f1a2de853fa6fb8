//! The configuration of a plan: modules by the path of their calls, and the blocks in them.

use std::collections::BTreeMap;

use super::super::node::Node;
use super::document::{Resource, Step};

/// The configuration, so arranged that nothing in it has to be searched for.
pub(super) struct Configuration<'n> {
    /// The root comes first; a state has none.
    modules: Vec<Module<'n>>,
}

#[derive(Default)]
struct Module<'n> {
    /// Calls of others, by name: the block of the call, and where the module stands.
    calls: BTreeMap<&'n str, (&'n Node, usize)>,
    /// Blocks of resources (`true`) and of data sources, by type and name.
    blocks: BTreeMap<(bool, &'n str, &'n str), &'n Node>,
}

impl<'n> Configuration<'n> {
    pub(super) fn new(root: Option<&'n Node>) -> Self {
        let mut all = Self { modules: Vec::new() };
        if let Some(root) = root {
            all.add(root);
        }
        all
    }

    /// Adds a module and those that it calls; says where it stands.
    fn add(&mut self, node: &'n Node) -> usize {
        let at = self.modules.len();
        let mut module = Module::default();
        for block in node.get("resources").map_or(&[][..], Node::items) {
            if let (Some(kind), Some(name)) = (block.member("type"), block.member("name")) {
                let managed = block.member("mode") != Some("data");
                module.blocks.entry((managed, kind, name)).or_insert(block);
            }
        }
        self.modules.push(Module::default());
        for pair in node.get("module_calls").map_or(&[][..], Node::pairs) {
            if let Some(inner) = pair.node.get("module") {
                let inner = self.add(inner);
                module.calls.insert(&pair.key, (&pair.node, inner));
            }
        }
        self.modules[at] = module;
        at
    }

    fn module(&self, path: &[Step]) -> Option<&Module<'n>> {
        path.iter().try_fold(self.modules.first()?, |module, step| {
            self.modules.get(module.calls.get(step.name.as_str())?.1)
        })
    }

    /// The call of a module, in the module at the path.
    pub(super) fn call(&self, path: &[Step], name: &str) -> Option<&'n Node> {
        self.module(path)?.calls.get(name).map(|call| call.0)
    }

    /// The block of a resource.
    pub(super) fn block(&self, resource: &Resource<'_>) -> Option<&'n Node> {
        let blocks = &self.module(&resource.module)?.blocks;
        blocks
            .get(&(resource.managed, resource.kind, resource.name))
            .copied()
    }
}
