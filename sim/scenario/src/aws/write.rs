//! An imported account as a scenario, with a comment for every value that is a guess.

use std::fmt::Write as _;

use super::account::{
    Account, Approval, Baseline, Filter, Patching, Rule, SentCommand, Target, Task, TaskTarget, Window,
};
use super::fleet::{Fleet, Pool, fleet};
use super::names::Names;
use super::streams::{streams, windows_product};
use super::toml::{comment, key, list, quoted};

/// The whole scenario. `origin` says in its head where it comes from.
pub(super) fn scenario(account: &Account, name: &str, origin: &str) -> String {
    let fleet = fleet(account);
    let mut text = head(account, name, origin);
    let mut systems: Vec<&str> = fleet
        .pools
        .iter()
        .map(|pool| pool.operating_system.as_str())
        .collect();
    systems.sort_unstable();
    systems.dedup();
    text.push('\n');
    text.push_str(&streams(account, &systems));
    let mut names = Names::default();
    for known in &account.baselines {
        text.push('\n');
        let name = names.take(&known.name);
        text.push_str(&renamed(&known.name, &name));
        text.push_str(&baseline(&Baseline {
            name: name.clone(),
            ..known.clone()
        }));
    }
    if !fleet.idle_tags.is_empty() {
        let keys: Vec<&str> = fleet.idle_tags.iter().map(String::as_str).collect();
        let keys = comment(&crate::suggest::listing(keys.iter().copied()));
        let _ = write!(text, "\n# Tags that nothing asks for are left out: {keys}.\n");
    }
    for known in &fleet.pools {
        text.push('\n');
        text.push_str(&pool(account, known));
    }
    let mut names = Names::default();
    for known in &account.windows {
        text.push('\n');
        let name = names.take(&known.name);
        text.push_str(&renamed(&known.name, &name));
        text.push_str(&window(known, &name));
    }
    for known in &account.commands {
        text.push('\n');
        let name = names.take("send-command");
        text.push_str(&command(account, known, &name));
    }
    let patches = |window: &Window| !window.tasks.is_empty();
    if !account.windows.iter().any(patches) && account.commands.is_empty() {
        text.push('\n');
        let name = names.take("Guessed-Window");
        text.push_str(&guessed_window(&name, &fleet));
    }
    text
}

