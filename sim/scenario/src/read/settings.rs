//! `[settings]`: the rules that AWS does not document. Semantics, section 10.

use chrono::NaiveDate;
use patchbench_calendar::{AtTimezone, CalendarSettings, CronLegacy, DstFold, DstGap, RateFirstTick};
use patchbench_kernel::SimDuration;
use patchbench_model::config::{
    ApprovalBoundary, CommandStatusRule, MultiTargetTask, NodeLock, PercentRounding, Ramp, Settings,
    Supersedence, TargetOrder, TaskStatus, TieOrder,
};
use patchbench_model::ssm::BaselineVintage;

use super::section::{Problems, Section, choice, text, wrong_type};
use super::values::{duration, flag, integer, probability};
use crate::codes;
use crate::document::{Item, Value};
use crate::problem::Problem;
use crate::scenario::SettingChoice;

/// All settings: those of the model, of schedules, and those that act while reading.
#[derive(Clone, Debug)]
pub(crate) struct AllSettings {
    pub(crate) model: Settings,
    pub(crate) calendar: CalendarSettings,
    pub(crate) reading: ReadingSettings,
    pub(crate) choices: Vec<SettingChoice>,
}

/// Settings that act while the scenario is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReadingSettings {
    /// A rule with both dates: the cut-off date wins instead of an error.
    pub(crate) date_wins: bool,
    /// A rule with neither: no delay instead of an error.
    pub(crate) neither_is_zero: bool,
    /// Unknown filter keys are ignored with a warning.
    pub(crate) warn_unknown_filter: bool,
    pub(crate) duplicate_filter: DuplicateFilter,
    pub(crate) vintage: BaselineVintage,
    pub(crate) both_tags: BothTags,
    pub(crate) default_priority: u32,
}

/// `duplicate_filter_key`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DuplicateFilter {
    Error,
    And,
    Last,
}

/// `both_patch_group_tags`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BothTags {
    Error,
    PreferSpaced,
    PreferUnspaced,
}

impl Default for ReadingSettings {
    fn default() -> Self {
        Self {
            date_wins: false,
            neither_is_zero: false,
            warn_unknown_filter: false,
            duplicate_filter: DuplicateFilter::Error,
            vintage: BaselineVintage::Latest,
            both_tags: BothTags::Error,
            default_priority: 1,
        }
    }
}

/// What a setting takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SettingKind {
    /// One of a few words; the first is the default.
    Choice(Vec<&'static str>),
    /// True or false.
    Flag,
    /// True, false or a probability.
    FlagOrProbability,
    /// A time.
    Duration,
    /// A whole number up to this one.
    Integer(i64),
    /// `latest` or a date.
    Vintage,
}

/// The largest `default_priority`.
const MOST_PRIORITY: i64 = 1_000_000;

struct Reader<'s, 'd> {
    section: Option<&'s Section<'d>>,
    problems: &'d Problems,
    choices: Vec<SettingChoice>,
    /// What each of them takes.
    kinds: Vec<SettingKind>,
}

impl Reader<'_, '_> {
    /// A setting was read.
    fn declare(&mut self, kind: SettingKind, choice: SettingChoice) {
        self.kinds.push(kind);
        self.choices.push(choice);
    }

