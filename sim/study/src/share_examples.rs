//! What a share goes through in one replication: the first in which any node counts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The first span: from sample 0 to sample 1.
pub(crate) const FIRST_SPAN: u32 = 1;

/// What a share goes through in a span of a replication. The least of several is that of the lowest
/// replication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Example {
    replication: u64,
    /// Keys of the lowest and of the highest share.
    range: [u64; 2],
}

/// The examples of all spans; none where no node counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ShareExamples {
    /// From which span on, and what: where it differs from that of the span before.
    runs: Vec<(u32, Option<Example>)>,
}

impl ShareExamples {
    /// From a span on, the share of a replication goes through this; spans rise, and the last word on one
    /// counts.
    pub(crate) fn begin(&mut self, span: u32, replication: u64, range: Option<[u64; 2]>) {
        self.set(span, range.map(|range| Example { replication, range }));
    }

    fn set(&mut self, span: u32, example: Option<Example>) {
        self.runs.pop_if(|(from, _)| *from == span);
        if self.runs.last().and_then(|(_, last)| *last) != example {
            self.runs.push((span, example));
        }
    }

    /// Whether all come from replications before this one, which then changes nothing.
    pub(crate) fn precede(&self, replication: u64) -> bool {
        let earlier =
            |example: &Option<Example>| example.is_some_and(|example| example.replication < replication);
        let begins = self.runs.first().is_some_and(|(from, _)| *from <= FIRST_SPAN);
        begins && self.runs.iter().all(|(_, example)| earlier(example))
    }

    /// Adds those of other replications.
    pub(crate) fn merge(&mut self, other: &Self) {
        let both = [&*self, other];
        let bounds: BTreeSet<u32> = both
            .iter()
            .flat_map(|own| own.runs.iter().map(|(from, _)| *from))
            .collect();
        let mut merged = Self::default();
        for span in bounds {
            merged.set(span, both.iter().filter_map(|own| own.of(span)).min());
        }
        *self = merged;
    }

    /// Keys of the lowest and of the highest share in a span.
    pub(crate) fn range(&self, span: u32) -> Option<[u64; 2]> {
        self.of(span).map(|example| example.range)
    }

    fn of(&self, span: u32) -> Option<Example> {
        let until = self.runs.partition_point(|(from, _)| *from <= span);
        self.runs[..until].last().and_then(|(_, example)| *example)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_replication_that_counts_is_the_example() {
        let mut later = ShareExamples::default();
        later.begin(1, 5, Some([1, 2]));
        let mut first = ShareExamples::default();
        first.begin(3, 2, Some([7, 7]));
        first.begin(4, 2, None);
        let mut merged = later.clone();
        merged.merge(&first);
        first.merge(&later);
        assert_eq!(merged, first);
        let ranges = [0, 1, 2, 3, 4].map(|span| merged.range(span));
        assert_eq!(
            ranges,
            [None, Some([1, 2]), Some([1, 2]), Some([7, 7]), Some([1, 2])]
        );
        assert!(merged.precede(6) && !merged.precede(5) && !ShareExamples::default().precede(0));
    }
}
