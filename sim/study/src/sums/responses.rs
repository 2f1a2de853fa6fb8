//! Responses, summed up: only the tallies are kept, what they are about follows from the plan.

use std::collections::BTreeMap;

use patchbench_model::world::RunRecord;
use serde::{Deserialize, Serialize};

use super::{PlanFacts, Study, Sums, merge_by_key, merge_by_place};
use crate::metrics::other_responses;
use crate::patch_metrics::{SliceKey, empty_slice, patch_responses};
use crate::{Reading, Response, TalliedResponse, Tally};

/// What some replications say of all responses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ResponseSums {
    replications: u64,
    /// Responses of patches, by group and severity.
    slices: BTreeMap<SliceKey, SliceSums>,
    /// All others, in the order in which they are told.
    others: Vec<Tally>,
}

/// The responses of a slice.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct SliceSums {
    /// Replications that are in: those played together with one that has such patches.
    replications: u64,
    tallies: Vec<Tally>,
}

impl ResponseSums {
    /// Adds replications; of one patch alone, if one is named.
    pub(crate) fn push(&mut self, facts: &PlanFacts<'_>, records: &[RunRecord], only: Option<&str>) {
        let count = records.len() as u64;
        self.replications += count;
        for (key, responses) in patch_responses((facts.plan, &facts.reach), records, only) {
            let slice = self.slices.entry(key).or_default();
            slice.replications += count;
            observe(&mut slice.tallies, &responses);
        }
        observe(&mut self.others, &other_responses(facts.plan, records));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.replications += other.replications;
        merge_by_key(&mut self.slices, other.slices, |slice, more| {
            slice.replications += more.replications;
            merge_by_place(&mut slice.tallies, more.tallies);
        });
        merge_by_place(&mut self.others, other.others);
    }

    /// What estimates need of them, read off.
    pub(crate) fn read(&self, facts: &PlanFacts<'_>) -> ResponseReadings {
        let all = self.replications;
        let slice = |(key, slice): (&SliceKey, &SliceSums)| {
            let empty = empty_slice((facts.plan, &facts.reach), key);
            let without = all - slice.replications;
            // Where a replication has no such patches, it says what an empty slice says.
            let filled = empty.iter().zip(&slice.tallies).map(|(response, tally)| {
                let mut tally = tally.clone();
                response.observations[0].count_often_in(&mut tally, without);
                tally.read()
            });
            (key.clone(), filled.collect())
        };
        ResponseReadings {
            replications: all,
            slices: self.slices.iter().map(slice).collect(),
            others: self.others.iter().map(Tally::read).collect(),
        }
    }

    /// All responses, as [`crate::responses`] orders them.
    pub(crate) fn finish(&self, facts: &PlanFacts<'_>) -> Vec<TalliedResponse> {
        self.read(facts).responses(facts)
    }
}

/// What estimates need of all responses, as small as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ResponseReadings {
    replications: u64,
    slices: BTreeMap<SliceKey, Vec<Reading>>,
    others: Vec<Reading>,
}

impl ResponseReadings {
    /// Replications that were played.
    pub const fn replications(&self) -> u64 {
        self.replications
    }

    /// All responses, in the order in which results tell them.
    pub(crate) fn responses(&self, facts: &PlanFacts<'_>) -> Vec<TalliedResponse> {
        let slices = self.slices.iter().flat_map(|(key, readings)| {
            let responses = empty_slice((facts.plan, &facts.reach), key);
            responses.into_iter().zip(readings)
        });
        let others = other_responses(facts.plan, &[]).into_iter().zip(&self.others);
        let all = slices.chain(others);
        all.map(|(response, reading)| about(response, reading)).collect()
    }
}

impl Study<'_> {
    /// The responses that readings are of.
    pub fn responses(&self, readings: &ResponseReadings) -> Vec<TalliedResponse> {
        readings.responses(&self.facts)
    }
}

fn about(response: Response, reading: &Reading) -> TalliedResponse {
    TalliedResponse {
        key: response.key,
        unit: response.unit,
        probability: response.probability,
        reading: reading.clone(),
    }
}

fn observe(tallies: &mut Vec<Tally>, responses: &[Response]) {
    let wanted = tallies.len().max(responses.len());
    tallies.resize_with(wanted, Tally::default);
    for (tally, response) in tallies.iter_mut().zip(responses) {
        response.observations.iter().for_each(|said| said.count_in(tally));
    }
}

/// What a sweep keeps of a design: its responses.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DesignSums(ResponseSums);

impl Sums for DesignSums {
    fn push(&mut self, study: &Study<'_>, _first: u64, records: Vec<RunRecord>) {
        self.0.push(&study.facts, &records, None);
    }

    fn merge(&mut self, other: Self) {
        self.0.merge(other.0);
    }

    fn replications(&self) -> u64 {
        self.0.replications
    }

    fn responses(&self, study: &Study<'_>) -> Vec<TalliedResponse> {
        self.0.finish(&study.facts)
    }
}

impl DesignSums {
    /// What estimates need of them, read off; no more can be added then.
    pub fn read(&self, study: &Study<'_>) -> ResponseReadings {
        self.0.read(&study.facts)
    }
}
