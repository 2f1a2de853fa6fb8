//! Patch compliance of a node. Semantics, section 8.

use super::{ComplianceLevel, RejectedPatchesAction, UpdatesComplianceStatus};

/// `PatchComplianceDataState`. Semantics, section 8.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PatchState {
    /// `INSTALLED`
    Installed,
    /// `INSTALLED_OTHER`
    InstalledOther,
    /// `INSTALLED_PENDING_REBOOT`
    InstalledPendingReboot,
    /// `INSTALLED_REJECTED`
    InstalledRejected,
    /// `MISSING`
    Missing,
    /// `FAILED`
    Failed,
    /// `NOT_APPLICABLE`
    NotApplicable,
    /// `AVAILABLE_SECURITY_UPDATE`
    AvailableSecurityUpdate,
}

impl PatchState {
    /// The API's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "INSTALLED",
            Self::InstalledOther => "INSTALLED_OTHER",
            Self::InstalledPendingReboot => "INSTALLED_PENDING_REBOOT",
            Self::InstalledRejected => "INSTALLED_REJECTED",
            Self::Missing => "MISSING",
            Self::Failed => "FAILED",
            Self::NotApplicable => "NOT_APPLICABLE",
            Self::AvailableSecurityUpdate => "AVAILABLE_SECURITY_UPDATE",
        }
    }
}

impl PatchState {
    /// Every state.
    pub const ALL: [Self; 8] = [
        Self::Installed,
        Self::InstalledOther,
        Self::InstalledPendingReboot,
        Self::InstalledRejected,
        Self::Missing,
        Self::Failed,
        Self::NotApplicable,
        Self::AvailableSecurityUpdate,
    ];

    /// Whether a patch in this state leaves its node compliant. Semantics, sections 8.1 and 8.4.
    pub fn is_compliant(self, available_security_updates: Option<UpdatesComplianceStatus>) -> bool {
        match self {
            Self::Missing | Self::Failed | Self::InstalledPendingReboot | Self::InstalledRejected => false,
            Self::AvailableSecurityUpdate => {
                available_security_updates != Some(UpdatesComplianceStatus::NonCompliant)
            }
            Self::Installed | Self::InstalledOther | Self::NotApplicable => true,
        }
    }
}

/// The vendor's severity of a patch, as reports count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum VendorSeverity {
    /// `Critical`
    Critical,
    /// `Important`
    Important,
    /// `Moderate` or `Medium`
    Moderate,
    /// `Low`
    Low,
    /// Another word, or none.
    Unrated,
}

impl VendorSeverity {
    /// Every severity, falling.
    pub const ALL: [Self; 5] = [
        Self::Critical,
        Self::Important,
        Self::Moderate,
        Self::Low,
        Self::Unrated,
    ];

    /// A word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "Critical",
            Self::Important => "Important",
            Self::Moderate => "Moderate",
            Self::Low => "Low",
            Self::Unrated => "unrated",
        }
    }

    /// The severity with the word that a catalogue uses, compared without regard to case.
    pub fn of(word: Option<&str>) -> Self {
        let word = word.unwrap_or_default();
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        match () {
            () if is("Critical") => Self::Critical,
            () if is("Important") => Self::Important,
            () if is("Moderate") || is("Medium") => Self::Moderate,
            () if is("Low") => Self::Low,
            () => Self::Unrated,
        }
    }
}

/// What is known of one patch on one node when its state is determined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PatchFacts {
    /// It is on the node.
    pub installed: bool,
    /// Installed since the last reboot, by an install that was told not to reboot.
    pub pending_reboot: bool,
    /// The baseline approves it by now.
    pub approved: bool,
    /// It is on the rejected list.
    pub rejected: bool,
    /// The last operation tried to install it and failed.
    pub failed: bool,
    /// A later installed update contains it.
    pub replaced: bool,
    /// An older version of the package is on the node (Linux: patching never adds packages).
    pub present_in_older_version: bool,
    /// It is for Windows.
    pub windows: bool,
    /// Its classification is a security one.
    pub security: bool,
}

