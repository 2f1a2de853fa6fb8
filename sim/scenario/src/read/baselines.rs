//! `[baseline.…]`: patch baselines and the groups registered with them.

use chrono::Datelike;
use patchbench_model::config::Registration;
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, Family, FilterGroup, FilterKey, OperatingSystem, PatchBaseline,
    PatchFilter, PatchSource, RegisterError, RejectedPatchesAction, UpdatesComplianceStatus,
    predefined_baselines, register_patch_group,
};

use super::section::{Place, Problems, Section, choice, text, texts};
use super::settings::{DuplicateFilter, ReadingSettings};
use super::values::{date, flag, integer};
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::Problem;
use crate::suggest::nearest;

/// Baselines with their registrations and defaults.
#[derive(Default)]
pub(crate) struct Baselines {
    pub(crate) baselines: Vec<PatchBaseline>,
    /// Where each custom baseline stands.
    pub(crate) places: Vec<Place>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) defaults: Vec<(OperatingSystem, usize)>,
}

/// Reads all baselines and adds AWS's own.
pub(crate) fn baselines(problems: &Problems, entries: &[Entry], settings: &ReadingSettings) -> Baselines {
    let mut all = Baselines::default();
    for entry in entries {
        baseline(problems, entry, settings, &mut all);
    }
    for known in predefined_baselines(settings.vintage) {
        let os = known.baseline.operating_system;
        if known.is_default && !all.defaults.iter().any(|(of, _)| *of == os) {
            all.defaults.push((os, all.baselines.len()));
        }
        all.baselines.push(known.baseline);
    }
    all
}

/// Reads an operating system; `WINDOWS` when absent, as in the API.
pub(crate) fn operating_system(problems: &Problems, section: &Section<'_>) -> OperatingSystem {
    let names: Vec<(&str, OperatingSystem)> =
        OperatingSystem::ALL.iter().map(|os| (os.as_str(), *os)).collect();
    section
        .get("operating_system")
        .and_then(|item| choice(problems, item, &names))
        .unwrap_or_default()
}

/// Checks a name against AWS's rule.
pub(crate) fn aws_name(problems: &Problems, name: &str, place: Place, what: &str) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !(3..=128).contains(&name.chars().count()) || !name.chars().all(allowed) {
        problems.push(
            Problem::error(
                codes::NAME,
                format!("AWS would refuse the name \"{name}\" for a {what}"),
            )
            .at(place)
            .help("use 3 to 128 characters of A-Z a-z 0-9 _ - ."),
        );
    }
}

fn baseline(problems: &Problems, entry: &Entry, settings: &ReadingSettings, all: &mut Baselines) {
    let title = format!("[baseline.{}]", entry.key);
    let Some(section) = Section::open(problems, &entry.item, title, Some(entry.place())) else {
        return;
    };
    aws_name(problems, &entry.key, entry.place(), "patch baseline");
    let os = operating_system(problems, &section);
    let mut known = PatchBaseline::custom(&entry.key, os);
    let _ = section.text("description");
    if let Some(item) = section.get("global_filter") {
        known.global_filter = filter_group(problems, item, os, settings);
    }
    for (index, item) in section.list("rule").iter().enumerate() {
        known
            .rules
            .extend(rule(problems, item, (&entry.key, index + 1, os), settings));
    }
    if known.rules.len() > 10 {
        let message = format!(
            "baseline \"{}\" has {} rules; AWS allows 10",
            entry.key,
            known.rules.len()
        );
        problems.push(Problem::error(codes::QUOTA, message).at(entry.place()));
    }
    lists(problems, &section, &mut known);
    let index = all.baselines.len();
    register(problems, &section, &entry.key, (index, os), all);
    if section.get("default").and_then(|item| flag(problems, item)) == Some(true) {
        if let Some((_, other)) = all.defaults.iter().find(|(of, _)| *of == os) {
            let message = format!(
                "baseline \"{}\" is the default for {os} already",
                all.baselines[*other].name
            );
            problems.push(Problem::error(codes::DUPLICATE, message).at(entry.place()));
        } else {
            all.defaults.push((os, index));
        }
    }
    section.close();
    all.baselines.push(known);
    all.places.push(entry.place());
}

