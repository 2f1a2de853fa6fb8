//! `[settings]`, from what the reader declares.

use serde_json::{Value, json};

use super::build::{Table, by_default, choice, flag, integer, reference};
use crate::read::settings::{SettingKind, declared};

pub(super) fn sections(root: Table) -> Table {
    let table = Table::new("Rules that AWS does not document; each has a default.");
    let settings = declared().into_iter().fold(table, |table, (setting, kind)| {
        let meaning = format!("Semantics, section {}.", setting.section);
        let (value, default): (Value, Value) = match kind {
            SettingKind::Choice(words) => (choice(words), setting.value.into()),
            SettingKind::Flag => (flag(), (setting.value == "true").into()),
            SettingKind::FlagOrProbability => (
                json!({ "anyOf": [flag(), reference("probability")] }),
                (setting.value == "true").into(),
            ),
            SettingKind::Duration => (reference("duration"), setting.value.into()),
            SettingKind::Integer(most) => (integer(0, most), setting.value.parse::<u64>().ok().into()),
            SettingKind::Vintage => (
                json!({ "anyOf": [{ "const": "latest" }, reference("date")] }),
                setting.value.into(),
            ),
        };
        table.optional(setting.name, &meaning, by_default(value, default))
    });
    root.optional("settings", "", settings.build())
}
