//! Matching patches against filter groups. Semantics, section 2.3.

use super::{Family, FilterGroup, FilterKey, OperatingSystem, PatchFilter};
use crate::catalog::{Patch, PatchSet};

/// A patch as a baseline sees it on a node.
#[derive(Clone, Copy, Debug)]
pub struct PatchView<'a> {
    /// The patch.
    pub patch: &'a Patch,
    /// Product of the node: what `PRODUCT` compares with outside Windows (point 7).
    pub node_product: Option<&'a str>,
}

impl<'a> PatchView<'a> {
    /// The attribute that a filter key looks at; `None` when the patch lacks it.
    pub fn attribute(&self, key: FilterKey) -> Option<&'a str> {
        let patch = self.patch;
        match key {
            FilterKey::PatchSet => Some(match patch.patch_set {
                PatchSet::Os => "OS",
                PatchSet::Application => "APPLICATION",
            }),
            FilterKey::Product if patch.operating_system == OperatingSystem::Windows => {
                patch.product.as_deref()
            }
            FilterKey::Product => self.node_product.or(patch.product.as_deref()),
            FilterKey::ProductFamily => patch.product_family.as_deref(),
            FilterKey::Classification => patch.classification.as_deref(),
            FilterKey::MsrcSeverity | FilterKey::Severity => patch.severity.as_deref(),
            FilterKey::Priority => patch.priority.as_deref(),
            FilterKey::Section => patch.section.as_deref(),
        }
    }
}

/// Whether every filter of the group matches; true for an empty group.
pub fn group_matches(group: &FilterGroup, view: PatchView<'_>) -> bool {
    first_mismatch(group, view).is_none()
}

/// The first filter of the group that does not match, for explanations.
pub fn first_mismatch<'g>(group: &'g FilterGroup, view: PatchView<'_>) -> Option<&'g PatchFilter> {
    group.filters.iter().find(|filter| !filter_matches(filter, view))
}

fn filter_matches(filter: &PatchFilter, view: PatchView<'_>) -> bool {
    if filter.values.iter().any(|value| value == "*") {
        return true;
    }
    let Some(attribute) = view.attribute(filter.key) else {
        return false;
    };
    let os = view.patch.operating_system;
    filter
        .values
        .iter()
        .any(|value| value.eq_ignore_ascii_case(attribute) || synonyms(os, filter.key, value, attribute))
}

/// Amazon Linux 2023 treats the severities Medium and Moderate as equal (Semantics, section 2.2).
fn synonyms(os: OperatingSystem, key: FilterKey, a: &str, b: &str) -> bool {
    let moderate = |text: &str| text.eq_ignore_ascii_case("Medium") || text.eq_ignore_ascii_case("Moderate");
    os == OperatingSystem::AmazonLinux2023 && key == FilterKey::Severity && moderate(a) && moderate(b)
}

/// Whether a rule is about the same kind of patch. A Windows rule without `PATCH_SET` is about
/// operating system patches; one with `PATCH_SET=APPLICATION` reaches application patches only with
/// `PRODUCT` too, except in AWS's own baseline (point 8).
pub(super) fn reaches_patch_set(group: &FilterGroup, view: PatchView<'_>, aws_owned: bool) -> bool {
    if view.patch.operating_system.family() != Family::Windows {
        return true;
    }
    let has = |key| group.filters.iter().any(|filter| filter.key == key);
    match view.patch.patch_set {
        PatchSet::Os => true,
        PatchSet::Application => has(FilterKey::PatchSet) && (aws_owned || has(FilterKey::Product)),
    }
}
