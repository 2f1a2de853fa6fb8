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
mod design;
mod estimate;
pub mod explain;
mod factors;
mod fault_metrics;
mod first_openings;
pub mod fit;
mod hypothetical;
mod metrics;
mod openings;
mod paired;
mod patch_metrics;
mod precision;
mod ranking;
mod replicate;
mod response;
mod results;
mod selector;
mod shares;
mod trace;
mod trace_faults;
pub mod verify;

pub use approvals::{ApprovalRow, approvals};
pub use asserted::AssertedEstimate;
pub use assertion::{AssertionResult, Verdict, assess};
pub use bad_patches::BadPatchResult;
pub use closed_form::{binomial_exceeds, expected_sent, started_by_cutoff};
pub use collect::collect;
pub use compare::{
    CompareOptions, ComparedDesign, ComparedResponse, Comparison, Contender, ResponseEstimate, compare,
};
pub use compliance::{ComplianceCurve, CompliancePoint, ComplianceSums, View};
pub use design::{DesignOutcome, TaskLimits, play_design};
pub use estimate::{Interval, Proportion, Summary};
pub use factors::{DesignPoint, Designs, DesignsError};
pub use hypothetical::{Announced, announced_approvals};
pub use metrics::{responses, responses_of};
pub use paired::{Better, Change, DifferenceOf, PairedDifference, PairingGain};
pub use precision::{
    FIRST, MOST, Precision, PrecisionReached, PrecisionTarget, Width, headline, play_until_precise,
};
pub use ranking::{Ranking, bonferroni};
pub use replicate::{CHUNK, Progress, Replications, Silent, run_replications};
pub use response::{Observation, Response, ResponseKey};
pub use results::{
    CommandResult, GroupResult, MetricRow, OccupancyCurve, PatchResult, Reached, ReplicationRow, SHARES,
    StudyResults, WindowResult,
};
pub use selector::{Selector, Unselected};
pub use shares::{ShareCurve, ShareSpan};
pub use trace::{TraceRecord, TraceValue, trace_replication};
