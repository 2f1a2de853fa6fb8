//! Patch baselines as data. Semantics, sections 2.1 and 2.2.

use std::fmt;

use chrono::NaiveDate;

use super::OperatingSystem;

/// `ComplianceLevel`, in rising order. Semantics, section 2.6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum ComplianceLevel {
    /// `UNSPECIFIED`
    #[default]
    Unspecified,
    /// `INFORMATIONAL`
    Informational,
    /// `LOW`
    Low,
    /// `MEDIUM`
    Medium,
    /// `HIGH`
    High,
    /// `CRITICAL`
    Critical,
}

impl ComplianceLevel {
    /// Every level, rising.
    pub const ALL: [Self; 6] = [
        Self::Unspecified,
        Self::Informational,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::Critical,
    ];

    /// The API's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unspecified => "UNSPECIFIED",
            Self::Informational => "INFORMATIONAL",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
            Self::Critical => "CRITICAL",
        }
    }
}

/// `RejectedPatchesAction`. Semantics, section 2.6.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RejectedPatchesAction {
    /// `ALLOW_AS_DEPENDENCY`
    #[default]
    AllowAsDependency,
    /// `BLOCK`
    Block,
}

/// `AvailableSecurityUpdatesComplianceStatus` (Windows). Semantics, section 8.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UpdatesComplianceStatus {
    /// `COMPLIANT`
    Compliant,
    /// `NON_COMPLIANT`
    NonCompliant,
}

/// `PatchFilterKey` as far as rules may use it. Semantics, section 2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FilterKey {
    /// `PATCH_SET`
    PatchSet,
    /// `PRODUCT`
    Product,
    /// `PRODUCT_FAMILY`
    ProductFamily,
    /// `CLASSIFICATION`
    Classification,
    /// `MSRC_SEVERITY`
    MsrcSeverity,
    /// `SEVERITY`
    Severity,
    /// `PRIORITY`
    Priority,
    /// `SECTION`
    Section,
}

impl FilterKey {
    /// Every key a rule may use.
    pub const ALL: [Self; 8] = [
        Self::PatchSet,
        Self::Product,
        Self::ProductFamily,
        Self::Classification,
        Self::MsrcSeverity,
        Self::Severity,
        Self::Priority,
        Self::Section,
    ];

    /// The API's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PatchSet => "PATCH_SET",
            Self::Product => "PRODUCT",
            Self::ProductFamily => "PRODUCT_FAMILY",
            Self::Classification => "CLASSIFICATION",
            Self::MsrcSeverity => "MSRC_SEVERITY",
            Self::Severity => "SEVERITY",
            Self::Priority => "PRIORITY",
            Self::Section => "SECTION",
        }
    }

    /// Whether rules for this operating system may use the key. Semantics, section 2.2.
    pub fn fits(self, os: OperatingSystem) -> bool {
        use super::Family::{Apt, Mac, Rpm, Suse, Windows};
        match self {
            Self::PatchSet | Self::ProductFamily | Self::MsrcSeverity => os.family() == Windows,
            Self::Product => true,
            Self::Classification => matches!(os.family(), Windows | Rpm | Suse | Mac),
            Self::Severity => matches!(os.family(), Rpm | Suse),
            Self::Priority | Self::Section => os.family() == Apt,
        }
    }
}

impl fmt::Display for FilterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `PatchFilter`: one key and its alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchFilter {
    /// What is compared.
    pub key: FilterKey,
    /// Alternatives, compared without regard to case; `*` matches everything.
    pub values: Vec<String>,
}

/// `PatchFilterGroup`: filters that must all match; an empty group matches every patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterGroup {
    /// The filters.
    pub filters: Vec<PatchFilter>,
}

/// When a rule approves what it matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Approval {
    /// `ApproveAfterDays`: 0 to 360 days of 86,400 s after the release instant.
    AfterDays(u16),
    /// `ApproveUntilDate`: everything released up to and including this day (UTC), at once.
    UntilDate(NaiveDate),
}

/// `PatchRule`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApprovalRule {
    /// What it matches.
    pub filter: FilterGroup,
    /// When it approves.
    pub approval: Approval,
    /// Level given to what it approves.
    pub compliance_level: ComplianceLevel,
    /// Linux: also what does not come from a security source.
    pub enable_non_security: bool,
}

/// `PatchSource`: an alternative repository (Linux).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchSource {
    /// Its name.
    pub name: String,
    /// Products that use it, `*` for all.
    pub products: Vec<String>,
}

/// A patch baseline. Semantics, section 2.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchBaseline {
    /// Its name, 3 to 128 characters of `A-Z a-z 0-9 _ - .`.
    pub name: String,
    /// Operating system it is for.
    pub operating_system: OperatingSystem,
    /// Applied before the rules.
    pub global_filter: FilterGroup,
    /// Rules, alternatives of each other.
    pub rules: Vec<ApprovalRule>,
    /// Approved whatever the rules say.
    pub approved_patches: Vec<String>,
    /// Level given to patches on the approved list.
    pub approved_patches_compliance_level: ComplianceLevel,
    /// Linux: approved packages need no advisory.
    pub approved_patches_enable_non_security: bool,
    /// Never approved.
    pub rejected_patches: Vec<String>,
    /// What happens to rejected patches that are there already or needed by others.
    pub rejected_patches_action: RejectedPatchesAction,
    /// Alternative repositories (Linux).
    pub sources: Vec<PatchSource>,
    /// Windows: whether security updates that are not yet approved make a node non-compliant.
    pub available_security_updates: Option<UpdatesComplianceStatus>,
    /// Owned by AWS (predefined) or custom.
    pub aws_owned: bool,
}

impl PatchBaseline {
    /// A custom baseline without rules.
    pub fn custom(name: impl Into<String>, operating_system: OperatingSystem) -> Self {
        Self {
            name: name.into(),
            operating_system,
            global_filter: FilterGroup::default(),
            rules: Vec::new(),
            approved_patches: Vec::new(),
            approved_patches_compliance_level: ComplianceLevel::Unspecified,
            approved_patches_enable_non_security: false,
            rejected_patches: Vec::new(),
            rejected_patches_action: RejectedPatchesAction::AllowAsDependency,
            sources: Vec::new(),
            available_security_updates: None,
            aws_owned: false,
        }
    }

    /// Whether nodes of a product find a source: when a baseline lists sources and none of them names
    /// the node's product or `*`, every run fails on the node. Windows and macOS have no sources, and a
    /// node without a product takes any. Semantics, section 2.6.
    pub fn has_source_for(&self, product: Option<&str>) -> bool {
        let decides = self.operating_system.family().has_sources() && !self.sources.is_empty();
        let Some(product) = product.filter(|_| decides) else {
            return true;
        };
        let names = |known: &String| known == "*" || known == product;
        self.sources
            .iter()
            .any(|source| source.products.iter().any(names))
    }
}
