//! `[baseline.…]`: patch baselines and the groups registered with them.

use patchbench_model::config::Registration;
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, Family, FilterGroup, FilterKey, OperatingSystem, PatchBaseline,
    PatchFilter, PatchSource, RegisterError, RejectedPatchesAction, UpdatesComplianceStatus,
    predefined_baselines, register_patch_group,
};

use super::filter_values::check_value;
use super::section::{Place, Problems, Section, Tables, choice, text, texts, wrong_type};
use super::settings::{DuplicateFilter, ReadingSettings};
use super::values::{date, flag, integer};
use crate::aws::reference;
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::numbers::grouped;
use crate::problem::Problem;
use crate::suggest::{listing, nearest};

/// More custom baselines are refused; the AWS quota is 50.
const MOST_BASELINES: usize = 500;

/// `RejectedPatchesAction` by name.
pub(crate) const REJECTED_PATCHES_ACTIONS: [(&str, RejectedPatchesAction); 2] = [
    ("ALLOW_AS_DEPENDENCY", RejectedPatchesAction::AllowAsDependency),
    ("BLOCK", RejectedPatchesAction::Block),
];

/// How security updates that no rule approves yet are counted, by name.
pub(crate) const UPDATES_STATUSES: [(&str, UpdatesComplianceStatus); 2] = [
    ("COMPLIANT", UpdatesComplianceStatus::Compliant),
    ("NON_COMPLIANT", UpdatesComplianceStatus::NonCompliant),
];

/// Baselines with their registrations and defaults.
#[derive(Default)]
pub(crate) struct Baselines {
    pub(crate) list: Vec<PatchBaseline>,
    /// Where each custom baseline stands.
    pub(crate) places: Vec<Place>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) defaults: Vec<(OperatingSystem, usize)>,
}

/// Reads all baselines and adds AWS's own.
pub(crate) fn baselines(problems: &Problems, tables: &Tables<'_>, settings: &ReadingSettings) -> Baselines {
    let mut all = Baselines::default();
    if let Some(entry) = tables.entries.get(MOST_BASELINES) {
        let message = format!(
            "{} baselines; the limit is {MOST_BASELINES}",
            grouped(tables.entries.len() as u64)
        );
        problems.push(Problem::error(codes::SIZE, message).at(entry.place()));
        return all;
    }
    for entry in tables.entries {
        baseline(problems, entry, settings, &mut all);
    }
    for known in predefined_baselines(settings.vintage) {
        let os = known.baseline.operating_system;
        if known.is_default && !all.defaults.iter().any(|(of, _)| *of == os) {
            all.defaults.push((os, all.list.len()));
        }
        all.list.push(known.baseline);
    }
    all
}

