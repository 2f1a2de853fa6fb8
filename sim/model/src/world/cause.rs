//! Why an invocation did not end in success.

/// What kept an invocation from success. Its status says how it ended, this says why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// The scenario gives the node this outcome.
    Scripted,
    /// A drawn failure of the scan.
    ScanFailed,
    /// A drawn failure of the install.
    InstallFailed,
    /// The node is sick: every install fails until it has been repaired.
    Sick,
    /// A bad patch breaks the install on this node.
    BadPatch,
    /// Every attempt of the install met a transient failure.
    TransientFailure,
    /// A bad patch keeps the node from coming back from its reboot.
    LostAtReboot,
    /// The node could not be reached before the delivery timeout. Semantics, sections 5 and 6.7.
    Unreachable,
    /// Another patch command holds the node. Semantics, section 7.5.
    NodeLocked,
    /// The task has an install override list and a baseline override. Semantics, section 7.4.
    BothOverrides,
    /// The baseline override has no baseline for the node's operating system.
    NoOverrideBaseline,
    /// No source of the baseline is for the node's product. Semantics, section 2.6.
    NoSource,
    /// The sixth reboot was one too many. Semantics, section 7.3.
    TooManyReboots,
    /// The work took longer than the step timeout. Semantics, section 6.7.
    StepTimeout,
    /// The command was cancelled: at the cutoff, or by an alarm. Semantics, section 4.5.
    CutOff,
}

impl Cause {
    /// Every cause.
    pub const ALL: [Self; 15] = [
        Self::Scripted,
        Self::ScanFailed,
        Self::InstallFailed,
        Self::Sick,
        Self::BadPatch,
        Self::TransientFailure,
        Self::LostAtReboot,
        Self::Unreachable,
        Self::NodeLocked,
        Self::BothOverrides,
        Self::NoOverrideBaseline,
        Self::NoSource,
        Self::TooManyReboots,
        Self::StepTimeout,
        Self::CutOff,
    ];

    /// Its name in traces and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scripted => "scripted",
            Self::ScanFailed => "scan_failed",
            Self::InstallFailed => "install_failed",
            Self::Sick => "sick_node",
            Self::BadPatch => "bad_patch",
            Self::TransientFailure => "transient_failure",
            Self::LostAtReboot => "lost_at_reboot",
            Self::Unreachable => "unreachable",
            Self::NodeLocked => "node_locked",
            Self::BothOverrides => "both_overrides",
            Self::NoOverrideBaseline => "no_override_baseline",
            Self::NoSource => "no_source",
            Self::TooManyReboots => "too_many_reboots",
            Self::StepTimeout => "step_timeout",
            Self::CutOff => "cut_off",
        }
    }

    /// The exit code of the document, where it came so far as to have one. Semantics, section 7.5.
    pub const fn exit_code(self) -> Option<u32> {
        match self {
            Self::ScanFailed | Self::InstallFailed | Self::Sick | Self::BadPatch | Self::TransientFailure => {
                Some(1)
            }
            Self::TooManyReboots => Some(3),
            Self::NodeLocked => Some(4),
            Self::BothOverrides => Some(167),
            Self::Scripted
            | Self::NoOverrideBaseline
            | Self::NoSource
            | Self::LostAtReboot
            | Self::Unreachable
            | Self::StepTimeout
            | Self::CutOff => None,
        }
    }

    /// What happened, in words that stand after the status.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Scripted => "the scenario scripts this outcome",
            Self::ScanFailed => "the scan fails",
            Self::InstallFailed => "the install fails",
            Self::Sick => "the node is sick: every install fails until it has been repaired",
            Self::BadPatch => "a bad patch breaks the install on this node",
            Self::TransientFailure => "every attempt of the install meets a transient failure",
            Self::LostAtReboot => "a bad patch keeps the node from coming back from its reboot",
            Self::Unreachable => "the node cannot be reached before the delivery timeout",
            Self::NodeLocked => "another patch command holds the node (exit code 4)",
            Self::BothOverrides => {
                "an install override list and a baseline override cannot go together (exit code 167)"
            }
            Self::NoSource => "no source of the baseline is for the node's product",
            Self::NoOverrideBaseline => "the baseline override has no baseline for the node's system",
            Self::TooManyReboots => "the run would start again after a sixth reboot (exit code 3)",
            Self::StepTimeout => "the step timeout passes before it is done",
            Self::CutOff => "the command was cancelled before it was done",
        }
    }

    /// The section of the semantics behind it.
    pub const fn section(self) -> &'static str {
        match self {
            Self::Scripted => "6.6",
            Self::ScanFailed | Self::InstallFailed | Self::Sick | Self::BadPatch | Self::TransientFailure => {
                "7.2"
            }
            Self::Unreachable => "5",
            Self::NodeLocked => "7.5",
            Self::BothOverrides | Self::NoOverrideBaseline => "7.4",
            Self::NoSource => "2.6",
            Self::LostAtReboot | Self::StepTimeout => "6.7",
            Self::TooManyReboots => "7.3",
            Self::CutOff => "4.5",
        }
    }
}
