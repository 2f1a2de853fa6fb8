//! The rule that a step rests on.

/// A rule of the semantics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Basis {
    /// Section of the semantics.
    pub section: &'static str,
    /// What the rule says, for rules that AWS does not document.
    pub inferred: Option<&'static str>,
    /// The setting that governs it.
    pub setting: Option<&'static str>,
}

impl Basis {
    const fn documented(section: &'static str) -> Self {
        Self {
            section,
            inferred: None,
            setting: None,
        }
    }

    const fn inferred(section: &'static str, rule: &'static str, setting: Option<&'static str>) -> Self {
        Self {
            section,
            inferred: Some(rule),
            setting,
        }
    }
}

pub(super) const RELEASE_DATE: Basis = Basis::documented("2.5");
pub(super) const RELEASE_DATE_UNSURE: Basis = Basis::inferred(
    "2.5",
    "which date of the patch the approval delay counts from",
    None,
);
pub(super) const APPLICABLE: Basis = Basis::documented("8.1");
pub(super) const PATCH_GROUP: Basis = Basis::documented("3");
pub(super) const MATCHING: Basis = Basis::documented("2.3");
pub(super) const CUT_OFF_DATE: Basis = Basis::documented("2.4");
pub(super) const DELAY: Basis = Basis::inferred(
    "2.4",
    "whether a patch is approved at the very instant its delay ends",
    Some("approval_boundary"),
);
pub(super) const LISTS: Basis = Basis::documented("2.6");
pub(super) const SOURCES: Basis = Basis::documented("2.6");
pub(super) const LIST_BEFORE_FILTER: Basis = Basis::inferred(
    "2.6",
    "the approved list wins over the global filter",
    Some("approved_list_bypasses_global"),
);
pub(super) const SUPERSEDENCE: Basis = Basis {
    section: "2.6",
    inferred: None,
    setting: Some("supersedence"),
};
pub(super) const TARGETS: Basis = Basis::inferred("5", "tags and ids are compared exactly", None);
pub(super) const OFFLINE: Basis = Basis::inferred(
    "5",
    "whether an invocation that waits for its node holds a slot",
    Some("offline_holds_slot"),
);
pub(super) const SCHEDULE: Basis = Basis::documented("4.2");
pub(super) const OVERLAP: Basis = Basis::inferred(
    "4.6",
    "a window does not open while its last execution is in progress",
    None,
);
pub(super) const WINDOW_STATUS: Basis = Basis::inferred(
    "4.6",
    "how the status of a task and of a window follows from those of the invocations",
    None,
);
pub(super) const CUTOFF: Basis = Basis::documented("4.5");
pub(super) const PARTS: Basis = Basis::inferred(
    "4.5",
    "the targets of one task are sent to one after the other",
    Some("multi_target_task"),
);
pub(super) const KILLED: Basis = Basis::inferred(
    "4.5",
    "what CANCEL_TASK does to a node that is at it",
    Some("cancel_kills_running"),
);
pub(super) const PERCENT: Basis = Basis::inferred(
    "6.3",
    "how a percentage of the nodes becomes a number",
    Some("percent_rounding"),
);
pub(super) const STOP: Basis = Basis::documented("6.4");
pub(super) const ORDER: Basis = Basis::inferred(
    "6.5",
    "the order in which nodes are sent to",
    Some("target_order"),
);
pub(super) const STATUS: Basis = Basis::documented("6.6");
pub(super) const TIMEOUT: Basis = Basis::documented("6.7");
pub(super) const OPERATION: Basis = Basis::documented("7.2");
pub(super) const REBOOT: Basis = Basis::documented("7.3");
pub(super) const SNAPSHOT: Basis = Basis::documented("7.4");
pub(super) const COMPLIANCE: Basis = Basis::documented("8.4");