fn lists(problems: &Problems, section: &Section<'_>, known: &mut PatchBaseline) {
    let list = |key: &'static str| -> Vec<String> {
        let Some(item) = section.get(key) else {
            return Vec::new();
        };
        let entries = texts(problems, item);
        if entries.len() > 50 {
            let message = format!("{key} has {} entries; AWS allows 50", entries.len());
            problems.push(Problem::error(codes::QUOTA, message).at(item.place()));
        }
        entries.into_iter().map(|(text, _)| text.to_owned()).collect()
    };
    known.approved_patches = list("approved_patches");
    known.rejected_patches = list("rejected_patches");
    let levels = compliance_levels();
    if let Some(level) = section
        .get("approved_patches_compliance_level")
        .and_then(|item| choice(problems, item, &levels))
    {
        known.approved_patches_compliance_level = level;
    }
    if let Some(on) = section
        .get("approved_patches_enable_non_security")
        .and_then(|item| flag(problems, item))
    {
        known.approved_patches_enable_non_security = on;
    }
    let actions = [
        ("ALLOW_AS_DEPENDENCY", RejectedPatchesAction::AllowAsDependency),
        ("BLOCK", RejectedPatchesAction::Block),
    ];
    if let Some(action) = section
        .get("rejected_patches_action")
        .and_then(|item| choice(problems, item, &actions))
    {
        known.rejected_patches_action = action;
    }
    let statuses = [
        ("COMPLIANT", UpdatesComplianceStatus::Compliant),
        ("NON_COMPLIANT", UpdatesComplianceStatus::NonCompliant),
    ];
    known.available_security_updates = section
        .get("available_security_updates_compliance_status")
        .and_then(|item| choice(problems, item, &statuses));
    for item in section.list("source") {
        known.sources.extend(source(problems, item));
    }
}

fn source(problems: &Problems, item: &Item) -> Option<PatchSource> {
    let section = Section::open(problems, item, "[[baseline.….source]]", None)?;
    let name = section
        .require("name", "name = \"my-repository\"")
        .and_then(|item| text(problems, item));
    let products = section
        .require("products", "products = [\"*\"]")
        .map(|item| texts(problems, item));
    let _ = section.text("configuration");
    section.close();
    let products = products?
        .into_iter()
        .map(|(product, _)| product.to_owned())
        .collect();
    Some(PatchSource {
        name: name?.to_owned(),
        products,
    })
}

fn register(
    problems: &Problems,
    section: &Section<'_>,
    name: &str,
    (index, os): (usize, OperatingSystem),
    all: &mut Baselines,
) {
    let Some(item) = section.get("patch_groups") else {
        return;
    };
    for (group, place) in texts(problems, item) {
        let registration = Registration {
            patch_group: group.to_owned(),
            baseline: index,
        };
        let known = &all.baselines;
        let os_of = |at: usize| {
            if at == index {
                os
            } else {
                known[at].operating_system
            }
        };
        match register_patch_group(&mut all.registrations, registration, os_of) {
            Ok(()) => {}
            Err(error @ RegisterError::AlreadyExists { baseline }) => {
                let other = if baseline == index {
                    name
                } else {
                    &all.baselines[baseline].name
                };
                let message = format!(
                    "patch group \"{group}\" is registered with baseline \"{other}\" for {os} already"
                );
                problems.push(
                    Problem::error(codes::REGISTRATION, message)
                        .at(place)
                        .note(format!(
                            "AWS answers {error}: a group has one baseline per operating system"
                        )),
                );
            }
            Err(error @ RegisterError::ResourceLimitExceeded) => {
                let message = format!("baseline \"{name}\" has 25 patch groups already");
                problems.push(
                    Problem::error(codes::REGISTRATION, message)
                        .at(place)
                        .note(format!("AWS answers {error}")),
                );
            }
        }
    }
}

