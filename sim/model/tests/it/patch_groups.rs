//! G01 to G05: which baseline a node uses.

use std::collections::BTreeMap;

use patchbench_model::config::{ModelConfig, Registration};
use patchbench_model::fleet::NodePool;
use patchbench_model::ssm::{
    OperatingSystem, PatchBaseline, RegisterError, default_baseline_name, patch_group_of,
    register_patch_group,
};
use patchbench_model::world::Plan;

use super::world::{pool, predefined, world};

const WINDOWS: OperatingSystem = OperatingSystem::Windows;
const AMAZON: OperatingSystem = OperatingSystem::AmazonLinux2;
const RED_HAT: OperatingSystem = OperatingSystem::RedhatEnterpriseLinux;

fn node(name: &str, os: OperatingSystem, tag: (&str, &str)) -> NodePool {
    let tags = BTreeMap::from([(tag.0.to_owned(), tag.1.to_owned())]);
    NodePool {
        patch_group: patch_group_of(&tags).unwrap().map(str::to_owned),
        tags,
        ..pool(name, 1, os)
    }
}

/// pb-dev for the group DEV, pb-default for other Windows nodes, and AWS's own for RHEL.
fn example() -> ModelConfig {
    let custom = |name: &str| PatchBaseline::custom(name, WINDOWS);
    ModelConfig {
        baselines: vec![
            custom("pb-dev"),
            custom("pb-default"),
            predefined("AWS-RedHatDefaultPatchBaseline"),
        ],
        registrations: vec![Registration {
            patch_group: "DEV".to_owned(),
            baseline: 0,
        }],
        default_baselines: vec![(WINDOWS, 1), (RED_HAT, 2)],
        ..world(1, custom("pb-dev"), Vec::new(), Vec::new())
    }
}

fn baselines_of(config: &ModelConfig) -> Vec<&str> {
    let plan = Plan::new(config);
    let name = |class: &usize| {
        plan.classes[*class]
            .baseline
            .map_or("none", |baseline| &config.baselines[baseline].name)
    };
    plan.pool_class.iter().map(name).collect()
}

#[test]
fn g01_registered_group_then_default_of_the_operating_system() {
    let config = ModelConfig {
        pools: vec![
            node("i1", WINDOWS, ("Patch Group", "DEV")),
            node("i2", WINDOWS, ("Name", "i2")),
            node("i3", WINDOWS, ("PatchGroup", "QA")),
            node("i4", RED_HAT, ("Patch Group", "DEV")),
        ],
        ..example()
    };
    assert_eq!(
        baselines_of(&config),
        [
            "pb-dev",
            "pb-default",
            "pb-default",
            "AWS-RedHatDefaultPatchBaseline"
        ]
    );
}

#[test]
fn g04_other_spellings_of_the_tag_key_or_value_are_no_group() {
    let config = ModelConfig {
        pools: vec![
            node("a", WINDOWS, ("PatchGroup", "DEV")),
            node("b", WINDOWS, ("patch group", "DEV")),
            node("c", WINDOWS, ("Patch group", "DEV")),
            node("d", WINDOWS, ("Patch Group", "dev")),
        ],
        ..example()
    };
    assert_eq!(
        baselines_of(&config),
        ["pb-dev", "pb-default", "pb-default", "pb-default"]
    );
}

#[test]
fn both_tag_keys_must_agree() {
    let tags = |spaced: &str, unspaced: &str| {
        BTreeMap::from([
            ("Patch Group".to_owned(), spaced.to_owned()),
            ("PatchGroup".to_owned(), unspaced.to_owned()),
        ])
    };
    assert_eq!(patch_group_of(&tags("DEV", "DEV")), Ok(Some("DEV")));
    assert_eq!(patch_group_of(&tags("DEV", "QA")), Err(("DEV", "QA")));
}

#[test]
fn g02_g03_a_group_has_one_baseline_for_each_operating_system() {
    let systems = [WINDOWS, WINDOWS, AMAZON];
    let mut registrations = Vec::new();
    let mut register = |group: &str, baseline| {
        let registration = Registration {
            patch_group: group.to_owned(),
            baseline,
        };
        register_patch_group(&mut registrations, registration, |index| systems[index])
    };
    assert_eq!(register("DEV", 0), Ok(()));
    let second = register("DEV", 1).unwrap_err();
    assert_eq!(second, RegisterError::AlreadyExists { baseline: 0 });
    assert_eq!(second.to_string(), "AlreadyExistsException");
    assert_eq!(register("DEV", 2), Ok(()));
    assert_eq!(register("dev", 1), Ok(()), "group names are compared exactly");
}

#[test]
fn g05_a_baseline_serves_25_groups() {
    let mut registrations = Vec::new();
    let results: Vec<_> = (1..=26)
        .map(|number| {
            let registration = Registration {
                patch_group: format!("group-{number}"),
                baseline: 0,
            };
            register_patch_group(&mut registrations, registration, |_| WINDOWS)
        })
        .collect();
    assert!(results[..25].iter().all(Result::is_ok));
    let last = results[25].clone().unwrap_err();
    assert_eq!(last, RegisterError::ResourceLimitExceeded);
    assert_eq!(last.to_string(), "ResourceLimitExceededException");
}

#[test]
fn every_operating_system_has_an_aws_owned_default() {
    for os in OperatingSystem::ALL {
        let name = default_baseline_name(*os);
        assert_eq!(predefined(&name).operating_system, *os);
    }
}
