//! `[[change]]`: what is edited while the simulation runs.
//!
//! The edits of all changes up to a date are made in a copy of the document, and the sections that they
//! touch are read from it again. What comes out other than before is what the change puts in force.

use std::ops::Range;

use patchbench_kernel::SimTime;
use patchbench_model::config::{Change, MaintenanceWindow, PoolChange, Registration, Surface, WindowChange};
use patchbench_model::fleet::{NodePool, PATCH_GROUP_TAGS};
use patchbench_model::ssm::{OperatingSystem, PatchBaseline};

use super::baselines::{Baselines, baselines};
use super::commands::commands;
use super::edits::{below, sets};
use super::nodes::{patch_group, tags};
use super::section::{Place, Problems, Section};
use super::settings::AllSettings;
use super::task_overrides::{OverrideContext, OverrideLists};
use super::values::sim_time;
use super::windows::{Windows, windows};
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::numbers::grouped;
use crate::problem::Problem;

/// More changes are refused: each of them reads what it touches anew.
const MOST_CHANGES: usize = 500;

/// What reading changes needs besides the document.
pub(crate) struct ChangeContext<'a, 's> {
    pub(crate) problems: &'a Problems,
    pub(crate) settings: &'a AllSettings,
    pub(crate) period: Option<(SimTime, SimTime)>,
    pub(crate) pools: &'a [NodePool],
    pub(crate) lists: &'a OverrideLists<'s>,
}

/// Changes in order of time, with their places.
#[derive(Default)]
pub(crate) struct Changes {
    pub(crate) list: Vec<Change>,
    pub(crate) places: Vec<Place>,
    /// Places of the changes behind the baselines that were added to the list.
    pub(crate) edited: Vec<Place>,
}

/// A change as written.
struct Written<'d> {
    at: SimTime,
    name: Option<String>,
    place: Place,
    span: Range<usize>,
    sets: &'d [Entry],
}

/// Reads all changes. Baselines that they edit are added to the list, and windows that they create.
pub(crate) fn changes<'a>(
    context: &'a ChangeContext<'a, '_>,
    document: &Item,
    items: &[Item],
    baselines: &'a mut Baselines,
    windows: &'a mut Windows,
) -> Changes {
    if let Some(item) = items.get(MOST_CHANGES) {
        let message = format!(
            "{} changes; the limit is {MOST_CHANGES}",
            grouped(items.len() as u64)
        );
        let problem = Problem::error(codes::SIZE, message).at(item.place());
        context.problems.push(problem);
        return Changes::default();
    }
    let numbered = items.iter().enumerate();
    let mut written: Vec<Written<'_>> = numbered
        .filter_map(|(number, item)| written(context, item, number + 1))
        .collect();
    written.sort_by_key(|change| change.at);
    if written.is_empty() {
        return Changes::default();
    }
    let current = Current {
        registrations: baselines.registrations.clone(),
        defaults: baselines.defaults.clone(),
        windows: windows.list.clone(),
        baselines: (0..baselines.list.len()).collect(),
    };
    let mut editor = Editor {
        context,
        document: document.clone(),
        seen: context.problems.so_far(),
        current,
        baselines,
        windows,
        edited: Vec::new(),
    };
    let mut all = Changes::default();
    for change in &written {
        outside(context, change);
        all.list.push(editor.make(change));
        all.places.push(change.place.clone());
    }
    all.edited = editor.edited;
    all
}

fn written<'d>(context: &'d ChangeContext<'_, '_>, item: &'d Item, number: usize) -> Option<Written<'d>> {
    let problems = context.problems;
    let section = Section::open(problems, item, format!("change {number}"), None)?;
    let at = section
        .require("at", "at = 2024-03-15T09:00:00Z")
        .and_then(|item| sim_time(problems, item));
    let name = section.text("name").map(str::to_owned);
    let set = section.require("set", "set = { \"window.NAME.enabled\" = false }");
    section.close();
    let set = set?;
    let sets = match &set.value {
        Value::Table(entries) if !entries.is_empty() => entries,
        Value::Table(_) => {
            let problem = Problem::error(codes::MISSING, format!("change {number} sets nothing"));
            problems.push(
                problem
                    .at(set.place())
                    .help("add set = { \"window.NAME.enabled\" = false }, or drop the change"),
            );
            return None;
        }
        _ => {
            problems.push(super::section::wrong_type(
                set,
                "a table, such as { \"window.NAME.enabled\" = false }",
            ));
            return None;
        }
    };
    Some(Written {
        at: at?,
        name,
        place: item.place(),
        span: extent(item),
        sets,
    })
}