fn compliance_levels() -> [(&'static str, ComplianceLevel); 6] {
    ComplianceLevel::ALL.map(|level| (level.as_str(), level))
}

fn rule(
    problems: &Problems,
    item: &Item,
    (baseline, number, os): (&str, usize, OperatingSystem),
    settings: &ReadingSettings,
) -> Option<ApprovalRule> {
    let name = format!("rule {number} of baseline \"{baseline}\"");
    let section = Section::open(problems, item, name.clone(), None)?;
    let filter = section.get("filter").map_or_else(FilterGroup::default, |item| {
        filter_group(problems, item, os, settings)
    });
    let days = section.get("approve_after_days");
    let until = section.get("approve_until_date");
    let approval = match (days, until) {
        (Some(days), Some(until)) if !settings.date_wins => {
            problems.push(
                Problem::error(
                    codes::RULE_BOTH,
                    format!("{name} has approve_after_days and approve_until_date"),
                )
                .at(days.place())
                .at(until.place())
                .note("AWS asks for exactly one of them")
                .help("drop one of the two (setting rule_both)"),
            );
            None
        }
        (_, Some(until)) => date(problems, until)
            .filter(|date| in_calendar(problems, *date, until))
            .map(Approval::UntilDate),
        (Some(days), None) => integer(problems, days, 0, 360).map(|days| Approval::AfterDays(days as u16)),
        (None, None) if settings.neither_is_zero => Some(Approval::AfterDays(0)),
        (None, None) => {
            problems.push(
                Problem::error(
                    codes::RULE_NEITHER,
                    format!("{name} has neither approve_after_days nor approve_until_date"),
                )
                .at(item.place())
                .help("add approve_after_days = 7"),
            );
            None
        }
    };
    let level = section
        .get("compliance_level")
        .and_then(|item| choice(problems, item, &compliance_levels()));
    let non_security = section
        .get("enable_non_security")
        .and_then(|item| flag(problems, item));
    section.close();
    Some(ApprovalRule {
        filter,
        approval: approval?,
        compliance_level: level.unwrap_or_default(),
        enable_non_security: non_security.unwrap_or(false),
    })
}

fn in_calendar(problems: &Problems, date: chrono::NaiveDate, item: &Item) -> bool {
    let fits = (1970..2200).contains(&date.year());
    if !fits {
        problems.push(
            Problem::error(codes::DATE, format!("{date} is outside the years 1970 to 2199")).at(item.place()),
        );
    }
    fits
}

fn filter_group(
    problems: &Problems,
    item: &Item,
    os: OperatingSystem,
    settings: &ReadingSettings,
) -> FilterGroup {
    // A list of tables is the long form: the same key may stand in it twice.
    let tables: Vec<&Item> = match &item.value {
        Value::List(items) => items.iter().collect(),
        _ => vec![item],
    };
    let mut group = FilterGroup::default();
    for table in tables {
        let Some(section) = Section::open(problems, table, "filter", None) else {
            continue;
        };
        for entry in section.entries() {
            if let Some(key) = filter_key(problems, entry, os, settings) {
                add_filter(problems, entry, key, settings, &mut group);
            }
        }
    }
    group
}

fn add_filter(
    problems: &Problems,
    entry: &Entry,
    key: FilterKey,
    settings: &ReadingSettings,
    group: &mut FilterGroup,
) {
    let given = texts(problems, &entry.item);
    if given.is_empty() || given.len() > 20 {
        let message = format!("{key} has {} values; AWS takes 1 to 20", given.len());
        problems.push(Problem::error(codes::RANGE, message).at(entry.item.place()));
    }
    for (value, place) in &given {
        check_value(problems, key, value, place.clone());
    }
    let filter = PatchFilter {
        key,
        values: given.into_iter().map(|(value, _)| value.to_owned()).collect(),
    };
    let known = group.filters.iter().position(|known| known.key == key);
    match (known, settings.duplicate_filter) {
        (Some(_), DuplicateFilter::Error) => problems.push(
            Problem::error(codes::DUPLICATE, format!("{key} stands twice in one filter"))
                .at(entry.place())
                .help(
                    "values of one key are alternatives: put them in one list (setting duplicate_filter_key)",
                ),
        ),
        (Some(index), DuplicateFilter::Last) => group.filters[index] = filter,
        _ => group.filters.push(filter),
    }
}

fn filter_key(
    problems: &Problems,
    entry: &Entry,
    os: OperatingSystem,
    settings: &ReadingSettings,
) -> Option<FilterKey> {
    let found = FilterKey::ALL
        .into_iter()
        .find(|key| key.as_str() == entry.key)
        .filter(|key| key.fits(os));
    if found.is_none() {
        let fitting: Vec<&str> = FilterKey::ALL
            .iter()
            .filter(|key| key.fits(os))
            .map(|key| key.as_str())
            .collect();
        let message = format!("`{}` is no key of approval rules for {os}", entry.key);
        let problem = if settings.warn_unknown_filter {
            Problem::warning(codes::FILTER_KEY, message)
        } else {
            Problem::error(codes::FILTER_KEY, message)
        };
        let meant = nearest(&entry.key, fitting.iter().copied());
        let other = (entry.key == "SEVERITY" && os.family() == Family::Windows).then_some("MSRC_SEVERITY");
        let other =
            other.or((entry.key == "MSRC_SEVERITY" && os.family() != Family::Windows).then_some("SEVERITY"));
        problems.push(
            problem
                .at(entry.place())
                .note(format!("allowed: {}", fitting.join(", ")))
                .meant(other.or(meant)),
        );
    }
    found
}

const CLASSIFICATIONS: [&str; 24] = [
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
    "Security",
    "Bugfix",
    "Enhancement",
    "Recommended",
    "Newpackage",
    "Optional",
    "Feature",
    "Document",
    "Yast",
    "softwareupdate",
    "installer",
    "brew",
    "brew_cask",
    "*",
];
const SEVERITIES: [&str; 8] = [
    "Critical",
    "Important",
    "Moderate",
    "Medium",
    "Low",
    "None",
    "Unspecified",
    "*",
];

/// Values that AWS lists for a key; products grow and are never checked.
fn check_value(problems: &Problems, key: FilterKey, value: &str, place: Place) {
    if value.is_empty() || value.chars().count() > 64 {
        problems.push(Problem::error(codes::RANGE, "a filter value has 1 to 64 characters").at(place));
        return;
    }
    let known: &[&str] = match key {
        FilterKey::Classification => &CLASSIFICATIONS,
        FilterKey::MsrcSeverity | FilterKey::Severity => &SEVERITIES,
        FilterKey::PatchSet => &["OS", "APPLICATION", "*"],
        FilterKey::Priority => &["Required", "Important", "Standard", "Optional", "Extra", "*"],
        _ => return,
    };
    if !known.iter().any(|name| name.eq_ignore_ascii_case(value)) {
        problems.push(
            Problem::warning(
                codes::FILTER_VALUE,
                format!("AWS lists no value \"{value}\" for {key}"),
            )
            .at(place)
            .meant(nearest(value, known.iter().copied())),
        );
    }
}