    /// One setting; the first choice is the default.
    fn one<T: Copy + PartialEq>(
        &mut self,
        name: &'static str,
        section: &'static str,
        choices: &[(&'static str, T)],
        target: &mut T,
    ) {
        let item = self.section.and_then(|table| table.get(name));
        if let Some(value) = item.and_then(|item| choice(self.problems, item, choices)) {
            *target = value;
        }
        let index = choices.iter().position(|(_, value)| value == target).unwrap_or(0);
        let value = choices[index].0.to_owned();
        let names = choices.iter().map(|(name, _)| *name).collect();
        let choice = SettingChoice {
            name,
            value,
            section,
            is_default: index == 0,
        };
        self.declare(SettingKind::Choice(names), choice);
    }

    /// A setting that is on or off.
    fn flag(&mut self, name: &'static str, section: &'static str, target: &mut bool) {
        let default = *target;
        let item = self.section.and_then(|table| table.get(name));
        if let Some(value) = item.and_then(|item| flag(self.problems, item)) {
            *target = value;
        }
        let value = target.to_string();
        let choice = SettingChoice {
            name,
            value,
            section,
            is_default: *target == default,
        };
        self.declare(SettingKind::Flag, choice);
    }
}

/// Reads `[settings]`, or gives the defaults.
pub(crate) fn settings(problems: &Problems, item: Option<&Item>) -> AllSettings {
    read(problems, item).0
}

/// Every setting at its default, with what it takes.
pub(crate) fn declared() -> Vec<(SettingChoice, SettingKind)> {
    let (all, kinds) = read(&Problems::default(), None);
    all.choices.into_iter().zip(kinds).collect()
}

fn read(problems: &Problems, item: Option<&Item>) -> (AllSettings, Vec<SettingKind>) {
    let section = item.and_then(|item| Section::open(problems, item, "[settings]", None));
    let mut all = AllSettings {
        model: Settings::default(),
        calendar: CalendarSettings::default(),
        reading: ReadingSettings::default(),
        choices: Vec::new(),
    };
    let mut reader = Reader {
        section: section.as_ref(),
        problems,
        choices: Vec::new(),
        kinds: Vec::new(),
    };
    approval_settings(&mut reader, &mut all.model);
    window_settings(&mut reader, &mut all.model);
    command_settings(&mut reader, &mut all.model);
    compliance_settings(&mut reader, &mut all.model);
    calendar_settings(&mut reader, &mut all.calendar);
    reading_settings(&mut reader, &mut all.reading);
    let kinds = reader.kinds;
    all.choices = reader.choices;
    if let Some(section) = section {
        section.close();
    }
    (all, kinds)
}

fn approval_settings(reader: &mut Reader<'_, '_>, model: &mut Settings) {
    use ApprovalBoundary::{Inclusive, Strict};
    reader.one(
        "approval_boundary",
        "2.4",
        &[("inclusive", Inclusive), ("strict", Strict)],
        &mut model.approval_boundary,
    );
    reader.flag(
        "approved_list_bypasses_global",
        "2.6",
        &mut model.approved_list_bypasses_global,
    );
    let supersedence = [("drop", Supersedence::Drop), ("keep", Supersedence::Keep)];
    reader.one("supersedence", "2.6", &supersedence, &mut model.supersedence);
}

fn window_settings(reader: &mut Reader<'_, '_>, model: &mut Settings) {
    reader.flag("cutoff_inclusive", "4.5", &mut model.cutoff_inclusive);
    let multi = [
        ("sequential", MultiTargetTask::Sequential),
        ("merged", MultiTargetTask::Merged),
    ];
    reader.one("multi_target_task", "4.5", &multi, &mut model.multi_target_task);
    cancel_kills_running(reader, model);
    reader.flag("offline_holds_slot", "5", &mut model.offline_holds_slot);
    let (timed_out, failed) = (
        ("TIMED_OUT", TaskStatus::TimedOut),
        ("FAILED", TaskStatus::Failed),
    );
    let success = ("SUCCESS", TaskStatus::Success);
    reader.one(
        "unstarted_task_status",
        "4.5",
        &[timed_out, failed],
        &mut model.unstarted_task_status,
    );
    reader.one(
        "no_target_task_status",
        "4.6",
        &[failed, success],
        &mut model.no_target_task_status,
    );
}

fn command_settings(reader: &mut Reader<'_, '_>, model: &mut Settings) {
    let rounding = [
        ("floor", PercentRounding::Floor),
        ("ceil", PercentRounding::Ceil),
        ("nearest", PercentRounding::Nearest),
    ];
    reader.one("percent_rounding", "6.3", &rounding, &mut model.percent_rounding);
    reader.one(
        "ramp",
        "6.5",
        &[
            ("ack", Ramp::Ack),
            ("off", Ramp::Off),
            ("complete", Ramp::Complete),
        ],
        &mut model.ramp,
    );
    ack_delay(reader, model);
    let order = [
        ("id", TargetOrder::Id),
        ("listed", TargetOrder::Listed),
        ("shuffled", TargetOrder::Shuffled),
    ];
    reader.one("target_order", "6.5", &order, &mut model.target_order);
    let ties = [
        ("completions_first", TieOrder::CompletionsFirst),
        ("sends_first", TieOrder::SendsFirst),
    ];
    reader.one("tie_order", "6.4", &ties, &mut model.tie_order);
    let rule = [
        ("strict_exceed", CommandStatusRule::StrictExceed),
        ("literal", CommandStatusRule::Literal),
    ];
    reader.one(
        "command_status_rule",
        "6.6",
        &rule,
        &mut model.command_status_rule,
    );
}

/// Settings of sections 7 and 8.
fn compliance_settings(reader: &mut Reader<'_, '_>, model: &mut Settings) {
    let lock = [
        ("since_2025_11", NodeLock::Since2025),
        ("on", NodeLock::On),
        ("off", NodeLock::Off),
    ];
    reader.one("node_lock", "7.5", &lock, &mut model.node_lock);
    reader.flag(
        "external_pending_reboot",
        "8.3",
        &mut model.external_pending_reboot,
    );
}

fn calendar_settings(reader: &mut Reader<'_, '_>, calendar: &mut CalendarSettings) {
    reader.flag(
        "cron_require_question_mark",
        "4.2",
        &mut calendar.cron_require_question_mark,
    );
    let legacy = [("reject", CronLegacy::Reject), ("accept", CronLegacy::Accept)];
    reader.one("cron_legacy", "4.2", &legacy, &mut calendar.cron_legacy);
    let first = [
        ("after_interval", RateFirstTick::AfterInterval),
        ("immediate", RateFirstTick::Immediate),
    ];
    reader.one("rate_first_tick", "4.3", &first, &mut calendar.rate_first_tick);
    let at = [
        ("window_or_utc", AtTimezone::WindowOrUtc),
        ("utc", AtTimezone::Utc),
    ];
    reader.one("at_timezone", "4.3", &at, &mut calendar.at_timezone);
    reader.flag("end_date_inclusive", "4.4", &mut calendar.end_date_inclusive);
    let gap = [("skip", DstGap::Skip), ("shift_forward", DstGap::ShiftForward)];
    reader.one("dst_gap", "4.4", &gap, &mut calendar.dst_gap);
    let fold = [
        ("first", DstFold::First),
        ("second", DstFold::Second),
        ("both", DstFold::Both),
    ];
    reader.one("dst_fold", "4.4", &fold, &mut calendar.dst_fold);
    reader.flag(
        "allow_faster_than_five_minutes",
        "4.2",
        &mut calendar.allow_faster_than_five_minutes,
    );
}

fn reading_settings(reader: &mut Reader<'_, '_>, reading: &mut ReadingSettings) {
    reader.one(
        "rule_both",
        "2.1",
        &[("error", false), ("date_wins", true)],
        &mut reading.date_wins,
    );
    reader.one(
        "rule_neither",
        "2.1",
        &[("error", false), ("zero", true)],
        &mut reading.neither_is_zero,
    );
    reader.one(
        "unknown_filter_key",
        "2.2",
        &[("error", false), ("warn", true)],
        &mut reading.warn_unknown_filter,
    );
    let duplicate = [
        ("error", DuplicateFilter::Error),
        ("and", DuplicateFilter::And),
        ("last", DuplicateFilter::Last),
    ];
    reader.one(
        "duplicate_filter_key",
        "2.3",
        &duplicate,
        &mut reading.duplicate_filter,
    );
    let tags = [
        ("error", BothTags::Error),
        ("prefer_spaced", BothTags::PreferSpaced),
        ("prefer_unspaced", BothTags::PreferUnspaced),
    ];
    reader.one("both_patch_group_tags", "3", &tags, &mut reading.both_tags);
    default_priority(reader, reading);
    baseline_vintage(reader, reading);
}

/// `false`, `true` or a probability.
fn cancel_kills_running(reader: &mut Reader<'_, '_>, model: &mut Settings) {
    let item = reader.section.and_then(|table| table.get("cancel_kills_running"));
    let read = |item: &Item| match item.value {
        Value::Flag(kills) => Some(f64::from(u8::from(kills))),
        Value::Integer(_) | Value::Float(_) | Value::Huge(_) => probability(reader.problems, item),
        _ => {
            let expected = "true, false or a probability from 0 to 1";
            reader.problems.push(wrong_type(item, expected));
            None
        }
    };
    if let Some(chance) = item.and_then(read) {
        model.cancel_kills_running = chance;
    }
    let chance = model.cancel_kills_running;
    let value = match chance {
        0.0 => "false".to_owned(),
        1.0 => "true".to_owned(),
        chance => chance.to_string(),
    };
    let choice = SettingChoice {
        name: "cancel_kills_running",
        value,
        section: "4.5",
        is_default: chance == 0.0,
    };
    reader.declare(SettingKind::FlagOrProbability, choice);
}

/// A duration as one may write it.
fn as_written(span: SimDuration) -> String {
    match span.millis() {
        millis if millis % 1000 != 0 => format!("{}s", millis as f64 / 1000.0),
        millis if millis > 0 && millis % 60_000 == 0 => format!("{}m", millis / 60_000),
        millis => format!("{}s", millis / 1000),
    }
}

/// Until a sent invocation is acknowledged; says something only where the ramp waits for that.
fn ack_delay(reader: &mut Reader<'_, '_>, model: &mut Settings) {
    let item = reader.section.and_then(|table| table.get("ack_delay"));
    if let Some(item) = item
        && let Some(delay) = duration(reader.problems, item)
    {
        model.ack_delay = delay;
        if delay > SimDuration::ZERO && model.ramp != Ramp::Ack {
            let message = "`ack_delay` says nothing where `ramp` is not \"ack\"";
            reader
                .problems
                .push(Problem::warning(codes::UNUSED, message).at(item.place()));
        }
    }
    let choice = SettingChoice {
        name: "ack_delay",
        value: as_written(model.ack_delay),
        section: "6.5",
        is_default: model.ack_delay == SimDuration::ZERO,
    };
    reader.declare(SettingKind::Duration, choice);
}

fn default_priority(reader: &mut Reader<'_, '_>, reading: &mut ReadingSettings) {
    let item = reader.section.and_then(|table| table.get("default_priority"));
    if let Some(priority) = item.and_then(|item| integer(reader.problems, item, 0, MOST_PRIORITY)) {
        reading.default_priority = priority as u32;
    }
    let choice = SettingChoice {
        name: "default_priority",
        value: reading.default_priority.to_string(),
        section: "4.5",
        is_default: reading.default_priority == 1,
    };
    reader.declare(SettingKind::Integer(MOST_PRIORITY), choice);
}

fn baseline_vintage(reader: &mut Reader<'_, '_>, reading: &mut ReadingSettings) {
    if let Some(item) = reader.section.and_then(|table| table.get("baseline_vintage")) {
        let given = match &item.value {
            crate::document::Value::Datetime(date) => Some(date.to_string()),
            _ => text(reader.problems, item).map(str::to_owned),
        };
        let read = |given: &str| NaiveDate::parse_from_str(given, "%Y-%m-%d");
        match given.as_deref().map(|given| (given, read(given))) {
            Some(("latest", _)) | None => {}
            Some((_, Ok(date))) => reading.vintage = BaselineVintage::Date(date),
            Some((given, Err(_))) => reader.problems.push(
                Problem::error(codes::CHOICE, format!("`baseline_vintage` cannot be `{given}`"))
                    .at(item.place())
                    .help("write \"latest\" or a date such as 2025-01-01"),
            ),
        }
    }
    let value = match reading.vintage {
        BaselineVintage::Latest => "latest".to_owned(),
        BaselineVintage::Date(date) => date.to_string(),
    };
    let is_default = reading.vintage == BaselineVintage::Latest;
    let choice = SettingChoice {
        name: "baseline_vintage",
        value,
        section: "1.2",
        is_default,
    };
    reader.declare(SettingKind::Vintage, choice);
}