/// Reads an operating system; `WINDOWS` when absent, as in the API. `None` when it is none.
pub(crate) fn operating_system(problems: &Problems, section: &Section<'_>) -> Option<OperatingSystem> {
    let Some(item) = section.get("operating_system") else {
        return Some(OperatingSystem::default());
    };
    let names: Vec<(&str, OperatingSystem)> =
        OperatingSystem::ALL.iter().map(|os| (os.as_str(), *os)).collect();
    choice(problems, item, &names)
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

/// Whether AWS takes this as the value of a patch group tag. Semantics, section 3.
pub(crate) fn is_patch_group(name: &str) -> bool {
    let allowed = |c: char| c.is_alphanumeric() || " _.:/=+-@".contains(c);
    (1..=256).contains(&name.chars().count()) && name.chars().all(allowed)
}

/// A patch group that AWS would refuse.
pub(crate) fn no_patch_group(name: &str, place: Place) -> Problem {
    Problem::error(
        codes::NAME,
        format!("AWS would refuse \"{name}\" as a patch group"),
    )
    .at(place)
    .help("use 1 to 256 letters, digits, blanks and _ . : / = + - @")
}

/// Reads a description of limited length; nothing else is done with it.
pub(crate) fn description(problems: &Problems, section: &Section<'_>, longest: usize) {
    let Some(item) = section.get("description") else {
        return;
    };
    if let Some(text) = text(problems, item)
        && !(1..=longest).contains(&text.chars().count())
    {
        let message = format!(
            "a description of {} characters; AWS takes 1 to {longest}",
            text.chars().count()
        );
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
    }
}

fn baseline(problems: &Problems, entry: &Entry, settings: &ReadingSettings, all: &mut Baselines) {
    let title = format!("[baseline.{}]", entry.key);
    let Some(section) = Section::open(problems, &entry.item, title, Some(entry.place())) else {
        return;
    };
    aws_name(problems, &entry.key, entry.place(), "patch baseline");
    let os = operating_system(problems, &section);
    let mut known = PatchBaseline::custom(&entry.key, os.unwrap_or_default());
    // What the file says stands beside it by now.
    let _ = section.get(reference::KEY);
    description(problems, &section, 1024);
    if let Some(item) = section.get("global_filter") {
        known.global_filter = filter_group(problems, item, os, settings);
    }
    let rules = section.list("rule");
    for (index, item) in rules.iter().enumerate() {
        known
            .rules
            .extend(rule(problems, item, (&entry.key, index + 1, os), settings));
    }
    if let Some(item) = rules.get(10) {
        let message = format!(
            "baseline \"{}\" has {} rules; AWS allows 10",
            entry.key,
            rules.len()
        );
        problems.push(Problem::error(codes::QUOTA, message).at(item.place()));
    }
    lists(problems, &section, &mut known);
    let groups = section.get("patch_groups");
    let default = section
        .get("default")
        .and_then(|item| Some((item, flag(problems, item)?)));
    section.close();
    // Without an operating system nothing can be said of registrations.
    let Some(os) = os else { return };
    let index = all.list.len();
    all.list.push(known);
    all.places.push(entry.place());
    if let Some(item) = groups {
        register(problems, item, (index, os), all);
    }
    if let Some((item, true)) = default {
        make_default(problems, item, (index, os), all);
    }
}

fn make_default(
    problems: &Problems,
    item: &Item,
    (index, os): (usize, OperatingSystem),
    all: &mut Baselines,
) {
    match all.defaults.iter().find(|(of, _)| *of == os) {
        Some((_, other)) => {
            let message = format!(
                "baseline \"{}\" is the default for {os} already",
                all.list[*other].name
            );
            let problem = Problem::error(codes::DUPLICATE, message).at(item.place());
            problems.push(problem.help("an operating system has one default baseline: drop one of the two"));
        }
        None => all.defaults.push((os, index)),
    }
}

fn lists(problems: &Problems, section: &Section<'_>, known: &mut PatchBaseline) {
    let list = |key: &'static str| {
        section
            .get(key)
            .map_or_else(Vec::new, |item| patch_list(problems, item))
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
    if let Some(action) = section
        .get("rejected_patches_action")
        .and_then(|item| choice(problems, item, &REJECTED_PATCHES_ACTIONS))
    {
        known.rejected_patches_action = action;
    }
    known.available_security_updates = section
        .get("available_security_updates_compliance_status")
        .and_then(|item| choice(problems, item, &UPDATES_STATUSES));
    sources(problems, section, known);
}

/// Entries of an approved or rejected list. Semantics, section 2.1.
fn patch_list(problems: &Problems, item: &Item) -> Vec<String> {
    let entries = texts(problems, item).unwrap_or_default();
    if entries.len() > 50 {
        let message = format!("`{}` has {} entries; AWS allows 50", item.name, entries.len());
        problems.push(Problem::error(codes::QUOTA, message).at(item.place()));
    }
    for (entry, place) in &entries {
        if !(1..=100).contains(&entry.chars().count()) {
            let message = format!("an entry of `{}` has 1 to 100 characters", item.name);
            problems.push(Problem::error(codes::RANGE, message).at(place.clone()));
        } else if entry.contains(',') {
            let message = format!("\"{entry}\" is one entry, and names no patch because of its comma");
            problems.push(
                Problem::warning(codes::FILTER_VALUE, message)
                    .at(place.clone())
                    .help("write several entries: [\"KB2032276\", \"MS10-048\"]"),
            );
        }
    }
    entries.into_iter().map(|(text, _)| text.to_owned()).collect()
}

/// The sources of a baseline. Semantics, section 2.1.
fn sources(problems: &Problems, section: &Section<'_>, known: &mut PatchBaseline) {
    let items = section.list("source");
    for item in items {
        known.sources.extend(source(problems, item));
    }
    let system = known.operating_system;
    if let Some(item) = items.first().filter(|_| !system.family().has_sources()) {
        let message = format!("sources do nothing on {system}: they are for Linux");
        problems.push(Problem::warning(codes::UNUSED, message).at(item.place()));
    }
    if let Some(item) = items.get(20) {
        let message = format!("{} sources; AWS allows 20", items.len());
        problems.push(Problem::error(codes::QUOTA, message).at(item.place()));
    }
}

fn source(problems: &Problems, item: &Item) -> Option<PatchSource> {
    let section = Section::open(problems, item, "a source of the baseline", None)?;
    let name = section
        .require("name", "name = \"my-repository\"")
        .and_then(|item| source_name(problems, item));
    let products = section
        .require("products", "products = [\"*\"]")
        .and_then(|item| source_products(problems, item));
    let example = "configuration = \"[mirror]\\nbaseurl = …\"";
    if let Some(item) = section.require("configuration", example) {
        limited(problems, item, 1024);
    }
    section.close();
    Some(PatchSource {
        name: name?,
        products: products?,
    })
}

/// 3 to 50 characters of `A-Z a-z 0-9 _ - .`
fn source_name(problems: &Problems, item: &Item) -> Option<String> {
    let name = text(problems, item)?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    if !(3..=50).contains(&name.chars().count()) || !name.chars().all(allowed) {
        let message = format!("AWS would refuse the name \"{name}\" for a source");
        problems.push(
            Problem::error(codes::NAME, message)
                .at(item.place())
                .help("use 3 to 50 characters of A-Z a-z 0-9 _ - ."),
        );
    }
    Some(name.to_owned())
}

/// 1 to 20 products of 1 to 128 characters.
fn source_products(problems: &Problems, item: &Item) -> Option<Vec<String>> {
    let products = texts(problems, item)?;
    if !(1..=20).contains(&products.len()) {
        let message = format!("a source has {} products; AWS takes 1 to 20", products.len());
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
    }
    for (product, place) in &products {
        if !(1..=128).contains(&product.chars().count()) {
            let message = "a product of a source has 1 to 128 characters";
            problems.push(Problem::error(codes::RANGE, message).at(place.clone()));
        }
    }
    Some(
        products
            .into_iter()
            .map(|(product, _)| product.to_owned())
            .collect(),
    )
}

/// A text of 1 to so many characters, which nothing else is done with.
fn limited(problems: &Problems, item: &Item, longest: usize) {
    if let Some(text) = text(problems, item)
        && !(1..=longest).contains(&text.chars().count())
    {
        let length = text.chars().count();
        let message = format!(
            "`{}` has {length} characters; AWS takes 1 to {longest}",
            item.name
        );
        problems.push(Problem::error(codes::RANGE, message).at(item.place()));
    }
}

fn register(problems: &Problems, item: &Item, (index, os): (usize, OperatingSystem), all: &mut Baselines) {
    for (group, place) in texts(problems, item).unwrap_or_default() {
        if !is_patch_group(group) {
            problems.push(no_patch_group(group, place));
            continue;
        }
        let registration = Registration {
            patch_group: group.to_owned(),
            baseline: index,
        };
        let os_of = |at: usize| all.list[at].operating_system;
        let name = |at: usize| &all.list[at].name;
        match register_patch_group(&mut all.registrations, registration, os_of) {
            Ok(()) => {}
            Err(error @ RegisterError::AlreadyExists { baseline }) => {
                let message = format!(
                    "patch group \"{group}\" is registered with baseline \"{}\" for {os} already",
                    name(baseline)
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
                let message = format!("baseline \"{}\" has 25 patch groups already", name(index));
                problems.push(
                    Problem::error(codes::REGISTRATION, message)
                        .at(place)
                        .note(format!("AWS answers {error}"))
                        .help("register the group with a second baseline of the same rules"),
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
    (baseline, number, os): (&str, usize, Option<OperatingSystem>),
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
        (_, Some(until)) => date(problems, until).map(Approval::UntilDate),
        (Some(days), None) => integer(problems, days, 0, 360).map(|days| Approval::AfterDays(days as u16)),
        (None, None) if settings.neither_is_zero => Some(Approval::AfterDays(0)),
        (None, None) => {
            section.missing(
                &["approve_after_days", "approve_until_date"],
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

fn filter_group(
    problems: &Problems,
    item: &Item,
    os: Option<OperatingSystem>,
    settings: &ReadingSettings,
) -> FilterGroup {
    // A list of tables is the long form: the same key may stand in it twice.
    let tables: Vec<&Item> = match &item.value {
        Value::List(items) => items.iter().collect(),
        Value::Table(_) => vec![item],
        _ => {
            let expected = "a table such as { CLASSIFICATION = [\"SecurityUpdates\"] }";
            problems.push(wrong_type(item, expected));
            return FilterGroup::default();
        }
    };
    let mut group = FilterGroup::default();
    for table in tables {
        let Some(section) = Section::open(problems, table, "filter", None) else {
            continue;
        };
        for entry in section.entries() {
            if let Some(key) = filter_key(problems, entry, os, settings) {
                add_filter(problems, entry, (key, os), settings, &mut group);
            }
        }
    }
    if group.filters.len() > 4 {
        let message = format!(
            "{} filters in one group; the AWS API takes 4 (CloudFormation 5)",
            group.filters.len()
        );
        problems.push(Problem::warning(codes::QUOTA, message).at(item.place()));
    }
    group
}

fn add_filter(
    problems: &Problems,
    entry: &Entry,
    (key, os): (FilterKey, Option<OperatingSystem>),
    settings: &ReadingSettings,
    group: &mut FilterGroup,
) {
    let Some(given) = texts(problems, &entry.item) else {
        return;
    };
    if given.is_empty() || given.len() > 20 {
        let message = format!("{key} has {} values; AWS takes 1 to 20", given.len());
        let problem = Problem::error(codes::RANGE, message).at(entry.item.place());
        problems.push(if given.is_empty() {
            problem.help("leave the key out to match every patch")
        } else {
            problem
        });
    }
    for (value, place) in &given {
        if !(1..=64).contains(&value.chars().count()) {
            let message = format!("a value of {key} has 1 to 64 characters");
            problems.push(Problem::error(codes::RANGE, message).at(place.clone()));
        } else if let Some(os) = os {
            check_value(problems, os, key, value, place.clone());
        }
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
    os: Option<OperatingSystem>,
    settings: &ReadingSettings,
) -> Option<FilterKey> {
    let fits = |key: &FilterKey| os.is_none_or(|os| key.fits(os));
    let found = FilterKey::ALL
        .into_iter()
        .find(|key| key.as_str() == entry.key && fits(key));
    if found.is_none() {
        let fitting = || {
            FilterKey::ALL
                .iter()
                .filter(|key| fits(key))
                .map(|key| key.as_str())
        };
        let system = os.map_or(String::new(), |os| format!(" for {os}"));
        let message = format!("`{}` is no key of approval rules{system}", entry.key);
        let problem = if settings.warn_unknown_filter {
            Problem::warning(codes::FILTER_KEY, message)
        } else {
            Problem::error(codes::FILTER_KEY, message)
        };
        let windows = os.is_some_and(|os| os.family() == Family::Windows);
        let twin = match entry.key.as_str() {
            "SEVERITY" if windows => Some("MSRC_SEVERITY"),
            "MSRC_SEVERITY" => Some("SEVERITY"),
            _ => None,
        };
        problems.push(
            problem
                .at(entry.place())
                .note(format!("allowed: {}", listing(fitting())))
                .meant(
                    twin.filter(|twin| fitting().any(|key| key == *twin))
                        .or_else(|| nearest(&entry.key, fitting())),
                ),
        );
    }
    found
}