/// The state of a patch, in the order of evaluation of Semantics, section 8.2; `None` when the
/// report does not list it.
pub fn classify(facts: PatchFacts, rejected_action: RejectedPatchesAction) -> Option<PatchState> {
    let PatchFacts {
        installed, approved, ..
    } = facts;
    match () {
        () if installed && facts.rejected => Some(match rejected_action {
            RejectedPatchesAction::Block => PatchState::InstalledRejected,
            RejectedPatchesAction::AllowAsDependency => PatchState::InstalledOther,
        }),
        () if facts.rejected => None,
        () if installed && facts.pending_reboot => Some(PatchState::InstalledPendingReboot),
        () if installed && !approved => Some(PatchState::InstalledOther),
        () if installed => Some(PatchState::Installed),
        () if approved && facts.replaced => facts.windows.then_some(PatchState::NotApplicable),
        () if approved && facts.failed => Some(PatchState::Failed),
        () if approved && (facts.windows || facts.present_in_older_version) => Some(PatchState::Missing),
        () if approved => None,
        () if facts.windows && facts.security && !facts.replaced => Some(PatchState::AvailableSecurityUpdate),
        () => None,
    }
}

/// The counts of an `InstancePatchState` record. Semantics, section 8.4.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InstancePatchState {
    /// `InstalledCount`
    pub installed: u32,
    /// `InstalledOtherCount`
    pub installed_other: u32,
    /// `InstalledPendingRebootCount`
    pub installed_pending_reboot: u32,
    /// `InstalledRejectedCount`
    pub installed_rejected: u32,
    /// `MissingCount`
    pub missing: u32,
    /// `FailedCount`
    pub failed: u32,
    /// `NotApplicableCount`
    pub not_applicable: u32,
    /// `AvailableSecurityUpdateCount`
    pub available_security_update: u32,
    /// `CriticalNonCompliantCount`: by the baseline's level, not the vendor's severity.
    pub critical_non_compliant: u32,
    /// `SecurityNonCompliantCount`
    pub security_non_compliant: u32,
    /// `OtherNonCompliantCount`: neither of the two above.
    pub other_non_compliant: u32,
    /// Highest compliance level among the non-compliant patches; at least INFORMATIONAL when there
    /// is one, UNSPECIFIED when the node is compliant.
    pub severity: ComplianceLevel,
}

impl InstancePatchState {
    /// Patches in a state.
    pub const fn count(&self, state: PatchState) -> u32 {
        match state {
            PatchState::Installed => self.installed,
            PatchState::InstalledOther => self.installed_other,
            PatchState::InstalledPendingReboot => self.installed_pending_reboot,
            PatchState::InstalledRejected => self.installed_rejected,
            PatchState::Missing => self.missing,
            PatchState::Failed => self.failed,
            PatchState::NotApplicable => self.not_applicable,
            PatchState::AvailableSecurityUpdate => self.available_security_update,
        }
    }

    /// Whether the node is compliant.
    pub const fn compliant(&self) -> bool {
        self.critical_non_compliant + self.security_non_compliant + self.other_non_compliant == 0
    }
}

/// Sums the states of a node's patches; each with its compliance level and whether its
/// classification is a security one.
pub fn summarize(
    patches: impl IntoIterator<Item = (PatchState, ComplianceLevel, bool)>,
    available_security_updates: Option<UpdatesComplianceStatus>,
) -> InstancePatchState {
    let mut node = InstancePatchState::default();
    for (state, level, security) in patches {
        *count_of(&mut node, state) += 1;
        match state {
            _ if state.is_compliant(available_security_updates) => {}
            // Never a critical one, whatever its level (Semantics, section 8.4).
            PatchState::AvailableSecurityUpdate => {
                non_compliant(&mut node, level.min(ComplianceLevel::High), true);
            }
            _ => non_compliant(&mut node, level, security),
        }
    }
    node
}

fn count_of(node: &mut InstancePatchState, state: PatchState) -> &mut u32 {
    match state {
        PatchState::Installed => &mut node.installed,
        PatchState::InstalledOther => &mut node.installed_other,
        PatchState::InstalledPendingReboot => &mut node.installed_pending_reboot,
        PatchState::InstalledRejected => &mut node.installed_rejected,
        PatchState::Missing => &mut node.missing,
        PatchState::Failed => &mut node.failed,
        PatchState::NotApplicable => &mut node.not_applicable,
        PatchState::AvailableSecurityUpdate => &mut node.available_security_update,
    }
}

fn non_compliant(node: &mut InstancePatchState, level: ComplianceLevel, security: bool) {
    let critical = level == ComplianceLevel::Critical;
    node.critical_non_compliant += u32::from(critical);
    node.security_non_compliant += u32::from(security);
    node.other_non_compliant += u32::from(!critical && !security);
    node.severity = node.severity.max(level).max(ComplianceLevel::Informational);
}
