//! Curves over time: sums merge to the same whatever the order, and say what the records say.

use patchbench_kernel::SimDuration;
use patchbench_model::world::{Measure, Nobody, Plan, RunRecord, simulate};
use patchbench_study::{CurveSums, OccupancyCurve, ShareCurve, ShareSpan, View};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::worlds::{Asked, START, asked};

/// What each node stands for in a fleet that is too large for exact shares.
const MANY: u32 = 700;

/// Worlds that go on for so long that much happens between two samples.
fn lasting() -> impl Strategy<Value = Asked> {
    asked().prop_map(|mut world| {
        world.config.horizon = START + SimDuration::from_days(200);
        world
    })
}

fn records(plan: &Plan<'_>, seed: u64, replications: u64) -> Vec<RunRecord> {
    (0..replications)
        .map(|replication| simulate(plan, seed, replication, &mut Nobody))
        .collect()
}

fn sums<'r>(plan: &Plan<'_>, records: impl IntoIterator<Item = (u64, &'r RunRecord)>) -> CurveSums {
    let mut sums = CurveSums::default();
    for (replication, record) in records {
        sums.push(plan, replication, record);
    }
    sums
}

fn numbered(records: &[RunRecord]) -> impl Iterator<Item = (u64, &RunRecord)> {
    (0..).zip(records)
}

/// All curves, to the last digit.
fn told(sums: &CurveSums, plan: &Plan<'_>, replications: u64) -> String {
    let shares = sums.share_curves(plan);
    let compliance = sums.compliance_curves(plan, replications);
    let occupancy = sums.occupancy_curves(plan, |window| window as u32);
    format!("{shares:?} {compliance:?} {occupancy:?}")
}

/// Merges chunks two at a time, whichever come to be merged.
fn merged(mut chunks: Vec<CurveSums>, order: &[[Index; 2]]) -> CurveSums {
    let mut order = order.iter().cycle();
    while chunks.len() > 1 {
        let [one, other] = order.next().unwrap();
        let mut sums = chunks.swap_remove(one.index(chunks.len()));
        sums.merge(chunks.swap_remove(other.index(chunks.len())));
        chunks.push(sums);
    }
    chunks.pop().unwrap_or_default()
}

/// Smallest value with at least 5 %, 50 %, 95 % of the sample at or below it.
fn band(mut values: Vec<f64>) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [5, 50, 95].map(|percent| values[(values.len() * percent).div_ceil(100).max(1) - 1])
}

fn mean(values: impl Iterator<Item = f64>, n: usize) -> f64 {
    values.sum::<f64>() / n.max(1) as f64
}

fn ratio([part, of]: [u32; 2]) -> Option<f64> {
    (of > 0).then(|| f64::from(part) / f64::from(of))
}

/// A share of a group: at each sample of a replication, and what it goes through until then.
struct Share<'r> {
    records: &'r [RunRecord],
    group: usize,
    measure: Measure,
}

impl Share<'_> {
    fn at(&self, record: &RunRecord, sample: usize) -> Option<f64> {
        ratio(record.standings[self.group].at(sample)?.share(self.measure))
    }

    fn range(&self, record: &RunRecord, sample: usize) -> Option<[f64; 2]> {
        let swings = record.swings[self.group].iter();
        let own = swings
            .filter(|swing| swing.measure == self.measure && usize::from(swing.sample).max(1) == sample);
        let between = own.flat_map(|swing| [ratio(swing.low), ratio(swing.high)]);
        let ends = [self.at(record, sample - 1), self.at(record, sample)];
        let mut seen: Vec<f64> = ends.into_iter().chain(between).flatten().collect();
        seen.sort_by(f64::total_cmp);
        Some([*seen.first()?, *seen.last()?])
    }

    fn span(&self, sample: usize) -> Option<ShareSpan> {
        let records = self.records.iter();
        let ranges: Vec<[f64; 2]> = records.filter_map(|record| self.range(record, sample)).collect();
        let example = *ranges.first()?;
        let [lows, highs] = [0, 1].map(|end| band(ranges.iter().map(|range| range[end]).collect()));
        let ends = self.records.iter().filter_map(|record| self.at(record, sample));
        Some(ShareSpan {
            p05: lows[0],
            p50: [lows[1], highs[1]],
            p95: highs[2],
            mean: mean(ends.clone(), ends.count()),
            example,
        })
    }

    fn overall(&self) -> Option<f64> {
        let standings = self
            .records
            .iter()
            .flat_map(|record| record.standings[self.group].iter());
        let shares = standings.map(|standing| standing.share(self.measure).map(u64::from));
        let [part, of] = shares.fold([0; 2], |sum, share| [sum[0] + share[0], sum[1] + share[1]]);
        (of > 0).then(|| part as f64 / of as f64)
    }
}