fn head(account: &Account, name: &str, origin: &str) -> String {
    let start = start(account);
    format!(
        "# {}\n# What it does not say is a guess, marked so: replace it.\nformat = 1\nname = {}\n\
         start = {start}T00:00:00Z  # guessed\nhorizon = \"180d\"  # guessed\n\n\
         [study]\nreplications = 1000  # guessed\n",
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

/// `[baseline.NAME]`
pub(super) fn baseline(known: &Baseline) -> String {
    let table = format!("baseline.{}", key(&known.name));
    let mut text = format!(
        "[{table}]\noperating_system = {}\n",
        quoted(&known.operating_system)
    );
    let mut line = |key: &str, value: String| {
        let _ = writeln!(text, "{key} = {value}");
    };
    if let Some(description) = &known.description {
        line("description", quoted(description));
    }
    if !known.patch_groups.is_empty() {
        line("patch_groups", list(&known.patch_groups));
    }
    if known.is_default {
        line("default", "true".to_owned());
    }
    if !known.global_filters.is_empty() {
        line("global_filter", filter(&known.global_filters));
    }
    if !known.approved_patches.is_empty() {
        line("approved_patches", list(&known.approved_patches));
    }
    if let Some(level) = &known.approved_level {
        line("approved_patches_compliance_level", quoted(level));
    }
    if known.approved_non_security {
        line("approved_patches_enable_non_security", "true".to_owned());
    }
    if !known.rejected_patches.is_empty() {
        line("rejected_patches", list(&known.rejected_patches));
    }
    if let Some(action) = &known.rejected_action {
        line("rejected_patches_action", quoted(action));
    }
    if let Some(status) = &known.updates_status {
        line("available_security_updates_compliance_status", quoted(status));
    }
    for known in &known.rules {
        text.push_str(&rule(&table, known));
    }
    for source in &known.sources {
        let _ = writeln!(
            text,
            "[[{table}.source]]\nname = {}\nproducts = {}\nconfiguration = {}",
            quoted(&source.name),
            list(&source.products),
            quoted(&source.configuration)
        );
    }
    text
}

fn rule(table: &str, rule: &Rule) -> String {
    let mut text = format!("[[{table}.rule]]\n");
    if !rule.filters.is_empty() {
        let _ = writeln!(text, "filter = {}", filter(&rule.filters));
    }
    let _ = match &rule.approval {
        Approval::AfterDays(days) => writeln!(text, "approve_after_days = {days}"),
        Approval::UntilDate(date) => writeln!(text, "approve_until_date = {date}"),
    };
    if let Some(level) = &rule.level {
        let _ = writeln!(text, "compliance_level = {}", quoted(level));
    }
    if rule.non_security {
        text.push_str("enable_non_security = true\n");
    }
    text
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

/// `[nodes.NAME]`
fn pool(account: &Account, pool: &Pool) -> String {
    let mut text = String::new();
    if let Some(why) = pool.guessed {
        let _ = writeln!(text, "# guessed: {why}");
    }
    let _ = writeln!(text, "[nodes.{}]", key(&pool.name));
    if pool.ids.is_empty() {
        let _ = writeln!(text, "count = {}  # guessed", pool.count());
    } else {
        let _ = writeln!(text, "ids = {}", ids(&pool.ids));
    }
    let _ = write!(text, "operating_system = {}", quoted(&pool.operating_system));
    text.push_str(if pool.platform.is_some() {
        "\n"
    } else {
        "  # guessed: that of the baseline\n"
    });
    if let Some(product) = pool
        .platform
        .as_ref()
        .and_then(|platform| platform.product.as_ref())
    {
        let _ = writeln!(text, "product = {}", quoted(product));
    } else if pool.operating_system == "WINDOWS" {
        let (product, why) = windows_product(account);
        let _ = writeln!(text, "product = {}  # {why}", quoted(&product));
    }
    if !pool.tags.is_empty() {
        let one = |(name, value): (&String, &String)| format!("{} = {}", key(name), quoted(value));
        let tags: Vec<String> = pool.tags.iter().map(one).collect();
        let _ = write!(text, "tags = {{ {} }}", tags.join(", "));
        text.push_str(if pool.guessed_group {
            "  # guessed: in the only patch group that has a baseline\n"
        } else {
            "\n"
        });
    }
    text
}

/// Ids in a list; many go on several lines.
fn ids(ids: &[String]) -> String {
    const ON_A_LINE: usize = 4;
    if ids.len() <= ON_A_LINE {
        return list(ids);
    }
    let quote = |line: &[String]| line.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ");
    let lines: Vec<String> = ids
        .chunks(ON_A_LINE)
        .map(|line| format!("  {},\n", quote(line)))
        .collect();
    format!("[\n{}]", lines.concat())
}

/// `[window.NAME]`
fn window(known: &Window, name: &str) -> String {
    let table = format!("window.{}", key(name));
    let mut text = format!("[{table}]\n");
    let mut line = |key: &str, value: Option<String>| {
        if let Some(value) = value {
            let _ = writeln!(text, "{key} = {value}");
        }
    };
    line("description", known.description.as_deref().map(quoted));
    line("schedule", Some(quoted(&known.schedule)));
    line("schedule_timezone", known.timezone.as_deref().map(quoted));
    line("schedule_offset", known.offset.map(|days| days.to_string()));
    line("start_date", known.start_date.clone());
    line("end_date", known.end_date.clone());
    line("duration", Some(known.duration.to_string()));
    line("cutoff", Some(known.cutoff.to_string()));
    let unassociated = known.allow_unassociated_targets;
    let said = unassociated.map_or("false  # guessed: the command does not say".to_owned(), |on| {
        on.to_string()
    });
    line("allow_unassociated_targets", Some(said));
    line(
        "enabled",
        known
            .enabled
            .filter(|enabled| !enabled)
            .map(|_| "false".to_owned()),
    );
    for target in &known.targets {
        let _ = writeln!(text, "[{table}.target.{}]", key(&target.name));
        for entry in &target.entries {
            let _ = writeln!(text, "{}", target_entry(entry));
        }
    }
    for known_task in &known.tasks {
        text.push_str(&task(&table, known, known_task));
    }
    text
}

/// One entry of a target.
fn target_entry(target: &Target) -> String {
    format!("{} = {}", key(&target.key), list(&target.values))
}

/// A target as a table within a line.
fn inline_target(entries: &[Target]) -> String {
    let entries: Vec<String> = entries.iter().map(target_entry).collect();
    format!("{{ {} }}", entries.join(", "))
}

fn task(table: &str, window: &Window, task: &Task) -> String {
    let target = |target: &TaskTarget| match target {
        TaskTarget::Window(index) => quoted(&window.targets[*index].name),
        TaskTarget::Direct(entries) => inline_target(entries),
    };
    let targets: Vec<String> = task.targets.iter().map(target).collect();
    let mut text = format!(
        "[[{table}.task]]\nname = {}\ntargets = [{}]\n",
        quoted(&task.name),
        targets.join(", ")
    );
    text.push_str(&patching(&task.patching));
    if let Some(priority) = task.priority {
        let _ = writeln!(text, "priority = {priority}");
    }
    let _ = writeln!(text, "max_concurrency = {}", quoted(&task.max_concurrency));
    let _ = writeln!(text, "max_errors = {}", quoted(&task.max_errors));
    if let Some(behavior) = &task.cutoff_behavior {
        let _ = writeln!(text, "cutoff_behavior = {}", quoted(behavior));
    }
    text
}

/// `[command.NAME]`
fn command(account: &Account, known: &SentCommand, name: &str) -> String {
    let at = start(account)
        .checked_add_days(chrono::Days::new(30))
        .unwrap_or_default();
    let mut text = format!(
        "[command.{}]\nkind = \"run_command\"\nat = {at}T00:00:00Z  # guessed: when it is sent\ntargets = {}\n",
        key(name),
        inline_target(&known.targets)
    );
    text.push_str(&patching(&known.patching));
    if let Some(limit) = &known.max_concurrency {
        let _ = writeln!(text, "max_concurrency = {}", quoted(limit));
    }
    if let Some(limit) = &known.max_errors {
        let _ = writeln!(text, "max_errors = {}", quoted(limit));
    }
    text
}

fn patching(known: &Patching) -> String {
    let mut text = format!("operation = {}\n", quoted(&known.operation));
    if let Some(option) = &known.reboot_option {
        let _ = writeln!(text, "reboot_option = {}", quoted(option));
    }
    if let Some(seconds) = known.timeout {
        let _ = writeln!(text, "timeout = \"{seconds}s\"");
    }
    if let Some(seconds) = known.step_timeout {
        let _ = writeln!(text, "step_timeout = \"{seconds}s\"");
    }
    text
}

/// A window for accounts that have no task: without one there would be nothing to simulate.
fn guessed_window(name: &str, fleet: &Fleet) -> String {
    let mut text = format!(
        "# guessed: nothing above runs a patching task\n[window.{name}]\nschedule = \"cron(0 2 ? * SUN *)\"\nduration = 4\ncutoff = 1\n"
    );
    let mut names = Vec::new();
    for pool in &fleet.pools {
        let entry = match pool.tags.iter().next() {
            Some((key, value)) => Target {
                key: format!("tag:{key}"),
                values: vec![value.clone()],
            },
            None => Target {
                key: "InstanceIds".to_owned(),
                values: pool.nodes().into_iter().take(50).collect(),
            },
        };
        let _ = writeln!(
            text,
            "[window.{name}.target.{}]\n{}",
            key(&pool.name),
            target_entry(&entry)
        );
        names.push(pool.name.clone());
    }
    names.truncate(10);
    let _ = writeln!(
        text,
        "[[window.{name}.task]]\nname = \"AWS-RunPatchBaseline\"\ntargets = {}\noperation = \"Install\"\nmax_concurrency = \"10%\"\nmax_errors = \"10%\"",
        list(&names)
    );
    text
}
