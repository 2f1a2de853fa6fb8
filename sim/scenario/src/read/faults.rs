//! `[configuration_class.…]`, `[bad_patches.…]` and `[monitoring]`: patches that break nodes.

use patchbench_kernel::{Distribution, SimDuration};
use patchbench_model::catalog::{Affected, BadPatches, ReleaseStream, Symptom, SymptomWeights, WhichAreBad};
use patchbench_model::config::FaultModel;
use patchbench_model::fleet::{AlarmAction, ClassMembers, ConfigurationClass, Monitoring};

use super::distributions::distribution;
use super::releases::Releases;
use super::section::{Place, Problems, Section, Tables, choice, optional, text, texts};
use super::targets::target_entries;
use super::values::{amount, duration, flag, probability};
use crate::codes;
use crate::document::{Entry, Item, Value};
use crate::problem::Problem;
use crate::suggest::nearest;

/// What an alarm brings about, by name.
pub(crate) const ALARM_ACTIONS: [(&str, AlarmAction); 2] = [
    ("reject", AlarmAction::Reject),
    ("reject_and_cancel", AlarmAction::RejectAndCancel),
];

/// Where things about faults stand that lints speak of.
#[derive(Default)]
pub(crate) struct FaultPlaces {
    /// By table of bad patches: the names of its patches, where it names them.
    pub(crate) names: Vec<Vec<Place>>,
    /// Configuration classes.
    pub(crate) classes: Vec<Place>,
    pub(crate) monitoring: Option<Place>,
}

/// What the sections about faults have to say.
pub(crate) fn faults(
    problems: &Problems,
    section: &Section<'_>,
    releases: &Releases,
) -> (FaultModel, FaultPlaces) {
    let class_tables = section.tables("configuration_class");
    let classes = configuration_classes(problems, &class_tables);
    let tables = section.tables("bad_patches");
    let known = Known {
        classes: &classes,
        releases,
    };
    let mut places = FaultPlaces::default();
    let mut bad = Vec::new();
    for entry in tables.entries {
        if let Some((process, names)) = bad_patches(problems, entry, &known) {
            bad.push(process);
            places.names.push(names);
        }
    }
    let watch = section.get("monitoring");
    places.monitoring = watch.map(Item::place);
    let mut configuration_classes = Vec::new();
    for ((_, class), entry) in classes.into_iter().zip(class_tables.entries) {
        configuration_classes.extend(class);
        places.classes.push(entry.place());
    }
    let model = FaultModel {
        configuration_classes,
        bad_patches: bad,
        monitoring: watch.and_then(|item| monitoring(problems, item)),
    };
    (model, places)
}

/// Names that bad patches may refer to.
struct Known<'a> {
    /// Every class that the file declares; `None` for those that could not be read.
    classes: &'a [(&'a str, Option<ConfigurationClass>)],
    releases: &'a Releases,
}

fn configuration_classes<'d>(
    problems: &Problems,
    tables: &Tables<'d>,
) -> Vec<(&'d str, Option<ConfigurationClass>)> {
    let read = tables.entries.iter();
    read.map(|entry| (entry.key.as_str(), configuration_class(problems, entry)))
        .collect()
}