/// From the first to the last byte of a table: its own place may be no more than its header.
fn extent(item: &Item) -> Range<usize> {
    let (mut start, mut end) = (item.span.start, item.span.end);
    let mut widen = |span: &Range<usize>| (start, end) = (start.min(span.start), end.max(span.end));
    match &item.value {
        Value::Table(entries) => {
            for entry in entries {
                widen(&entry.span);
                widen(&extent(&entry.item));
            }
        }
        Value::List(items) => items.iter().for_each(|item| widen(&extent(item))),
        _ => {}
    }
    start..end
}

/// A change outside the simulated period is probably not meant.
fn outside(context: &ChangeContext<'_, '_>, change: &Written<'_>) {
    let Some((start, horizon)) = context.period else {
        return;
    };
    let (message, help) = if change.at < start {
        (
            format!("this change lies before the start ({start}): it is in force all the time"),
            "write its values where they belong, or move it",
        )
    } else if change.at > horizon {
        (
            format!("this change never takes effect: the simulation ends on {horizon}"),
            "move the horizon or the change",
        )
    } else {
        return;
    };
    let problem = Problem::warning(codes::CHANGE, message).at(change.place.clone());
    context.problems.push(problem.help(help));
}

/// What is in force after the changes so far.
struct Current {
    registrations: Vec<Registration>,
    defaults: Vec<(OperatingSystem, usize)>,
    /// By window.
    windows: Vec<MaintenanceWindow>,
    /// The baselines that their names stand for.
    baselines: Vec<usize>,
}

/// Makes one change after the other.
struct Editor<'a, 's> {
    context: &'a ChangeContext<'a, 's>,
    document: Item,
    /// Problems that are not new.
    seen: Vec<Problem>,
    current: Current,
    baselines: &'a mut Baselines,
    windows: &'a mut Windows,
    edited: Vec<Place>,
}

