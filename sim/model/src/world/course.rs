//! How a group stands at each sample, kept where it changes.

use super::record::Standing;

/// Standings at the samples of a replication: most are those of the sample before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// From which sample on, and how.
    changes: Vec<(u16, Standing)>,
    samples: u16,
}

impl Course {
    /// Adds the standing at the next sample.
    pub(super) fn push(&mut self, standing: Standing) {
        if self.last() != Some(&standing) {
            self.changes.push((self.samples, standing));
        }
        self.samples += 1;
    }

    /// The standing at the last sample.
    pub fn last(&self) -> Option<&Standing> {
        self.changes.last().map(|(_, standing)| standing)
    }

    /// The standing at a sample.
    pub fn at(&self, sample: usize) -> Option<&Standing> {
        let until = self
            .changes
            .partition_point(|(since, _)| usize::from(*since) <= sample);
        let known = sample < usize::from(self.samples) && until > 0;
        known.then(|| &self.changes[until - 1].1)
    }

    /// From which sample on, and how: the standings that differ from the one before.
    pub fn changes(&self) -> &[(u16, Standing)] {
        &self.changes
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        usize::from(self.samples)
    }

    /// Whether there is no sample yet.
    pub fn is_empty(&self) -> bool {
        self.samples == 0
    }

    /// The standings at all samples, in order, each with the number of samples that it lasts for.
    pub fn stretches(&self) -> impl Iterator<Item = (&Standing, usize)> {
        let ends = self.changes.iter().skip(1).map(|(since, _)| *since);
        let ends = ends.chain(std::iter::once(self.samples));
        let stretches = self.changes.iter().zip(ends);
        stretches.map(|((since, standing), end)| (standing, usize::from(end - since)))
    }

    /// The standings at all samples, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Standing> {
        self.stretches()
            .flat_map(|(standing, samples)| std::iter::repeat_n(standing, samples))
    }
}
