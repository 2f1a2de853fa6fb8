//! The rules of Systems Manager patching, as pure functions over plain data.

mod approval;
mod baseline;
mod compliance;
mod filter;
mod list;
mod os;
mod patch_group;
mod predefined;
mod rate_control;
mod status;
mod target;
mod timeout;

pub use approval::{ApprovalVerdict, EffectiveApproval, NotApproved, RuleMatch, evaluate, release_instant};
pub use baseline::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, FilterKey, PatchBaseline, PatchFilter, PatchSource,
    RejectedPatchesAction, UpdatesComplianceStatus,
};
pub use compliance::{InstancePatchState, PatchFacts, PatchState, VendorSeverity, classify, summarize};
pub use filter::{PatchView, first_mismatch, group_matches};
pub use list::lists;
pub use os::{Family, OperatingSystem};
pub use patch_group::{
    RegisterError, baseline_for, default_baseline_name, patch_group_of, register_patch_group,
};
pub use predefined::{BaselineVintage, PredefinedBaseline, predefined_baselines};
pub use rate_control::{
    RateControl, RateLimits, SEND_COMMAND_DEFAULTS, patch_now_defaults, resolve_max_concurrency,
    resolve_max_errors,
};
pub use status::{
    CommandCounts, CommandStatus, InvocationStatus, NO_TASKS, command_status, task_status, window_status,
};
pub use target::{NodeSet, Target, TargetKey, resolve_targets};
pub use timeout::command_expiry;