/// Whether a value is that of the records, up to a share of it or of what is missing to `whole`.
fn near(told: f64, exact: f64, whole: f64, rounding: f64) -> bool {
    (told - exact).abs() <= rounding * exact.min(whole - exact).max(0.0) + 1e-12
}

fn shares_agree(curves: &[ShareCurve], records: &[RunRecord], rounding: f64) -> Result<(), TestCaseError> {
    let near = |told: f64, exact: f64| near(told, exact, 1.0, rounding);
    for curve in curves {
        let share = Share {
            records,
            group: curve.group,
            measure: curve.measure,
        };
        prop_assert_eq!(curve.overall, share.overall());
        prop_assert_eq!(curve.spans.len() + 1, curve.at.len());
        for (index, told) in curve.spans.iter().enumerate() {
            let exact = share.span(index + 1);
            prop_assert_eq!(told.is_some(), exact.is_some());
            let Some((told, exact)) = told.zip(exact) else {
                continue;
            };
            let values = |span: &ShareSpan| {
                let ([low, high], [least, most]) = (span.p50, span.example);
                [span.p05, low, high, span.p95, least, most]
            };
            let mut both = values(&told).into_iter().zip(values(&exact));
            prop_assert!(
                both.all(|(told, exact)| near(told, exact)),
                "{:?} {:?}",
                told,
                exact
            );
            // The errors of a mean do not cancel out for certain.
            prop_assert!((told.mean - exact.mean).abs() <= rounding / 2.0 + 1e-12);
        }
    }
    Ok(())
}

fn compliance_agrees(
    sums: &CurveSums,
    plan: &Plan<'_>,
    records: &[RunRecord],
    rounding: f64,
) -> Result<(), TestCaseError> {
    for curve in sums.compliance_curves(plan, records.len() as u64) {
        prop_assert_eq!(curve.points.len(), plan.compliance_samples().count());
        for (sample, point) in curve.points.iter().enumerate() {
            let counts = records.iter().map(|record| {
                let own = record.compliance[sample][curve.group];
                match curve.view {
                    View::Reported => own.reported,
                    View::Actual => own.actual,
                }
            });
            let shares: Vec<f64> = counts
                .clone()
                .filter_map(|counts| ratio([counts.compliant, counts.nodes]))
                .collect();
            let exact = (!shares.is_empty()).then(|| band(shares));
            prop_assert_eq!(point.compliant.is_some(), exact.is_some());
            for (told, exact) in point
                .compliant
                .into_iter()
                .flatten()
                .zip(exact.into_iter().flatten())
            {
                prop_assert!(near(told, exact, 1.0, rounding));
            }
            prop_assert_eq!(
                point.nodes,
                mean(counts.map(|counts| f64::from(counts.nodes)), records.len())
            );
        }
    }
    Ok(())
}

fn occupancy_agrees(
    curves: &[OccupancyCurve],
    plan: &Plan<'_>,
    records: &[RunRecord],
) -> Result<(), TestCaseError> {
    let steps = |window: usize| records.iter().map(|record| record.occupancy[window].len()).max();
    let recorded = (0..plan.openings.len()).filter(|window| steps(*window) > Some(0));
    prop_assert_eq!(recorded.clone().count(), curves.len());
    for (window, curve) in recorded.zip(curves) {
        prop_assert_eq!(&curve.window, &plan.config.windows[window].name);
        prop_assert_eq!(Some(curve.p50.len()), steps(window));
        for step in 0..curve.p50.len() {
            let levels = records.iter().map(|record| {
                let levels = &record.occupancy[window];
                f64::from(*levels.get(step).or(levels.last()).unwrap_or(&0))
            });
            let told = [curve.p05[step], curve.p50[step], curve.p95[step]];
            for (told, exact) in told.into_iter().zip(band(levels.collect())) {
                prop_assert!(near(told, exact, f64::INFINITY, 1.0 / 2048.0));
                prop_assert!(told == exact || exact > 2048.0);
            }
        }
    }
    Ok(())
}

