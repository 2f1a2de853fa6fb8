//! An opening of a window as a calendar entry.

use chrono::{Offset, TimeZone};
use chrono_tz::Tz;
use patchbench_calendar::ClockNote;
use patchbench_kernel::SimTime;
use patchbench_model::clock::to_utc;

use super::{CalendarEntry, CalendarSpan, clipped};

/// An opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarOpening {
    /// What it is called; a bare schedule has no name.
    pub name: Option<String>,
    /// What makes its identifier where it has no name: the schedule.
    pub schedule: String,
    /// What AWS calls it.
    pub noun: &'static str,
    /// When it opens.
    pub opens: SimTime,
    /// Its cutoff and its end, where it has them.
    pub closing: Option<(SimTime, SimTime)>,
    /// Zone of its schedule.
    pub zone: Tz,
    /// What a clock change has to do with it.
    pub note: Option<ClockNote>,
    /// The change freeze that holds it back.
    pub frozen_by: Option<String>,
}

impl CalendarOpening {
    /// The entry, with a prediction for its title and its text if there is one.
    pub fn entry(&self, prediction: Option<&str>, predicted: &[String]) -> CalendarEntry {
        let title = self.name.as_ref().map_or_else(
            || "maintenance window".to_owned(),
            |name| format!("{} {}", clipped(name), self.noun),
        );
        let frozen = self.frozen_by.as_deref().map(clipped);
        let remark = frozen
            .as_ref()
            .map(|name| format!("held back by change freeze {name}"));
        let remark = remark.or_else(|| prediction.map(str::to_owned));
        let mut lines = vec![format!("opens {} ({})", self.local(self.opens), self.zone.name())];
        if let Some((cutoff, closes)) = self.closing {
            lines.push(format!("cutoff {}", self.local(cutoff)));
            lines.push(format!("ends {}", self.local(closes)));
            if self.offset(self.opens) != self.offset(closes) {
                lines.push("the clocks change while it is open".to_owned());
            }
        }
        lines.extend(frozen.map(|name| format!("does not open: change freeze {name}")));
        lines.extend(self.note.map(|note| clock_note(note).to_owned()));
        lines.extend(predicted.iter().cloned());
        CalendarEntry {
            kind: self.noun,
            name: self.name.clone().unwrap_or_else(|| self.schedule.clone()),
            title: remark.map_or_else(|| title.clone(), |remark| format!("{title} ({remark})")),
            span: CalendarSpan::Instants(self.opens, self.closing.map(|(_, closes)| closes)),
            text: lines.join("\n"),
            cancelled: self.frozen_by.is_some(),
            free: false,
        }
    }

    fn local(&self, at: SimTime) -> String {
        let local = to_utc(at).with_timezone(&self.zone);
        local.format("%a %Y-%m-%d %H:%M %Z").to_string()
    }

    fn offset(&self, at: SimTime) -> i32 {
        let offset = self.zone.offset_from_utc_datetime(&to_utc(at).naive_utc());
        offset.fix().local_minus_utc()
    }
}

/// What a clock change has to do with an opening, in words.
pub const fn clock_note(note: ClockNote) -> &'static str {
    match note {
        ClockNote::FirstPass => "this local time occurs twice; first pass",
        ClockNote::SecondPass => "this local time occurs twice; second pass",
        ClockNote::ShiftedOutOfGap => "the local time does not exist; later by the length of the gap",
    }
}
