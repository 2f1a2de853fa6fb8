//! Bad patches that never come out, classes without nodes, a monitoring that watches nobody.

use std::collections::BTreeSet;

use patchbench_kernel::Streams;
use patchbench_model::catalog::{Patch, ReleaseStream, WhichAreBad, release_patches};
use patchbench_model::config::ModelConfig;
use patchbench_model::fleet::ClassMembers;
use patchbench_model::ssm::resolve_targets;

use super::{MOST, Placed};
use crate::codes;
use crate::problem::Problem;
use crate::read::Problems;
use crate::suggest::nearest;

/// Looks at everything about faults.
pub(super) fn faults(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    named_patches(problems, config, placed);
    classes(problems, config, placed);
    monitoring(problems, config, placed);
}

/// Names of bad patches that no release stream contains. A stream that draws has other patches in each
/// replication, so that nothing can be said of it.
fn named_patches(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    let mut told = 0;
    for (process, places) in config.faults.bad_patches.iter().zip(&placed.faults.names) {
        let WhichAreBad::Named(names) = &process.which else {
            continue;
        };
        let streams = match process.stream {
            None => config.releases.as_slice(),
            Some(stream) => std::slice::from_ref(&config.releases[stream]),
        };
        if streams.iter().any(ReleaseStream::is_random) {
            continue;
        }
        let patches = release_patches(streams, &Streams::new(0, 0));
        let known = || patches.iter().flat_map(names_of);
        let released: BTreeSet<&str> = known().collect();
        for (name, place) in names.iter().zip(places) {
            if released.contains(name.as_str()) || told == MOST {
                continue;
            }
            told += 1;
            let whose = process.stream.map_or_else(String::new, |stream| {
                format!(" by [releases.{}]", config.releases[stream].name())
            });
            let message = format!("the bad patch \"{name}\" is never released{whose}");
            problems.push(
                Problem::warning(codes::UNUSED, message)
                    .at(place.clone())
                    .note("names are ids or KB numbers of patches")
                    .meant(nearest(name, known())),
            );
        }
    }
}

/// What a patch may be called.
fn names_of(patch: &Patch) -> impl Iterator<Item = &str> {
    patch.kb.as_deref().into_iter().chain([patch.id.as_str()])
}

/// Configuration classes that no node belongs to, or that no bad patch breaks.
fn classes(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    let classes = config
        .faults
        .configuration_classes
        .iter()
        .zip(&placed.faults.classes);
    for (index, (class, place)) in classes.enumerate().take(MOST) {
        let processes = config.faults.bad_patches.iter();
        let broken = processes
            .flat_map(|process| &process.affects)
            .any(|affected| affected.class == Some(index));
        let empty = match &class.members {
            ClassMembers::Targets(targets) => resolve_targets(targets, &config.pools).is_empty(),
            ClassMembers::Share(share) => *share == 0.0,
        };
        let (message, help) = if empty {
            (
                format!("no node belongs to configuration class \"{}\"", class.name),
                "tag values and ids are compared exactly".to_owned(),
            )
        } else if !broken {
            (
                format!("no bad patch breaks configuration class \"{}\"", class.name),
                format!("affects = [{{ class = \"{}\", penetrance = 0.8 }}]", class.name),
            )
        } else {
            continue;
        };
        problems.push(
            Problem::warning(codes::UNUSED, message)
                .at(place.clone())
                .help(help),
        );
    }
}

fn monitoring(problems: &Problems, config: &ModelConfig, placed: &Placed<'_>) {
    let (Some(watch), Some(place)) = (&config.faults.monitoring, &placed.faults.monitoring) else {
        return;
    };
    let nobody = watch
        .nodes
        .as_ref()
        .is_some_and(|nodes| resolve_targets(nodes, &config.pools).is_empty());
    let (message, help) = if nobody {
        (
            "the monitoring watches no node",
            "tag values and ids are compared exactly; without `nodes` all are watched",
        )
    } else if config.faults.bad_patches.is_empty() && watch.false_alarm == 0.0 {
        (
            "the monitoring has nothing to notice",
            "add [bad_patches.…], or a probability of false_alarm",
        )
    } else {
        return;
    };
    problems.push(
        Problem::warning(codes::UNUSED, message)
            .at(place.clone())
            .help(help),
    );
}
