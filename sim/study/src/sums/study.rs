//! Everything that a study says, summed up.

use patchbench_model::ssm::InvocationStatus;
use patchbench_model::world::{CommandRecord, RunRecord};
use serde::{Deserialize, Serialize};

use super::commands::CommandSums;
use super::patches::PatchSums;
use super::windows::WindowSums;
use super::{ResponseSums, Study, Sums};
use crate::assertion::AssertionSums;
use crate::bad_patches::BadPatchSums;
use crate::collect::{NODE_DAY, groups, stopped};
use crate::curve_sums::CurveSums;
use crate::results::{ReplicationRow, StudyResults};
use crate::{PrecisionReached, TalliedResponse};

/// So many replications have rows of their own in the results: those with the lowest numbers.
pub const MOST_ROWS: u64 = 100_000;

/// What replications of a plan leave behind for [`StudyResults`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StudySums {
    replications: u64,
    responses: ResponseSums,
    assertions: AssertionSums,
    patches: PatchSums,
    bad_patches: BadPatchSums,
    commands: CommandSums,
    windows: WindowSums,
    curves: CurveSums,
    rows: Vec<ReplicationRow>,
}

impl Sums for StudySums {
    fn push(&mut self, study: &Study<'_>, first: u64, records: Vec<RunRecord>) {
        let plan = study.facts.plan;
        self.replications += records.len() as u64;
        self.responses.push(&study.facts, &records, None);
        self.assertions.push(&study.facts, &records, study.assertions);
        for (number, record) in (first..).zip(&records) {
            self.patches.push(plan, number, record);
            self.bad_patches.push(plan, number, record);
            self.commands.push(plan, number, record);
            self.windows.push(record);
            self.curves.push(plan, number, record);
            if number < MOST_ROWS {
                self.rows.push(row(number, record));
            }
        }
    }

    fn merge(&mut self, other: Self) {
        self.replications += other.replications;
        self.responses.merge(other.responses);
        self.assertions.merge(other.assertions);
        self.patches.merge(other.patches);
        self.bad_patches.merge(other.bad_patches);
        self.commands.merge(other.commands);
        self.windows.merge(other.windows);
        self.curves.merge(other.curves);
        let sorted = match (self.rows.last(), other.rows.first()) {
            (Some(last), Some(next)) => last.replication < next.replication,
            _ => true,
        };
        self.rows.extend(other.rows);
        if !sorted {
            self.rows.sort_by_key(|row| row.replication);
        }
    }

    fn replications(&self) -> u64 {
        self.replications
    }

    fn responses(&self, study: &Study<'_>) -> Vec<TalliedResponse> {
        self.responses.finish(&study.facts)
    }
}

impl StudySums {
    /// All estimates, worked out once from what was merged.
    pub fn finish(self, study: &Study<'_>, precision: Vec<PrecisionReached>) -> StudyResults {
        let plan = study.facts.plan;
        let responses = self.responses.finish(&study.facts);
        StudyResults {
            seed: study.seed,
            replications: self.replications,
            precision,
            groups: groups(plan),
            metrics: responses.iter().map(TalliedResponse::row).collect(),
            assertions: self.assertions.finish(&study.facts, study.assertions, &responses),
            bad_patches: self.bad_patches.finish(plan),
            patches: self.patches.finish(&study.facts),
            windows: self.windows.finish(plan),
            shares: self.curves.share_curves(plan),
            compliance: self.curves.compliance_curves(plan, self.replications),
            occupancy: self
                .curves
                .occupancy_curves(plan, |window| self.commands.most_at_once(plan, window)),
            commands: self.commands.finish(plan),
            rows: self.rows,
        }
    }
}

fn row(replication: u64, record: &RunRecord) -> ReplicationRow {
    let sum = |value: &dyn Fn(&CommandRecord) -> u64| record.commands.iter().map(value).sum();
    ReplicationRow {
        replication,
        sent: sum(&|command| u64::from(command.counts.sent())),
        succeeded: sum(&|command| u64::from(command.counts.get(InvocationStatus::Success))),
        errors: sum(&|command| u64::from(command.counts.errors())),
        installed: sum(&|command| command.installed),
        reboots: sum(&|command| u64::from(command.rebooted)),
        stops: sum(&|command| u64::from(stopped(command))),
        exposure: record.coverage.iter().map(|cell| cell.exposure_ms).sum::<i128>() as f64 / NODE_DAY,
        fingerprint: record.fingerprint,
    }
}
