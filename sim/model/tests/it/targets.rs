//! T01 and T03: which nodes a command is sent to.

use std::collections::BTreeMap;

use patchbench_model::config::{Operation, TaskStatus, TaskTarget};
use patchbench_model::fleet::NodePool;
use patchbench_model::ssm::{CommandStatus, OperatingSystem, Target, TargetKey, resolve_targets};

use super::world::{Told, play, pool, pool_target, tagged, task, windows_world};

fn node(name: &str, tags: &[(&str, &str)]) -> NodePool {
    let tag = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    NodePool {
        names: Some(vec![name.to_owned()]),
        tags: tags.iter().map(tag).collect::<BTreeMap<_, _>>(),
        ..pool(name, 1, OperatingSystem::Windows)
    }
}

fn example() -> Vec<NodePool> {
    vec![
        node("a", &[("Env", "Prod"), ("Role", "Web")]),
        node("b", &[("Env", "Stage"), ("Role", "Web")]),
        node("c", &[("Env", "Prod"), ("Role", "Db")]),
        node("d", &[("Role", "Web")]),
    ]
}

fn keyed(key: TargetKey, values: &[&str]) -> Target {
    Target {
        key,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    }
}

#[test]
fn t01_values_of_a_key_are_alternatives_and_keys_must_all_hold() {
    let pools = example();
    let ids = |values| keyed(TargetKey::InstanceIds, values);
    let rows: [(&[Target], &[u32]); 8] = [
        (
            &[tagged("Env", &["Prod", "Stage"]), tagged("Role", &["Web"])],
            &[0, 1],
        ),
        (&[tagged("Env", &["Prod", "Stage"])], &[0, 1, 2]),
        (&[tagged("env", &["Prod"])], &[]),
        (&[tagged("Env", &["prod"])], &[]),
        (&[keyed(TargetKey::TagKey, &["Env", "Role"])], &[0, 1, 2]),
        (&[keyed(TargetKey::TagKey, &["Role"])], &[0, 1, 2, 3]),
        (&[ids(&["d", "a"])], &[0, 3]),
        (&[ids(&["d", "a"]), tagged("Env", &["Prod"])], &[0]),
    ];
    for (targets, expected) in rows {
        let found: Vec<u32> = resolve_targets(targets, &pools).iter().collect();
        assert_eq!(found, expected, "{targets:?}");
    }
}

#[test]
fn t03_a_tag_that_nobody_has_sends_nothing() {
    for (setting, task_ends) in [
        (TaskStatus::Failed, TaskStatus::Failed),
        (TaskStatus::Success, TaskStatus::Success),
    ] {
        let mut config = windows_world(3, vec![task(Operation::Scan, 1, 0)]);
        config.windows[0].targets = vec![pool_target("nobody")];
        config.settings.no_target_task_status = setting;
        let history = play(&config);
        let command = history.command(0);
        assert_eq!(
            (command.counts.targets(), command.status),
            (0, CommandStatus::NoInstancesInTag)
        );
        assert_eq!(history.sends(), []);
        assert_eq!(history.record.windows[0].tasks, [task_ends]);
        assert_eq!(history.record.windows[0].status, task_ends);
    }
}

/// Targets of the task itself are limited to the window's nodes unless the window allows others.
#[test]
fn direct_targets_are_limited_to_associated_nodes() {
    for (allowed, nodes) in [(false, 2), (true, 5)] {
        let mut all = task(Operation::Scan, 9, 0);
        all.targets = vec![TaskTarget::Direct(vec![tagged(
            "Patch Group",
            &["Front-End Servers"],
        )])];
        let mut config = windows_world(2, vec![all]);
        config.pools.push(pool("other", 3, OperatingSystem::Windows));
        config.windows[0].allow_unassociated_targets = allowed;
        assert_eq!(play(&config).sends().len(), nodes);
    }
}

#[test]
fn a_node_that_a_target_names_twice_gets_one_invocation() {
    let mut config = windows_world(3, vec![task(Operation::Scan, 1, 0)]);
    config.windows[0].targets[0].targets = vec![keyed(TargetKey::InstanceIds, &["web-2", "web-2"])];
    let history = play(&config);
    let started = history.told.iter().find_map(|(_, told)| match told {
        Told::Started { targets, .. } => Some(*targets),
        _ => None,
    });
    assert_eq!((started, history.sends().len()), (Some(1), 1));
}
