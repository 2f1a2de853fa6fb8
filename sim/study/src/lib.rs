//! Experiments on the simulated world: replications on many threads with one answer, estimates
//! with their uncertainty, assertions, the exact table of approvals, traces with causes, and
//! explanations of single outcomes.

mod approvals;
mod asserted;
mod assertion;
mod bad_patches;
mod closed_form;
mod collect;
mod compare;
mod compliance;
mod counts_over_time;
mod curve_sums;
mod design;
mod estimate;
pub mod explain;
mod factors;
mod fault_metrics;
mod first_openings;
pub mod fit;
mod hypothetical;
mod metrics;
mod occupancy;
mod openings;
mod paired;
mod patch_metrics;
mod precision;
mod ranking;
mod replicate;
mod response;
mod results;
mod selector;
mod share_examples;
mod shares;
mod sums;
mod tally;
mod trace;
mod trace_faults;
pub mod verify;
mod work;

pub use approvals::{ApprovalRow, approvals};
pub use asserted::AssertedEstimate;
pub use assertion::{AssertionResult, Verdict, assess};
pub use bad_patches::BadPatchResult;
pub use closed_form::{binomial_exceeds, expected_sent, started_by_cutoff};
pub use compare::{
    CompareOptions, ComparedDesign, ComparedResponse, Comparison, Contender, ResponseEstimate, compare,
};
pub use compliance::{ComplianceCurve, CompliancePoint, ComplianceSums, View};
pub use curve_sums::CurveSums;
pub use design::{DesignOutcome, TaskLimits};
pub use estimate::{Interval, Proportion, Summary};
pub use factors::{DesignPoint, Designs, DesignsError};
pub use hypothetical::{Announced, announced_approvals};
pub use metrics::{responses, responses_of};
pub use paired::{Better, Change, DifferenceOf, PairedDifference, PairingGain};
pub use patchbench_kernel::NUMERIC_PROFILE;
pub use precision::{FIRST, Look, MOST, Precision, PrecisionReached, PrecisionTarget, Width, headline};
pub use ranking::{Ranking, bonferroni};
pub use replicate::{CHUNK, Progress, Replications, Silent, run_replications};
pub use response::{Keyed, Observation, Response, ResponseKey, TalliedResponse};
pub use results::{
    CommandResult, GroupResult, MetricRow, OccupancyCurve, PatchResult, Reached, ReplicationRow, SHARES,
    StudyResults, WindowResult,
};
pub use selector::{Selector, Unselected};
pub use shares::{ShareCurve, ShareSpan};
pub use sums::{DesignSums, MOST_ROWS, ResponseReadings, Study, StudySums, Sums, from_bytes, to_bytes};
pub use tally::{Reading, Tally};
pub use trace::{TraceRecord, TraceValue, trace_replication};
pub use work::{Piece, Work, missing_shards, overlaps, uncovered};
