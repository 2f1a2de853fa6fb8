//! An imported account as a scenario, with the source behind every value, or that it is assumed.

use std::fmt::Write as _;

use super::account::{Account, Approval, Baseline, Filter, Rule, Window};
use super::fleet::fleet;
use super::lines::{Citations, Lines, Written};
use super::names::Names;
use super::streams::streams;
use super::toml::{comment, key, list, quoted};
use super::write_nodes::pool;
use super::write_windows::{assumed_window, command, window};
use crate::problem::Sources;

/// The whole scenario. What the account does not say is assumed as for the second one, which may be the same.
/// `origin` says in its head where it comes from.
pub(super) fn scenario(
    (account, assumed): (&Account, &Account),
    sources: &Sources,
    name: &str,
    origin: &str,
) -> Written {
    let fleet = fleet(assumed);
    let citations = Citations::new(sources);
    let mut lines = Lines::new(&citations);
    lines.text.push_str(&head(assumed, name, origin));
    let mut systems: Vec<&str> = fleet
        .pools
        .iter()
        .map(|pool| pool.operating_system.as_str())
        .collect();
    systems.sort_unstable();
    systems.dedup();
    lines.gap();
    lines.text.push_str(&streams(assumed, &systems));
    let mut names = Names::default();
    for known in &account.baselines {
        lines.gap();
        let name = names.take(&known.name);
        lines.text.push_str(&renamed(&known.name, &name));
        let named = Baseline {
            name,
            ..known.clone()
        };
        baseline_table(&named, &mut lines);
    }
    if !fleet.idle_tags.is_empty() {
        let keys = crate::suggest::listing(fleet.idle_tags.iter().map(String::as_str));
        let _ = write!(
            lines.text,
            "\n# Tags that nothing asks for are left out: {}.\n",
            comment(&keys)
        );
    }
    for known in &fleet.pools {
        lines.gap();
        pool(assumed, known, &mut lines);
    }
    let mut names = Names::default();
    for known in &account.windows {
        lines.gap();
        let name = names.take(&known.name);
        lines.text.push_str(&renamed(&known.name, &name));
        window(known, &name, start(assumed), &mut lines);
    }
    let sent = start(assumed)
        .checked_add_days(chrono::Days::new(30))
        .unwrap_or_default();
    for known in &account.commands {
        lines.gap();
        let name = names.take("send-command");
        command(known, &name, sent, &mut lines);
    }
    let patches = |window: &Window| !window.tasks.is_empty();
    if !account.windows.iter().any(patches) && account.commands.is_empty() {
        lines.gap();
        let name = names.take("Assumed-Window");
        lines.text.push_str(&assumed_window(&name, &fleet));
    }
    lines.written()
}

fn head(account: &Account, name: &str, origin: &str) -> String {
    let start = start(account);
    format!(
        "# {}\n# A comment `FILE:LINE` (or `FILE:1:COLUMN`) is the source of a value; what is `assumed` stands nowhere: replace it.\nformat = 1  # of this file\nname = {}  # after the source\n\
         start = {start}T00:00:00Z  # assumed\nhorizon = \"180d\"  # assumed\n\n\
         [study]\nreplications = 1000  # assumed\n",
        comment(origin),
        quoted(name)
    )
}

/// The first day of the simulation: before the dates that the account names.
fn start(account: &Account) -> chrono::NaiveDate {
    use chrono::{Days, NaiveDate};
    let date = |text: &str| NaiveDate::parse_from_str(text.get(..10)?, "%Y-%m-%d").ok();
    let windows = account.windows.iter().filter_map(|window| {
        let at = window.schedule.strip_prefix("at(").and_then(date);
        at.or_else(|| window.start_date.as_deref().and_then(date))?
            .checked_sub_days(Days::new(30))
    });
    let rules = account.baselines.iter().flat_map(|baseline| &baseline.rules);
    let rules = rules.filter_map(|rule| match &rule.approval {
        Approval::UntilDate(day) => date(day)?.checked_sub_days(Days::new(90)),
        Approval::AfterDays(_) => None,
    });
    let usual = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let first = windows.chain(rules).min().unwrap_or(usual);
    first.clamp(
        NaiveDate::from_ymd_opt(1970, 1, 1).unwrap_or_default(),
        NaiveDate::from_ymd_opt(2190, 1, 1).unwrap_or_default(),
    )
}

