//! The models with closed forms, under the names that the literature review of the project gives them.

/// A model that is simple enough to be known exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// Its short name.
    pub id: &'static str,
    /// What it is about.
    pub about: &'static str,
}

const fn model(id: &'static str, about: &'static str) -> Model {
    Model { id, about }
}

/// Sending stops once errors exceed the limit; completions at distinct instants.
pub(super) const F1: Model = model("F1", "error threshold, completions one by one");
/// The same with equal durations: batches.
pub(super) const F2: Model = model("F2", "error threshold, batches of equal durations");
/// A given number of nodes is bound to fail.
pub(super) const F3: Model = model("F3", "error threshold, doomed nodes in random order");
/// When sending stops.
pub(super) const F4: Model = model("F4", "instant at which the threshold stops");
/// Every invocation fails.
pub(super) const CERTAIN: Model = model("inv", "error threshold, certain failures");
/// Time until k nodes have a patch.
pub(super) const F5: Model = model("F5", "time to coverage, exponential installs");
/// The longest of n durations.
pub(super) const F6: Model = model("F6", "longest of parallel invocations");
/// Installs that take equally long.
pub(super) const STEPS: Model = model("det", "time to coverage and exposure, equal installs");
/// Jobs of given lengths onto the first free slot.
pub(super) const LIST: Model = model("list", "list scheduling, given durations");
/// Concurrency that doubles.
pub(super) const RAMP: Model = model("ramp", "concurrency that ramps up");
/// Windows until all have the patch, equal installs.
pub(super) const F7: Model = model("F7", "openings needed, equal installs");
/// The same with exponential installs.
pub(super) const F8: Model = model("F8", "openings needed, exponential installs");
/// Failed installs wait for the next opening.
pub(super) const F9: Model = model("F9", "openings needed when installs fail");
/// Approval delay and windows.
pub(super) const F10: Model = model("F10", "share in time, and days from release to install");
/// Poisson releases.
pub(super) const F11: Model = model("F11", "patches missing under Poisson releases");
/// Cumulative releases.
pub(super) const F12: Model = model("F12", "superseded before the window");
/// The calendar.
pub(super) const CALENDAR: Model = model("cal", "Patch Tuesday to the first window after approval");
/// A canary that stops on a failure.
pub(super) const F14: Model = model("F14", "canary that sees a failure");
/// Faults that show later.
pub(super) const F16: Model = model("F16", "latent faults, cancelled on the first alarm");
/// A bad patch is a cause in common.
pub(super) const F17: Model = model("F17", "error threshold, bad patch as a common cause");
/// Transient and persistent failures.
pub(super) const F18: Model = model("F18", "transient failures with retries");

/// All models.
pub const MODELS: [Model; 21] = [
    F1, F2, F3, F4, CERTAIN, F5, F6, STEPS, LIST, RAMP, F7, F8, F9, F10, F11, F12, CALENDAR, F14, F16, F17,
    F18,
];
