//! The AWS-owned baselines. Semantics, section 1.2.

use chrono::NaiveDate;

use super::{
    Approval, ApprovalRule, ComplianceLevel, FilterGroup, FilterKey, OperatingSystem, PatchBaseline,
    PatchFilter, UpdatesComplianceStatus,
};

/// Which edition of the AWS-owned baselines is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BaselineVintage {
    /// The newest known one.
    #[default]
    Latest,
    /// As it was on this day.
    Date(NaiveDate),
}

impl BaselineVintage {
    fn since(self, year: i32, month: u32, day: u32) -> bool {
        match self {
            Self::Latest => true,
            Self::Date(date) => NaiveDate::from_ymd_opt(year, month, day).is_none_or(|change| date >= change),
        }
    }
}

/// An AWS-owned baseline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PredefinedBaseline {
    /// The baseline.
    pub baseline: PatchBaseline,
    /// Whether it is the default of its operating system.
    pub is_default: bool,
}

type Filters = &'static [(FilterKey, &'static [&'static str])];

const SEVERE: &[&str] = &["Critical", "Important"];
const SECURITY: Filters = &[
    (FilterKey::Classification, &["Security"]),
    (FilterKey::Severity, SEVERE),
];
const BUGFIX: Filters = &[(FilterKey::Classification, &["Bugfix"])];
const PRIORITIES: Filters = &[(
    FilterKey::Priority,
    &["Required", "Important", "Standard", "Optional", "Extra"],
)];
const WINDOWS: Filters = &[
    (FilterKey::Classification, &["CriticalUpdates", "SecurityUpdates"]),
    (FilterKey::MsrcSeverity, SEVERE),
];
const WINDOWS_OS: Filters = &[
    (FilterKey::PatchSet, &["OS"]),
    (FilterKey::Classification, &["CriticalUpdates", "SecurityUpdates"]),
    (FilterKey::MsrcSeverity, SEVERE),
];
const APPLICATIONS: Filters = &[(FilterKey::PatchSet, &["APPLICATION"])];
const ORACLE_SECURITY: Filters = &[
    (FilterKey::Classification, &["Security"]),
    (FilterKey::Severity, &["Critical", "Important", "Moderate"]),
];
const ORACLE_SECURITY_BEFORE_2025_12_10: Filters = &[
    (FilterKey::Classification, &["Security"]),
    (FilterKey::Severity, &["Important", "Moderate"]),
];
const ORACLE_OTHER: Filters = &[(FilterKey::Classification, &["Enhancement", "Bugfix"])];
const EVERYTHING: Filters = &[(FilterKey::Product, &["*"])];
const MAC: Filters = &[(
    FilterKey::Classification,
    &["softwareupdate", "installer", "brew", "brew_cask"],
)];

/// All AWS-owned baselines of a vintage.
pub fn predefined_baselines(vintage: BaselineVintage) -> Vec<PredefinedBaseline> {
    use OperatingSystem as Os;
    let oracle_security = if vintage.since(2025, 12, 10) {
        ORACLE_SECURITY
    } else {
        ORACLE_SECURITY_BEFORE_2025_12_10
    };
    let usual: &[Filters] = &[SECURITY, BUGFIX];
    let defaults: [(&str, Os, &[Filters]); 15] = [
        ("AmazonLinux", Os::AmazonLinux, usual),
        ("AmazonLinux2", Os::AmazonLinux2, usual),
        ("AmazonLinux2022", Os::AmazonLinux2022, usual),
        ("AmazonLinux2023", Os::AmazonLinux2023, usual),
        ("RedHat", Os::RedhatEnterpriseLinux, usual),
        ("RockyLinux", Os::RockyLinux, usual),
        ("AlmaLinux", Os::AlmaLinux, usual),
        ("OracleLinux", Os::OracleLinux, &[oracle_security, ORACLE_OTHER]),
        ("CentOS", Os::Centos, &[EVERYTHING]),
        ("Suse", Os::Suse, &[SECURITY]),
        ("Ubuntu", Os::Ubuntu, &[PRIORITIES]),
        ("Debian", Os::Debian, &[PRIORITIES]),
        ("Raspbian", Os::Raspbian, &[PRIORITIES]),
        ("MacOS", Os::Macos, &[MAC]),
        ("", Os::Windows, &[WINDOWS]),
    ];
    let others: [(&str, &[Filters]); 2] = [
        ("OS", &[WINDOWS_OS]),
        ("OS-Applications", &[WINDOWS_OS, APPLICATIONS]),
    ];
    let default = |(system, os, rules): (&str, Os, &[Filters])| PredefinedBaseline {
        baseline: predefined(&format!("AWS-{system}DefaultPatchBaseline"), os, rules, vintage),
        is_default: true,
    };
    let other = |(ending, rules): (&str, &[Filters])| PredefinedBaseline {
        baseline: predefined(
            &format!("AWS-WindowsPredefinedPatchBaseline-{ending}"),
            Os::Windows,
            rules,
            vintage,
        ),
        is_default: false,
    };
    let defaults = defaults.into_iter().map(default);
    defaults.chain(others.into_iter().map(other)).collect()
}

fn predefined(name: &str, os: OperatingSystem, rules: &[Filters], vintage: BaselineVintage) -> PatchBaseline {
    let centos = os == OperatingSystem::Centos;
    let rule = |filters: &Filters| ApprovalRule {
        filter: group(filters),
        approval: Approval::AfterDays(7),
        compliance_level: ComplianceLevel::Unspecified,
        enable_non_security: centos,
    };
    PatchBaseline {
        global_filter: if centos {
            FilterGroup::default()
        } else {
            group(EVERYTHING)
        },
        rules: rules.iter().map(rule).collect(),
        available_security_updates: (os == OperatingSystem::Windows && vintage.since(2025, 7, 1))
            .then_some(UpdatesComplianceStatus::NonCompliant),
        aws_owned: true,
        ..PatchBaseline::custom(name, os)
    }
}

fn group(filters: Filters) -> FilterGroup {
    let filter = |(key, values): &(FilterKey, &[&str])| PatchFilter {
        key: *key,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    FilterGroup {
        filters: filters.iter().map(filter).collect(),
    }
}