fn curves_agree(world: &Asked, replications: u64, rounding: f64) -> Result<(), TestCaseError> {
    let plan = Plan::new(&world.config);
    let records = records(&plan, world.seed, replications);
    let sums = sums(&plan, numbered(&records));
    shares_agree(&sums.share_curves(&plan), &records, rounding)?;
    compliance_agrees(&sums, &plan, &records, rounding)?;
    let limits = |window: usize| window as u32;
    occupancy_agrees(&sums.occupancy_curves(&plan, limits), &plan, &records)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn chunks_merge_to_the_same_in_any_order(
        world in lasting(),
        chunk_of in vec(0usize..5, 1..14).prop_shuffle(),
        order in vec(any::<[Index; 2]>(), 4),
    ) {
        let plan = Plan::new(&world.config);
        let replications = chunk_of.len() as u64;
        let records = records(&plan, world.seed, replications);
        let whole = sums(&plan, numbered(&records));
        let chunk = |own: usize| {
            sums(&plan, numbered(&records).zip(&chunk_of).filter(|(_, of)| **of == own).map(|(record, _)| record))
        };
        let merged = merged((0..5).map(chunk).collect(), &order);
        prop_assert_eq!(&merged, &whole);
        let bytes = serde_json::to_vec(&whole).unwrap();
        prop_assert_eq!(&serde_json::to_vec(&merged).unwrap(), &bytes);
        prop_assert_eq!(&serde_json::from_slice::<CurveSums>(&bytes).unwrap(), &whole);
        prop_assert_eq!(told(&merged, &plan, replications), told(&whole, &plan, replications));
        let backwards: Vec<(u64, &RunRecord)> = numbered(&records).collect();
        prop_assert_eq!(&sums(&plan, backwards.into_iter().rev()), &whole);
    }

    #[test]
    fn curves_of_few_nodes_are_those_of_the_records(world in lasting(), replications in 1u64..24) {
        curves_agree(&world, replications, 0.0)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn curves_of_many_nodes_are_nearly_those_of_the_records(mut world in lasting(), replications in 1u64..5) {
        for pool in &mut world.config.pools {
            pool.count *= MANY;
        }
        curves_agree(&world, replications, 1.0 / 2048.0)?;
    }
}

/// The worlds are worth looking at: shares that swing between samples, that count late or in later
/// replications first, and openings that differ between replications all occur.
#[test]
fn random_worlds_hold_all_that_bends_a_curve() {
    let mut runner = TestRunner::deterministic();
    let [mut swings, mut late, mut later, mut bands] = [0; 4];
    for _ in 0..60 {
        let world = lasting().new_tree(&mut runner).unwrap().current();
        let plan = Plan::new(&world.config);
        let records = records(&plan, world.seed, 8);
        swings += records.iter().flat_map(|record| &record.swings).flatten().count();
        let [first, all] = [1, 8].map(|until| sums(&plan, numbered(&records).take(until)));
        let known = |sums: &CurveSums| -> Vec<bool> {
            let curves = sums.share_curves(&plan);
            let spans = curves.iter().flat_map(|curve| &curve.spans);
            spans.map(Option::is_some).collect()
        };
        let known = known(&first).into_iter().zip(known(&all));
        late += known.clone().filter(|(_, all)| !all).count();
        later += known.filter(|(first, all)| !first && *all).count();
        let occupancy = all.occupancy_curves(&plan, |_| 0);
        bands += occupancy.iter().filter(|curve| curve.p05 != curve.p95).count();
    }
    let all = [swings, late, later, bands];
    assert!(all.iter().all(|found| *found > 10), "{all:?}");
}
