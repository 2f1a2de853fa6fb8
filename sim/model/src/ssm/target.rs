//! Targets: which nodes a command is sent to. Semantics, section 5.

use std::ops::Range;

use crate::fleet::NodePool;

/// What one target entry looks at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKey {
    /// `InstanceIds`: nodes by id.
    InstanceIds,
    /// `tag:<key>`: nodes whose tag has one of the values.
    Tag(String),
    /// `tag-key`: nodes that carry all the named tags, whatever their values.
    TagKey,
}

/// One entry of a `Targets` list: several values of one entry are alternatives (for `tag-key`: all
/// are needed), several entries must all hold. Semantics, section 5.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// What is looked at.
    pub key: TargetKey,
    /// The values, compared exactly.
    pub values: Vec<String>,
}

/// Nodes as sorted, disjoint, non-adjacent ranges of node numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeSet {
    ranges: Vec<Range<u32>>,
}

impl NodeSet {
    /// The nodes of these ranges, in any order and overlap.
    pub fn from_ranges(mut ranges: Vec<Range<u32>>) -> Self {
        ranges.retain(|range| range.start < range.end);
        ranges.sort_by_key(|range| range.start);
        let mut merged: Vec<Range<u32>> = Vec::new();
        for range in ranges {
            match merged.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        Self { ranges: merged }
    }

    /// The ranges, rising.
    pub fn ranges(&self) -> &[Range<u32>] {
        &self.ranges
    }

    /// Number of nodes.
    pub fn len(&self) -> u32 {
        self.ranges.iter().map(|range| range.end - range.start).sum()
    }

    /// Whether there is no node.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Whether the node belongs to it.
    pub fn contains(&self, node: u32) -> bool {
        let after = self.ranges.partition_point(|range| range.start <= node);
        after > 0 && node < self.ranges[after - 1].end
    }

    /// The node numbers, rising.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.ranges.iter().cloned().flatten()
    }

    /// Nodes in either.
    pub fn union(&self, other: &Self) -> Self {
        Self::union_of([self, other])
    }

    /// Nodes in any of several sets, put together at once.
    pub fn union_of<'a>(sets: impl IntoIterator<Item = &'a Self>) -> Self {
        let ranges = sets.into_iter().flat_map(|set| &set.ranges).cloned();
        Self::from_ranges(ranges.collect())
    }

    /// Nodes in both.
    pub fn intersection(&self, other: &Self) -> Self {
        let mut common = Vec::new();
        let (mut a, mut b) = (self.ranges.iter().peekable(), other.ranges.iter().peekable());
        while let (Some(left), Some(right)) = (a.peek(), b.peek()) {
            common.push(left.start.max(right.start)..left.end.min(right.end));
            if left.end <= right.end {
                a.next();
            } else {
                b.next();
            }
        }
        common.retain(|range| range.start < range.end);
        Self::from_ranges(common)
    }
}

/// The nodes for which every entry holds; none for an empty list. Comparison is exact.
pub fn resolve_targets(targets: &[Target], pools: &[NodePool]) -> NodeSet {
    let mut sets = targets.iter().map(|target| resolve_one(target, pools));
    let Some(first) = sets.next() else {
        return NodeSet::default();
    };
    sets.fold(first, |all, set| all.intersection(&set))
}

fn resolve_one(target: &Target, pools: &[NodePool]) -> NodeSet {
    let mut ranges = Vec::new();
    let mut first = 0;
    for pool in pools {
        let all = first..first + pool.count;
        match &target.key {
            TargetKey::Tag(key) => {
                if pool
                    .tags
                    .get(key)
                    .is_some_and(|value| target.values.contains(value))
                {
                    ranges.push(all.clone());
                }
            }
            TargetKey::TagKey => {
                if target.values.iter().all(|key| pool.tags.contains_key(key)) {
                    ranges.push(all.clone());
                }
            }
            TargetKey::InstanceIds => {
                let named = target.values.iter().filter_map(|value| pool.position_of(value));
                ranges.extend(named.map(|index| first + index..first + index + 1));
            }
        }
        first = all.end;
    }
    NodeSet::from_ranges(ranges)
}