fn configuration_class(problems: &Problems, entry: &Entry) -> Option<ConfigurationClass> {
    let title = format!("[configuration_class.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title.clone(), Some(entry.place()))?;
    let nodes = section
        .get("nodes")
        .map(|item| ClassMembers::Targets(target_entries(problems, item, "nodes")));
    let share = section
        .get("share")
        .map(|item| probability(problems, item).map(ClassMembers::Share));
    section.close();
    let members = match (nodes, share) {
        (Some(nodes), None) => nodes,
        (None, Some(share)) => share?,
        _ => {
            let message = format!("{title} needs either `nodes` or `share`");
            let problem = Problem::error(codes::MISSING, message).at(entry.place());
            problems.push(problem.help(
                "nodes = { \"tag:Role\" = [\"domain-controller\"] }, or share = 0.03 for any 3 % of the nodes",
            ));
            return None;
        }
    };
    Some(ConfigurationClass {
        name: entry.key.clone(),
        members,
    })
}

/// One table of bad patches, and where the names of its patches stand.
fn bad_patches(problems: &Problems, entry: &Entry, known: &Known<'_>) -> Option<(BadPatches, Vec<Place>)> {
    let title = format!("[bad_patches.{}]", entry.key);
    let section = Section::open(problems, &entry.item, title, Some(entry.place()))?;
    let stream = optional(section.get("releases"), |item| {
        stream(problems, item, known.releases)
    });
    let which = which(problems, &section);
    let symptom = section
        .get("symptom")
        .map_or(Some(USUAL_SYMPTOMS), |item| symptoms(problems, item));
    let latent_after = section.get("latent_after").map_or_else(
        || Some(usual_latency()),
        |item| distribution(problems, item, "latent_after"),
    );
    let withdrawn_after = optional(section.get("withdrawn_after"), |item| {
        distribution(problems, item, "withdrawn_after")
    });
    let reaction = section
        .get("reaction")
        .map_or(Some(SimDuration::from_days(1)), |item| duration(problems, item));
    let affects = affected(problems, &section, known);
    let names = section.get("patches").map_or_else(Vec::new, places_of);
    section.close();
    let process = BadPatches {
        name: entry.key.clone(),
        stream: stream.ok()?,
        which: which?,
        symptom: symptom?,
        latent_after: latent_after?,
        withdrawn_after: withdrawn_after.ok()?,
        reaction: reaction?,
        affects: affects?,
    };
    Some((process, names))
}

/// Where the entries of a list stand.
fn places_of(item: &Item) -> Vec<Place> {
    match &item.value {
        Value::List(items) => items.iter().map(Item::place).collect(),
        _ => vec![item.place()],
    }
}

/// A judged mix of symptoms: three in ten at the install, three at the reboot, four later.
const USUAL_SYMPTOMS: SymptomWeights = SymptomWeights {
    install: 0.3,
    reboot: 0.3,
    latent: 0.4,
};

/// A judged time until a latent fault shows: half within two days, with a long tail.
fn usual_latency() -> Distribution {
    Distribution::Lognormal {
        median: SimDuration::from_days(2),
        sigma: 1.5,
    }
}

fn stream(problems: &Problems, item: &Item, releases: &Releases) -> Option<usize> {
    let name = text(problems, item)?;
    let found = releases.streams.iter().position(|stream| stream.name() == name);
    if found.is_none() && releases.complete {
        let message = format!("there are no releases \"{name}\"");
        let names = releases.streams.iter().map(ReleaseStream::name);
        let problem = Problem::error(codes::REFERENCE, message).at(item.place());
        problems.push(problem.meant(nearest(name, names)));
    }
    found
}

/// Exactly one of `probability`, `repaired` and `patches`.
fn which(problems: &Problems, section: &Section<'_>) -> Option<WhichAreBad> {
    let probability = section
        .get("probability")
        .map(|item| probability(problems, item).map(WhichAreBad::Probability));
    let repaired = section.get("repaired").map(|item| {
        let repaired = flag(problems, item)?;
        if !repaired {
            let problem = Problem::error(codes::CHOICE, "`repaired` is true or absent").at(item.place());
            problems.push(problem.help("give `probability` or `patches` instead"));
        }
        repaired.then_some(WhichAreBad::Repaired)
    });
    let named = section.get("patches").map(|item| {
        let names = texts(problems, item)?;
        let names = names.into_iter().map(|(name, _)| name.to_owned());
        Some(WhichAreBad::Named(names.collect()))
    });
    let mut given: Vec<Option<WhichAreBad>> = [probability, repaired, named].into_iter().flatten().collect();
    if given.len() != 1 {
        let message = format!(
            "{} needs exactly one of `probability`, `repaired` and `patches`",
            section.name()
        );
        let problem = Problem::error(codes::MISSING, message).at(section.place());
        problems.push(problem.help(
            "probability = 0.2 for any patch, repaired = true for those that were repaired before the next Patch Tuesday, or patches = [\"KB5035857\"]",
        ));
        return None;
    }
    given.pop().flatten()
}

/// One symptom by name, or weights of several.
fn symptoms(problems: &Problems, item: &Item) -> Option<SymptomWeights> {
    let none = SymptomWeights {
        install: 0.0,
        reboot: 0.0,
        latent: 0.0,
    };
    if !matches!(item.value, Value::Table(_)) {
        let named = [Symptom::Install, Symptom::Reboot, Symptom::Latent].map(|one| (one.as_str(), one));
        return Some(match choice(problems, item, &named)? {
            Symptom::Install => SymptomWeights { install: 1.0, ..none },
            Symptom::Reboot => SymptomWeights { reboot: 1.0, ..none },
            Symptom::Latent => SymptomWeights { latent: 1.0, ..none },
        });
    }
    let section = Section::open(problems, item, "symptom", None)?;
    let weight = |key| section.get(key).map_or(Some(0.0), |item| amount(problems, item));
    let (install, reboot, latent) = (weight("install"), weight("reboot"), weight("latent"));
    section.close();
    let weights = SymptomWeights {
        install: install?,
        reboot: reboot?,
        latent: latent?,
    };
    if weights == none {
        let problem = Problem::error(codes::RANGE, "all weights of the symptoms are 0").at(item.place());
        problems.push(problem.help("symptom = { install = 0.3, reboot = 0.3, latent = 0.4 }"));
        return None;
    }
    Some(weights)
}

/// `penetrance` for all nodes, or a list of classes.
fn affected(problems: &Problems, section: &Section<'_>, known: &Known<'_>) -> Option<Vec<Affected>> {
    let everyone = section.get("penetrance").map(|item| probability(problems, item));
    let items = section.list("affects");
    if everyone.is_some() != items.is_empty() {
        let message = format!("{} needs either `penetrance` or `affects`", section.name());
        let problem = Problem::error(codes::MISSING, message).at(section.place());
        problems.push(problem.help(
            "penetrance = 0.3 breaks three in ten of all nodes; affects = [{ class = \"…\", penetrance = 0.8 }] those of a class",
        ));
        return None;
    }
    if let Some(penetrance) = everyone {
        return Some(vec![Affected {
            class: None,
            probability: 1.0,
            penetrance: penetrance?,
        }]);
    }
    // Every entry is read, so that the problems of all are told.
    let read = items.iter().enumerate();
    let read: Vec<Option<Affected>> = read
        .map(|(index, item)| affected_class(problems, item, index + 1, known))
        .collect();
    read.into_iter().collect()
}

fn affected_class(problems: &Problems, item: &Item, number: usize, known: &Known<'_>) -> Option<Affected> {
    let section = Section::open(problems, item, format!("affects {number}"), None)?;
    let class = optional(section.get("class"), |item| class(problems, item, known));
    let likely = section
        .get("probability")
        .map_or(Some(1.0), |item| probability(problems, item));
    let penetrance = section
        .require("penetrance", "penetrance = 0.8")
        .and_then(|item| probability(problems, item));
    section.close();
    Some(Affected {
        class: class.ok()?,
        probability: likely?,
        penetrance: penetrance?,
    })
}

fn class(problems: &Problems, item: &Item, known: &Known<'_>) -> Option<usize> {
    let name = text(problems, item)?;
    let declared = || known.classes.iter().map(|(name, _)| *name);
    if !declared().any(|known| known == name) {
        let message = format!("there is no configuration class \"{name}\"");
        let problem = Problem::error(codes::REFERENCE, message).at(item.place());
        problems.push(match nearest(name, declared()) {
            Some(near) => problem.meant(Some(near)),
            None => problem.help(format!(
                "[configuration_class.{name}] says which nodes belong to it"
            )),
        });
    }
    let read = known.classes.iter().filter_map(|(_, class)| class.as_ref());
    read.into_iter().position(|class| class.name == name)
}

fn monitoring(problems: &Problems, item: &Item) -> Option<Monitoring> {
    let section = Section::open(problems, item, "[monitoring]", None)?;
    let nodes = section
        .get("nodes")
        .map(|item| target_entries(problems, item, "nodes"));
    let share = |key, usual: f64| {
        section
            .get(key)
            .map_or(Some(usual), |item| probability(problems, item))
    };
    // A detector such as published for a large cloud's deployments notices nine symptoms in ten.
    let detection = share("detection", 0.9);
    let false_alarm = share("false_alarm", 0.0);
    let delay = section
        .get("delay")
        .map_or(Some(SimDuration::from_minutes(30)), |item| {
            duration(problems, item)
        });
    let action = section.get("action").map_or(Some(AlarmAction::Reject), |item| {
        choice(problems, item, &ALARM_ACTIONS)
    });
    section.close();
    Some(Monitoring {
        nodes,
        detection: detection?,
        false_alarm: false_alarm?,
        delay: delay?,
        action: action?,
    })
}
