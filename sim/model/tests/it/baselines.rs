//! B01 to B08: what AWS's own baselines approve, and from when.

use chrono::NaiveDate;
use patchbench_model::catalog::{Patch, PatchSet};
use patchbench_model::config::Settings;
use patchbench_model::ssm::{BaselineVintage, OperatingSystem, PatchBaseline, PatchView, evaluate};

use super::world::{bare_patch, patch, predefined, predefined_of, utc, windows_patch};

/// When a baseline approves a patch.
fn approved(known: &PatchBaseline, patch: &Patch) -> Option<String> {
    let view = PatchView {
        patch,
        node_product: None,
    };
    let verdict = evaluate(known, view, &Settings::default());
    verdict.approval.ok().map(|approval| approval.at.to_string())
}

#[test]
fn b01_b02_windows_default_takes_critical_security_updates_after_seven_days() {
    let known = predefined("AWS-DefaultPatchBaseline");
    for (class, severity, expected) in [
        ("SecurityUpdates", "Critical", Some("2024-01-16T18:00:00Z")),
        ("SecurityUpdates", "Important", Some("2024-01-16T18:00:00Z")),
        ("CriticalUpdates", "Important", Some("2024-01-16T18:00:00Z")),
        ("SecurityUpdates", "Moderate", None),
        ("UpdateRollups", "Critical", None),
    ] {
        let patch = windows_patch("P", class, severity, "2024-01-09T18:00:00Z");
        assert_eq!(
            approved(&known, &patch).as_deref(),
            expected,
            "{class} {severity}"
        );
    }
}

#[test]
fn b03_only_the_applications_baseline_reaches_applications() {
    let application = Patch {
        patch_set: PatchSet::Application,
        product: Some("Office 2016".to_owned()),
        ..windows_patch("P", "SecurityUpdates", "Critical", "2024-01-09T18:00:00Z")
    };
    for (name, expected) in [
        ("AWS-DefaultPatchBaseline", None),
        ("AWS-WindowsPredefinedPatchBaseline-OS", None),
        (
            "AWS-WindowsPredefinedPatchBaseline-OS-Applications",
            Some("2024-01-16T18:00:00Z"),
        ),
    ] {
        assert_eq!(
            approved(&predefined(name), &application).as_deref(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn b04_b05_linux_defaults_take_bugfixes_of_any_severity_but_only_severe_security() {
    use OperatingSystem::{AmazonLinux2, RedhatEnterpriseLinux};
    let amazon = predefined("AWS-AmazonLinux2DefaultPatchBaseline");
    let red_hat = predefined("AWS-RedHatDefaultPatchBaseline");
    for (known, os, class, severity, expected) in [
        (
            &amazon,
            AmazonLinux2,
            "Bugfix",
            "Low",
            Some("2024-01-08T00:00:00Z"),
        ),
        (
            &amazon,
            AmazonLinux2,
            "Security",
            "Important",
            Some("2024-01-08T00:00:00Z"),
        ),
        (&amazon, AmazonLinux2, "Security", "Medium", None),
        (&red_hat, RedhatEnterpriseLinux, "Security", "Moderate", None),
    ] {
        let patch = patch("P", os, class, severity, "2024-01-01T00:00:00Z");
        assert_eq!(
            approved(known, &patch).as_deref(),
            expected,
            "{os} {class} {severity}"
        );
    }
}

#[test]
fn b06_oracle_takes_critical_security_only_since_december_2025() {
    let earlier = BaselineVintage::Date(NaiveDate::from_ymd_opt(2025, 1, 1).unwrap());
    let last_day = BaselineVintage::Date(NaiveDate::from_ymd_opt(2025, 12, 9).unwrap());
    let first_day = BaselineVintage::Date(NaiveDate::from_ymd_opt(2025, 12, 10).unwrap());
    for (vintage, severity, expected) in [
        (BaselineVintage::Latest, "Moderate", true),
        (BaselineVintage::Latest, "Critical", true),
        (earlier, "Moderate", true),
        (earlier, "Critical", false),
        (last_day, "Critical", false),
        (first_day, "Critical", true),
    ] {
        let known = predefined_of("AWS-OracleLinuxDefaultPatchBaseline", vintage);
        let patch = patch(
            "P",
            OperatingSystem::OracleLinux,
            "Security",
            severity,
            "2024-01-01T00:00:00Z",
        );
        let expected = expected.then_some("2024-01-08T00:00:00Z");
        assert_eq!(
            approved(&known, &patch).as_deref(),
            expected,
            "{vintage:?} {severity}"
        );
    }
}

#[test]
fn b07_ubuntu_takes_security_archive_packages_at_once() {
    let known = predefined("AWS-UbuntuDefaultPatchBaseline");
    let package = Patch {
        priority: Some("Optional".to_owned()),
        released_at: Some(utc("2024-01-09T18:00:00Z")),
        ..bare_patch("openssl", OperatingSystem::Ubuntu)
    };
    assert_eq!(
        approved(&known, &package).as_deref(),
        Some("2024-01-09T18:00:00Z")
    );
    let elsewhere = Patch {
        security_source: false,
        ..package
    };
    assert_eq!(approved(&known, &elsewhere), None);
}

#[test]
fn b08_centos_takes_packages_without_advisory_from_their_build() {
    let package = Patch {
        built_at: Some(utc("2024-02-01T00:00:00Z")),
        security_source: false,
        ..bare_patch("bash", OperatingSystem::Centos)
    };
    let known = predefined("AWS-CentOSDefaultPatchBaseline");
    assert_eq!(
        approved(&known, &package).as_deref(),
        Some("2024-02-08T00:00:00Z")
    );
    // The date of its repository is no advisory's date: the build counts.
    let listed = Patch {
        released_at: Some(utc("2024-02-05T00:00:00Z")),
        ..package
    };
    assert_eq!(approved(&known, &listed).as_deref(), Some("2024-02-08T00:00:00Z"));
}
