//! `[behavior.…]`, and the shipped presets.

use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::fleet::{Behavior, Transient, TwoState, TwoStateError};
use patchbench_model::ssm::{Family, OperatingSystem};

use super::distributions::distribution;
use super::section::{Place, Problems, Section, Tables, choice};
use super::values::{duration, integer, probability};
use crate::codes;
use crate::document::{Entry, Item};
use crate::problem::Problem;

/// Behaviours with their places.
pub(crate) struct Behaviors {
    pub(crate) list: Vec<Behavior>,
    pub(crate) places: Vec<Place>,
    /// False when one of them could not be read, so that its name is unknown.
    pub(crate) complete: bool,
}

/// Names of the presets.
pub(crate) const PRESETS: [&str; 2] = ["windows-server", "linux-server"];

/// A shipped preset: times and failure shares of ordinary servers, judged from published
/// measurements and meant to be replaced by one's own history.
pub(crate) fn preset(name: &str) -> Option<Behavior> {
    let lognormal = |seconds: i64, sigma: f64| Distribution::Lognormal {
        median: SimDuration::from_secs(seconds),
        sigma,
    };
    let behavior = |scan: (i64, f64), install: (i64, f64), reboot: (i64, f64), failure: f64| Behavior {
        name: name.to_owned(),
        scan_time: lognormal(scan.0, scan.1),
        install_time: lognormal(install.0, install.1),
        install_time_per_patch: SimDuration::ZERO,
        reboot_time: lognormal(reboot.0, reboot.1),
        reboot_probability: 1.0,
        reboot_rounds: 1,
        failure,
        scan_failure: 0.0,
        transient: Transient::default(),
        outages: None,
        sickness: None,
        repair_time: repair_time(),
    };
    match name {
        "windows-server" => Some(behavior((120, 0.4), (900, 0.6), (300, 0.5), 0.02)),
        "linux-server" => Some(behavior((30, 0.4), (240, 0.6), (90, 0.3), 0.01)),
        _ => None,
    }
}

/// The preset of nodes that name no behaviour.
pub(crate) fn preset_for(os: OperatingSystem) -> &'static str {
    if os.family() == Family::Windows {
        "windows-server"
    } else {
        "linux-server"
    }
}

/// Reads `[behavior.NAME]` tables. Keys that are left out come from the preset (`windows-server`
/// unless `preset` says otherwise).
pub(crate) fn behaviors(problems: &Problems, tables: &Tables<'_>) -> Behaviors {
    let mut all = Behaviors {
        list: Vec::new(),
        places: Vec::new(),
        complete: tables.complete,
    };
    for entry in tables.entries {
        all.list.extend(behavior(problems, entry));
        all.places.push(entry.place());
    }
    all
}

fn behavior(problems: &Problems, entry: &Entry) -> Option<Behavior> {
    let title = format!("[behavior.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    let names = PRESETS.map(|name| (name, name));
    let base = section
        .get("preset")
        .and_then(|item| choice(problems, item, &names))
        .unwrap_or(PRESETS[0]);
    let mut behavior = preset(base)?;
    behavior.name.clone_from(&entry.key);
    let time = |key: &'static str, target: &mut Distribution| {
        if let Some(found) = section
            .get(key)
            .and_then(|item| distribution(problems, item, key))
        {
            *target = found;
        }
    };
    time("scan_time", &mut behavior.scan_time);
    time("install_time", &mut behavior.install_time);
    time("reboot_time", &mut behavior.reboot_time);
    if let Some(found) = section
        .get("install_time_per_patch")
        .and_then(|item| duration(problems, item))
    {
        behavior.install_time_per_patch = found;
    }
    let share = |key: &'static str, target: &mut f64| {
        if let Some(found) = section.get(key).and_then(|item| probability(problems, item)) {
            *target = found;
        }
    };
    share("reboot_probability", &mut behavior.reboot_probability);
    if let Some(rounds) = section
        .get("reboot_rounds")
        .and_then(|item| integer(problems, item, 1, 100))
    {
        behavior.reboot_rounds = rounds as u32;
    }
    share("failure", &mut behavior.failure);
    share("scan_failure", &mut behavior.scan_failure);
    time("repair_time", &mut behavior.repair_time);
    if let Some(item) = section.get("transient") {
        behavior.transient = transient(problems, item).unwrap_or_default();
    }
    behavior.outages = section
        .get("offline")
        .and_then(|item| two_state(problems, item, "offline", outage_time()));
    behavior.sickness = section
        .get("sick")
        .and_then(|item| two_state(problems, item, "sick", sick_time()));
    section.close();
    Some(behavior)
}

/// Judged from an incident that took down a large part of a fleet: half of the nodes were back after
/// 1.2 days.
fn repair_time() -> Distribution {
    Distribution::Exponential {
        mean: SimDuration::from_minutes(2_493),
    }
}

/// A judged mean outage.
fn outage_time() -> Distribution {
    Distribution::Exponential {
        mean: SimDuration::from_days(10),
    }
}

/// A judged time until somebody looks after a node whose installs fail.
fn sick_time() -> Distribution {
    Distribution::Lognormal {
        median: SimDuration::from_days(7),
        sigma: 0.7,
    }
}

fn transient(problems: &Problems, item: &Item) -> Option<Transient> {
    let section = Section::open(problems, item, "transient", None)?;
    let likely = section
        .require("probability", "probability = 0.02")
        .and_then(|item| probability(problems, item));
    let retries = section
        .get("retries")
        .map_or(Some(0), |item| integer(problems, item, 0, 20));
    section.close();
    Some(Transient {
        probability: likely?,
        retries: retries? as u32,
    })
}

/// A condition that comes and goes: `{ share = 0.03, time = … }`.
fn two_state(problems: &Problems, item: &Item, name: &'static str, usual: Distribution) -> Option<TwoState> {
    let section = Section::open(problems, item, name, None)?;
    let share = section
        .require("share", "share = 0.03")
        .and_then(|item| Some((probability(problems, item)?, item)));
    let time = section
        .get("time")
        .map_or(Some(usual), |item| distribution(problems, item, "time"));
    let time_place = section.get("time").map_or(item.place(), Item::place);
    section.close();
    let ((share, share_item), time) = (share?, time?);
    if share == 0.0 {
        return None;
    }
    TwoState::new(share, time)
        .map_err(|error| {
            let (message, place) = match error {
                TwoStateError::Share => ("a share below 1 is needed", share_item.place()),
                TwoStateError::Time => ("the time must not be 0", time_place),
                TwoStateError::Kind => (
                    "the time is constant, exponential or lognormal: what is left of it at the start is not known for others",
                    time_place,
                ),
            };
            problems.push(Problem::error(codes::RANGE, message).at(place));
        })
        .ok()
}