impl Editor<'_, '_> {
    fn make(&mut self, change: &Written<'_>) -> Change {
        let mut edits = Vec::new();
        let mut touched: Vec<(&'static str, String)> = Vec::new();
        for set in sets(self.context.problems, &self.document, change.sets) {
            match set.make(&mut self.document, self.context.pools) {
                Ok(place) => {
                    edits.push(set.as_edit());
                    touched.extend((!touched.contains(&place)).then_some(place));
                }
                Err(mut problem) => {
                    problem.code = codes::CHANGE;
                    self.context.problems.push(problem);
                }
            }
        }
        let touches = |section: &str| touched.iter().any(|(known, _)| *known == section);
        if touches("baseline") {
            self.read_baselines(change);
        }
        // The overrides of tasks may name baselines.
        let windows = if touches("window") || touches("baseline") {
            self.read_windows(change)
        } else {
            Vec::new()
        };
        let pools = touched.iter().filter(|(section, _)| *section == "nodes");
        let pools = pools
            .filter_map(|(_, name)| self.read_tags(name, change))
            .collect();
        Change {
            at: change.at,
            name: change.name.clone(),
            edits,
            registrations: self.current.registrations.clone(),
            default_baselines: self.current.defaults.clone(),
            pools,
            windows,
        }
    }

    /// Tells the problems that are new, at the change.
    fn tell(&mut self, found: Problems, change: &Written<'_>) {
        for problem in found.into_vec() {
            if self.seen.contains(&problem) {
                continue;
            }
            self.seen.push(problem.clone());
            self.context.problems.push(at_change(problem, change));
        }
    }

    fn read_baselines(&mut self, change: &Written<'_>) {
        let found = Problems::default();
        let read = Section::open(&found, &self.document, "the scenario", None).map(|section| {
            let tables = section.tables("baseline");
            baselines(&found, &tables, &self.context.settings.reading)
        });
        self.tell(found, change);
        let Some(read) = read else { return };
        let places: Vec<usize> = read
            .list
            .into_iter()
            .map(|known| self.baseline(known, change))
            .collect();
        let registered = read.registrations.into_iter().map(|known| Registration {
            baseline: places[known.baseline],
            ..known
        });
        self.current.registrations = registered.collect();
        self.current.defaults = read
            .defaults
            .into_iter()
            .map(|(os, index)| (os, places[index]))
            .collect();
        self.current.baselines = places;
    }

    /// The index of a baseline: one that was like it before, else a new one.
    fn baseline(&mut self, known: PatchBaseline, change: &Written<'_>) -> usize {
        let list = &mut self.baselines.list;
        if let Some(index) = list.iter().position(|other| *other == known) {
            return index;
        }
        list.push(known);
        self.edited.push(change.place.clone());
        list.len() - 1
    }

    fn read_windows(&mut self, change: &Written<'_>) -> Vec<WindowChange> {
        let found = Problems::default();
        let read = Section::open(&found, &self.document, "the scenario", None).map(|section| {
            let declared = section.tables("baseline");
            let overrides = OverrideContext {
                problems: &found,
                lists: self.context.lists,
                baselines: &self.baselines.list,
                in_force: self.current.baselines.clone(),
                declared: declared.names().collect(),
            };
            let settings = self.context.settings;
            let mut read = windows(&found, &section.tables("window"), settings, &overrides);
            // A command may have overrides, too.
            commands(&overrides, &section.tables("command"), settings, &mut read);
            read
        });
        self.tell(found, change);
        let Some(mut read) = read else {
            return Vec::new();
        };
        let mut altered = Vec::new();
        let list = std::mem::take(&mut read.list);
        let places = std::mem::take(&mut read.places);
        for (to, places) in list.into_iter().zip(places) {
            let known = self.windows.named(&to.name);
            let created = known.is_none();
            let window = match known {
                Some(window) if self.current.windows[window] == to => continue,
                Some(window) if self.current.windows[window].surface != to.surface => {
                    self.taken(&to, &self.current.windows[window], places.window, change);
                    continue;
                }
                Some(window) => window,
                // A window that was there and could not be read is none that is created.
                None if self.windows.declares(&to.name) => continue,
                None => {
                    self.current.windows.push(to.clone());
                    self.windows.create(&to, places)
                }
            };
            self.current.windows[window] = to.clone();
            altered.push(WindowChange { window, created, to });
        }
        self.windows.declare(&read);
        altered
    }

    /// A window takes the name of something else. Of commands that has been told: they were read again.
    fn taken(&self, window: &MaintenanceWindow, by: &MaintenanceWindow, place: Place, change: &Written<'_>) {
        if by.surface == Surface::PatchPolicy {
            let message = format!(
                "\"{}\" is the name of a patch policy's window already",
                window.name
            );
            let problem = Problem::error(codes::DUPLICATE, message).at(place);
            self.context.problems.push(at_change(problem, change));
        }
    }

    fn read_tags(&mut self, name: &str, change: &Written<'_>) -> Option<PoolChange> {
        let pool = self.context.pools.iter().position(|pool| pool.name == name)?;
        let item = ["nodes", name, "tags"]
            .into_iter()
            .try_fold(&self.document, below)?;
        let found = Problems::default();
        let read = tags(&found, item).and_then(|tags| {
            let both = self.context.settings.reading.both_tags;
            let group = patch_group(both, &tags, &group_place(item, change))
                .map_err(|problem| found.push(problem))
                .ok()?;
            Some(PoolChange {
                pool,
                tags,
                patch_group: group,
            })
        });
        self.tell(found, change);
        read
    }
}

/// Where a change names a patch group.
fn group_place(tags: &Item, change: &Written<'_>) -> Place {
    let named = PATCH_GROUP_TAGS.iter().filter_map(|key| below(tags, key));
    let mut own =
        named.filter(|item| item.source == change.place.0 && change.span.contains(&item.span.start));
    own.next().map_or_else(|| change.place.clone(), Item::place)
}

/// A problem that a change makes is told where the change stands.
fn at_change(mut problem: Problem, change: &Written<'_>) -> Problem {
    let inside = problem.labels.iter().position(|label| {
        label.source == change.place.0
            && change.span.contains(&label.span.start)
            && change.span.end >= label.span.end
    });
    if let Some(index) = inside {
        problem.labels[..=index].rotate_right(1);
        return problem;
    }
    let mut own = Problem::error(problem.code, "")
        .at(change.place.clone())
        .saying("by this change");
    problem.labels.splice(0..0, own.labels.drain(..));
    if problem.code == codes::MISSING {
        problem = problem.note(
            "a path sets all of what it names: \"window.NAME.enabled\" sets one key of a window, \"window.NAME\" the whole",
        );
    }
    problem
}
