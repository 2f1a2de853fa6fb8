//! Values that AWS lists for filter keys. Semantics, section 2.2.

use patchbench_model::ssm::{Family, FilterKey, OperatingSystem};

use super::section::{Place, Problems};
use crate::codes;
use crate::problem::Problem;
use crate::suggest::{listing, nearest};

const WINDOWS_CLASSIFICATIONS: &[&str] = &[
    "CriticalUpdates",
    "DefinitionUpdates",
    "Drivers",
    "FeaturePacks",
    "SecurityUpdates",
    "ServicePacks",
    "Tools",
    "UpdateRollups",
    "Updates",
    "Upgrades",
];
const RPM_CLASSIFICATIONS: &[&str] = &["Security", "Bugfix", "Enhancement", "Recommended", "Newpackage"];
const SUSE_CLASSIFICATIONS: &[&str] = &[
    "Security",
    "Recommended",
    "Optional",
    "Feature",
    "Document",
    "Yast",
];
const MAC_CLASSIFICATIONS: &[&str] = &["softwareupdate", "installer", "brew", "brew_cask", "Security"];
const WINDOWS_SEVERITIES: &[&str] = &["Critical", "Important", "Moderate", "Low", "Unspecified"];
const RPM_SEVERITIES: &[&str] = &["Critical", "Important", "Moderate", "Medium", "Low", "None"];
const SUSE_SEVERITIES: &[&str] = &["Critical", "Important", "Moderate", "Low"];

/// Every severity that any operating system has.
pub(crate) const SEVERITIES: &[&str] = &[
    "Critical",
    "Important",
    "Moderate",
    "Medium",
    "Low",
    "None",
    "Unspecified",
];

/// The values of a key, where there is a closed list: products grow and are never checked.
pub(crate) fn listed_values(family: Family, key: FilterKey) -> Option<&'static [&'static str]> {
    use FilterKey::{Classification, MsrcSeverity, PatchSet, Priority, Severity};
    Some(match (family, key) {
        (Family::Windows, Classification) => WINDOWS_CLASSIFICATIONS,
        (Family::Rpm, Classification) => RPM_CLASSIFICATIONS,
        (Family::Suse, Classification) => SUSE_CLASSIFICATIONS,
        (Family::Mac, Classification) => MAC_CLASSIFICATIONS,
        (Family::Windows, MsrcSeverity) => WINDOWS_SEVERITIES,
        (Family::Rpm, Severity) => RPM_SEVERITIES,
        (Family::Suse, Severity) => SUSE_SEVERITIES,
        (Family::Windows, PatchSet) => &["OS", "APPLICATION"],
        (Family::Apt, Priority) => &["Required", "Important", "Standard", "Optional", "Extra"],
        _ => return None,
    })
}

/// Warns of a value that AWS does not list for the key; values are compared without regard to case.
pub(crate) fn check_value(
    problems: &Problems,
    os: OperatingSystem,
    key: FilterKey,
    value: &str,
    place: Place,
) {
    let Some(listed) = listed_values(os.family(), key) else {
        return;
    };
    if value == "*" || listed.iter().any(|known| known.eq_ignore_ascii_case(value)) {
        return;
    }
    problems.push(
        Problem::warning(
            codes::FILTER_VALUE,
            format!("AWS lists no {key} \"{value}\" for {os}"),
        )
        .at(place)
        .note(format!("listed: {}", listing(listed.iter().copied())))
        .meant(nearest(value, listed.iter().copied()).or_else(|| beginning(value, listed))),
    );
}

/// The listed value that an abbreviation begins.
pub(crate) fn beginning(value: &str, listed: &[&'static str]) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let found = |known: &&&str| lower.len() > 2 && known.to_ascii_lowercase().starts_with(&lower);
    listed.iter().find(found).copied()
}