fn renamed(from: &str, to: &str) -> String {
    if from == to {
        return String::new();
    }
    format!("# Renamed: there is another {}.\n", comment(from))
}

/// `[baseline.NAME]` alone.
pub(super) fn baseline(known: &Baseline, sources: &Sources) -> String {
    let citations = Citations::new(sources);
    let mut lines = Lines::new(&citations);
    baseline_table(known, &mut lines);
    lines.text
}

/// `[baseline.NAME]`
fn baseline_table(known: &Baseline, lines: &mut Lines<'_, '_>) {
    let table = format!("baseline.{}", key(&known.name));
    let places = &known.places;
    lines.header(&format!("[{table}]"), places);
    let system = quoted(&known.operating_system);
    lines.said_or(places, "operating_system", &system, "the default of AWS");
    let some = |texts: &[String]| (!texts.is_empty()).then(|| list(texts));
    let on = |flag: bool| flag.then(|| "true".to_owned());
    let text = |text: &Option<String>| text.as_deref().map(quoted);
    let filters = Some(&known.global_filters).filter(|filters| !filters.is_empty());
    for (key, value) in [
        ("description", text(&known.description)),
        ("patch_groups", some(&known.patch_groups)),
        ("default", on(known.is_default)),
        ("global_filter", filters.map(|filters| filter(filters))),
        ("approved_patches", some(&known.approved_patches)),
        ("approved_patches_compliance_level", text(&known.approved_level)),
        (
            "approved_patches_enable_non_security",
            on(known.approved_non_security),
        ),
        ("rejected_patches", some(&known.rejected_patches)),
        ("rejected_patches_action", text(&known.rejected_action)),
        (
            "available_security_updates_compliance_status",
            text(&known.updates_status),
        ),
    ] {
        lines.may(places, key, value);
    }
    for known in &known.rules {
        rule(lines, &table, known);
    }
    for source in &known.sources {
        lines.header(&format!("[[{table}.source]]"), &source.places);
        lines.said(&source.places, "name", &quoted(&source.name));
        lines.said(&source.places, "products", &list(&source.products));
        lines.said(&source.places, "configuration", &quoted(&source.configuration));
    }
}

fn rule(lines: &mut Lines<'_, '_>, table: &str, rule: &Rule) {
    let places = &rule.places;
    lines.header(&format!("[[{table}.rule]]"), places);
    if !rule.filters.is_empty() {
        lines.said(places, "filter", &filter(&rule.filters));
    }
    match &rule.approval {
        Approval::AfterDays(days) => {
            let why = "the provider sends no days where none are set";
            lines.said_or(places, "approve_after_days", &days.to_string(), why);
        }
        Approval::UntilDate(date) => lines.said(places, "approve_until_date", date),
    }
    lines.may(places, "compliance_level", rule.level.as_deref().map(quoted));
    lines.may(
        places,
        "enable_non_security",
        rule.non_security.then(|| "true".to_owned()),
    );
}

/// A filter group; where a key stands twice, a list, so that reading it tells.
fn filter(filters: &[Filter]) -> String {
    let one = |filter: &Filter| format!("{} = {}", key(&filter.key), list(&filter.values));
    let twice =
        |(index, filter): (usize, &Filter)| filters[..index].iter().any(|known| known.key == filter.key);
    if filters.iter().enumerate().any(twice) {
        let all: Vec<String> = filters
            .iter()
            .map(|filter| format!("{{ {} }}", one(filter)))
            .collect();
        return format!("[{}]", all.join(", "));
    }
    let all: Vec<String> = filters.iter().map(one).collect();
    format!("{{ {} }}", all.join(", "))
}
