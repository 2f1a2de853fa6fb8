//! Sums of whole replications: they merge to the same bytes whatever the order, and estimate what the
//! records of all replications say.

use patchbench_model::world::{Nobody, Plan, simulate};
use patchbench_study::{
    DesignSums, MetricRow, Response, Silent, Study, StudySums, Sums, from_bytes, responses, to_bytes,
};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::worlds::asked;

const REPLICATIONS: u64 = 40;

fn played<S: Sums>(study: &Study<'_>, cuts: &[u64], backwards: bool) -> S {
    let mut parts: Vec<S> = cuts
        .windows(2)
        .map(|cut| study.play(cut[0]..cut[1], &Silent))
        .collect();
    if backwards {
        parts.reverse();
    }
    let mut sums = S::default();
    for part in parts {
        sums.merge(part);
    }
    sums
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_split_merges_to_the_same_bytes_and_results(
        world in asked(),
        cuts in vec(0..REPLICATIONS, 0..5),
        backwards: bool,
    ) {
        let plan = Plan::new(&world.config);
        let study = Study::new(&plan, world.seed, &[]);
        let mut cuts = cuts;
        cuts.extend([0, REPLICATIONS]);
        cuts.sort_unstable();
        let whole: StudySums = study.play(0..REPLICATIONS, &Silent);
        let merged: StudySums = played(&study, &cuts, backwards);
        let bytes = to_bytes(&whole).unwrap();
        prop_assert_eq!(&bytes, &to_bytes(&merged).unwrap());
        let back: StudySums = from_bytes(&bytes).unwrap();
        let told = |sums: StudySums| format!("{:?}", sums.finish(&study, Vec::new()));
        let whole_told = told(whole);
        prop_assert_eq!(&whole_told, &told(merged));
        prop_assert_eq!(&whole_told, &told(back));
    }

    #[test]
    fn metrics_are_those_of_the_records(world in asked()) {
        let plan = Plan::new(&world.config);
        let study = Study::new(&plan, world.seed, &[]);
        let records: Vec<_> = (0..REPLICATIONS)
            .map(|number| simulate(&plan, world.seed, number, &mut Nobody))
            .collect();
        let direct: Vec<MetricRow> = responses(&plan, &records).iter().map(Response::row).collect();
        let sums: StudySums = study.play(0..REPLICATIONS, &Silent);
        let design: DesignSums = study.play(0..REPLICATIONS, &Silent);
        let read: Vec<MetricRow> = study
            .responses(&design.read(&study))
            .iter()
            .map(patchbench_study::TalliedResponse::row)
            .collect();
        let results = sums.finish(&study, Vec::new());
        prop_assert_eq!(format!("{direct:?}"), format!("{:?}", results.metrics));
        prop_assert_eq!(format!("{direct:?}"), format!("{read:?}"));
        let events: Vec<u64> = records.iter().map(|record| record.fingerprint).collect();
        let rows: Vec<u64> = results.rows.iter().map(|row| row.fingerprint).collect();
        prop_assert_eq!(events, rows);
    }

    #[test]
    fn bytes_that_are_no_sums_are_refused_or_read_and_nothing_else(
        world in asked(),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        noise in vec(any::<u8>(), 0..300),
    ) {
        let plan = Plan::new(&world.config);
        let study = Study::new(&plan, world.seed, &[]);
        let sums: StudySums = study.play(0..4, &Silent);
        let mut bytes = to_bytes(&sums).unwrap();
        let longer = [&bytes[..], &[0]].concat();
        prop_assert!(from_bytes::<StudySums>(&longer).is_err());
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = from_bytes::<StudySums>(&bytes);
        let _ = from_bytes::<DesignSums>(&noise);
    }
}
