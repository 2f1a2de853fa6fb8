//! R01 to R20: what custom baselines approve, and from when.

use chrono::NaiveDate;
use patchbench_kernel::{SimDuration, SimTime};
use patchbench_model::catalog::{Patch, PatchSet};
use patchbench_model::config::{ApprovalBoundary, Operation, Settings};
use patchbench_model::ssm::{
    Approval, ApprovalRule, ComplianceLevel, EffectiveApproval, FilterKey, NotApproved, OperatingSystem,
    PatchBaseline, PatchView, evaluate,
};

use super::world::{
    Filters, Told, bare_patch, baseline, filters, patch, play, rule, seed_rule, task, utc, windows_patch,
    world,
};

const WINDOWS: OperatingSystem = OperatingSystem::Windows;
const AMAZON: OperatingSystem = OperatingSystem::AmazonLinux2;

fn strict() -> Settings {
    Settings {
        approval_boundary: ApprovalBoundary::Strict,
        ..Settings::default()
    }
}

fn approval(
    known: &PatchBaseline,
    patch: &Patch,
    settings: &Settings,
) -> Result<EffectiveApproval, NotApproved> {
    let view = PatchView {
        patch,
        node_product: None,
    };
    evaluate(known, view, settings).approval
}

fn approved(known: &PatchBaseline, patch: &Patch) -> Option<String> {
    approved_under(known, patch, &Settings::default())
}

fn approved_under(known: &PatchBaseline, patch: &Patch, settings: &Settings) -> Option<String> {
    approval(known, patch, settings)
        .ok()
        .map(|approval| approval.at.to_string())
}

fn until(date: &str) -> ApprovalRule {
    ApprovalRule {
        approval: Approval::UntilDate(date.parse::<NaiveDate>().unwrap()),
        ..rule(&[], 0)
    }
}

#[test]
fn r01_the_blog_posts_rule_waits_five_days() {
    let known = baseline("seed", WINDOWS, vec![seed_rule()]);
    for (class, severity, expected) in [
        ("CriticalUpdates", "Critical", Some("2024-01-06T00:00:00Z")),
        ("CriticalUpdates", "Important", None),
        ("SecurityUpdates", "Critical", None),
    ] {
        let patch = windows_patch("P", class, severity, "2024-01-01T00:00:00Z");
        assert_eq!(
            approved(&known, &patch).as_deref(),
            expected,
            "{class} {severity}"
        );
    }
}

#[test]
fn r02_the_instant_itself_counts_unless_the_boundary_is_strict() {
    let known = baseline("seed", WINDOWS, vec![seed_rule()]);
    let patch = windows_patch("P", "CriticalUpdates", "Critical", "2024-01-01T00:00:00Z");
    let instant = utc("2024-01-06T00:00:00Z");
    let state_at = |settings: &Settings, at: SimTime| approval(&known, &patch, settings).unwrap().at <= at;
    let second = SimDuration::from_secs(1);
    for (settings, before, then, after) in [
        (Settings::default(), false, true, true),
        (strict(), false, false, true),
    ] {
        assert_eq!(state_at(&settings, instant - second), before);
        assert_eq!(state_at(&settings, instant), then);
        assert_eq!(state_at(&settings, instant + second), after);
    }
}

/// The same boundary where it matters: a window that opens at the approval instant.
#[test]
fn r02_a_window_at_the_approval_instant_follows_the_boundary() {
    for (boundary, missing) in [(ApprovalBoundary::Inclusive, 1), (ApprovalBoundary::Strict, 0)] {
        let known = baseline("seed", WINDOWS, vec![seed_rule()]);
        let patch = windows_patch("P", "CriticalUpdates", "Critical", "2024-01-04T16:00:00Z");
        let mut config = world(1, known, vec![patch], vec![task(Operation::Scan, 1, 0)]);
        config.settings.approval_boundary = boundary;
        assert_eq!(play(&config).reports()[0].1.missing, missing, "{boundary:?}");
    }
}

#[test]
fn r03_r04_r05_r08_delays_are_exact_multiples_of_86_400_seconds() {
    let epoch = |seconds: i64| SimTime::from_millis(seconds * 1000);
    for (id, released, days, expected) in [
        ("R03", utc("2025-11-09T18:00:00Z"), 7, utc("2025-11-16T18:00:00Z")),
        ("R04", epoch(1_384_279_200), 5, epoch(1_384_711_200)),
        ("R05", epoch(1_428_426_000), 5, epoch(1_428_858_000)),
        ("R08", epoch(1_544_047_205), 0, epoch(1_544_047_205)),
    ] {
        let known = baseline("any", WINDOWS, vec![rule(&[], days)]);
        let patch = Patch {
            released_at: Some(released),
            ..bare_patch("P", WINDOWS)
        };
        let at = approval(&known, &patch, &Settings::default()).unwrap().at;
        assert_eq!(at, expected, "{id}");
    }
}

#[test]
fn r06_the_cut_off_date_counts_in_full() {
    let known = baseline("until", WINDOWS, vec![until("2023-07-07")]);
    for (released, expected) in [
        ("2023-07-07T23:59:59Z", Some("2023-07-07T23:59:59Z")),
        ("2023-07-08T00:00:00Z", None),
    ] {
        let patch = windows_patch("P", "SecurityUpdates", "Critical", released);
        assert_eq!(approved(&known, &patch).as_deref(), expected, "{released}");
    }
}

#[test]
fn debian_packages_ignore_delay_and_cut_off_date() {
    let package = Patch {
        released_at: Some(utc("2023-08-01T00:00:00Z")),
        ..bare_patch("openssl", OperatingSystem::Ubuntu)
    };
    for waits in [rule(&[], 30), until("2023-07-07")] {
        let known = baseline("apt", OperatingSystem::Ubuntu, vec![waits]);
        assert_eq!(
            approved(&known, &package).as_deref(),
            Some("2023-08-01T00:00:00Z")
        );
    }
}

#[test]
fn r07_the_first_satisfied_rule_approves_and_later_ones_raise_the_level() {
    let high = ApprovalRule {
        compliance_level: ComplianceLevel::High,
        ..rule(&[(FilterKey::Classification, &["Security"])], 14)
    };
    let low = ApprovalRule {
        compliance_level: ComplianceLevel::Low,
        ..rule(&[(FilterKey::Severity, &["Critical"])], 3)
    };
    let known = baseline("two-rules", AMAZON, vec![high, low]);
    let patch = patch("P", AMAZON, "Security", "Critical", "2024-03-01T12:00:00Z");
    let found = approval(&known, &patch, &Settings::default()).unwrap();
    assert_eq!((found.at, found.rule), (utc("2024-03-04T12:00:00Z"), Some(1)));
    for (at, level) in [
        ("2024-03-04T11:59:59Z", ComplianceLevel::Unspecified),
        ("2024-03-04T12:00:00Z", ComplianceLevel::Low),
        ("2024-03-15T11:59:59Z", ComplianceLevel::Low),
        ("2024-03-15T12:00:00Z", ComplianceLevel::High),
    ] {
        assert_eq!(found.level_at(utc(at)), level, "{at}");
    }
}

#[test]
fn a_satisfied_rule_of_lower_level_does_not_lower_it() {
    let level = |compliance_level, days| ApprovalRule {
        compliance_level,
        ..rule(&[], days)
    };
    let rules = vec![level(ComplianceLevel::Low, 9), level(ComplianceLevel::High, 2)];
    let known = PatchBaseline {
        approved_patches: vec!["P".to_owned()],
        approved_patches_compliance_level: ComplianceLevel::Medium,
        ..baseline("levels", AMAZON, rules)
    };
    let patch = patch("P", AMAZON, "Security", "Critical", "2024-03-01T00:00:00Z");
    let found = approval(&known, &patch, &Settings::default()).unwrap();
    let levels: Vec<ComplianceLevel> = ["2024-03-01", "2024-03-03", "2024-03-10"]
        .iter()
        .map(|day| found.level_at(utc(&format!("{day}T00:00:00Z"))))
        .collect();
    let high = ComplianceLevel::High;
    assert_eq!(levels, [ComplianceLevel::Medium, high, high]);
}

#[test]
fn r10_a_star_matches_what_lacks_the_attribute() {
    let without = Patch {
        severity: None,
        ..windows_patch("P", "CriticalUpdates", "", "2024-01-01T00:00:00Z")
    };
    for (values, matches) in [(&["Critical", "*"][..], true), (&["Critical"], false)] {
        let known = baseline(
            "star",
            WINDOWS,
            vec![rule(&[(FilterKey::MsrcSeverity, values)], 0)],
        );
        assert_eq!(approved(&known, &without).is_some(), matches, "{values:?}");
    }
}

#[test]
fn r11_an_empty_group_matches_everything() {
    for os in [WINDOWS, AMAZON, OperatingSystem::Suse, OperatingSystem::Macos] {
        let known = baseline("everything", os, vec![rule(&[], 2)]);
        for (class, severity) in [("Security", "Critical"), ("Tools", "Low")] {
            let patch = patch("P", os, class, severity, "2024-01-01T00:00:00Z");
            assert_eq!(
                approved(&known, &patch).as_deref(),
                Some("2024-01-03T00:00:00Z"),
                "{os} {class}"
            );
        }
    }
}

#[test]
fn r12_only_the_approved_list_passes_the_global_filter() {
    let known = PatchBaseline {
        global_filter: filters(&[(FilterKey::Classification, &["Security"])]),
        ..baseline("global", AMAZON, vec![rule(&[(FilterKey::Severity, &["*"])], 7)])
    };
    let listing = PatchBaseline {
        approved_patches: vec!["P".to_owned()],
        ..known.clone()
    };
    let within = Settings {
        approved_list_bypasses_global: false,
        ..Settings::default()
    };
    let patch = patch("P", AMAZON, "Bugfix", "Low", "2024-01-01T00:00:00Z");
    let dropped = Err(NotApproved::GlobalFilter(FilterKey::Classification));
    assert_eq!(approval(&known, &patch, &Settings::default()), dropped);
    assert_eq!(
        approved(&listing, &patch).as_deref(),
        Some("2024-01-01T00:00:00Z")
    );
    assert_eq!(approval(&listing, &patch, &within), dropped);
}

#[test]
fn r13_rejected_wins_over_approved_and_rules() {
    let known = PatchBaseline {
        approved_patches: vec!["KB5034119".to_owned()],
        rejected_patches: vec!["KB5034119".to_owned()],
        ..baseline("both", WINDOWS, vec![rule(&[], 0)])
    };
    let patch = Patch {
        kb: Some("KB5034119".to_owned()),
        ..windows_patch("P", "SecurityUpdates", "Critical", "2024-01-01T00:00:00Z")
    };
    assert_eq!(
        approval(&known, &patch, &Settings::default()),
        Err(NotApproved::Rejected)
    );
}

fn application() -> Patch {
    Patch {
        patch_set: PatchSet::Application,
        product: Some("Office 2016".to_owned()),
        classification: Some("SecurityUpdates".to_owned()),
        ..bare_patch("P", WINDOWS)
    }
}

#[test]
fn r14_applications_without_a_date_are_approved_at_once() {
    let wanted: Filters<'_> = &[
        (FilterKey::PatchSet, &["APPLICATION"]),
        (FilterKey::Product, &["Office 2016"]),
    ];
    for days in [30, 360] {
        let known = baseline("office", WINDOWS, vec![rule(wanted, days)]);
        let found = approval(&known, &application(), &strict()).unwrap();
        assert!(
            found.at <= utc("1971-01-01T00:00:00Z"),
            "{days} days: {}",
            found.at
        );
    }
    let dated = Patch {
        released_at: Some(utc("2024-01-01T00:00:00Z")),
        ..application()
    };
    let known = baseline("office", WINDOWS, vec![rule(wanted, 30)]);
    assert_eq!(approved(&known, &dated).as_deref(), Some("2024-01-31T00:00:00Z"));
    let revised = Patch {
        updated_at: Some(utc("2024-01-01T00:00:00Z")),
        ..application()
    };
    assert_eq!(
        approved(&known, &revised).as_deref(),
        Some("2024-01-31T00:00:00Z"),
        "a revision is a known date"
    );
}

/// A rule reaches applications with PATCH_SET and PRODUCT, and systems unless PATCH_SET forbids.
#[test]
fn rules_without_a_patch_set_are_about_the_system() {
    let system = Patch {
        product: Some("WindowsServer2019".to_owned()),
        ..windows_patch("S", "SecurityUpdates", "Critical", "2024-01-01T00:00:00Z")
    };
    let (set, product) = (FilterKey::PatchSet, FilterKey::Product);
    let rows: [(Filters<'_>, bool, bool); 8] = [
        (&[], true, false),
        (&[(product, &["*"])], true, false),
        (&[(product, &["Office 2016"])], false, false),
        (&[(set, &["OS"])], true, false),
        (&[(set, &["OS"]), (product, &["*"])], true, false),
        (&[(set, &["APPLICATION"])], false, false),
        (
            &[(set, &["APPLICATION"]), (product, &["Office 2016"])],
            false,
            true,
        ),
        (&[(set, &["*"]), (product, &["*"])], true, true),
    ];
    for (wanted, reaches_system, reaches_application) in rows {
        let known = baseline("sets", WINDOWS, vec![rule(wanted, 0)]);
        let found = [&system, &application()].map(|patch| approved(&known, patch).is_some());
        assert_eq!(found, [reaches_system, reaches_application], "{wanted:?}");
    }
}

#[test]
fn r15_the_delay_counts_from_the_advisory_and_not_from_the_repository() {
    let advisory = Patch {
        available_at: Some(utc("2023-07-13T00:00:00Z")),
        updated_at: Some(utc("2023-07-07T00:00:00Z")),
        ..patch("P", AMAZON, "Security", "Critical", "2023-07-01T00:00:00Z")
    };
    for (days, day, installs) in [
        (7, 12, 0),
        (7, 13, 0),
        (7, 14, 1),
        // Approved before the repository has it: nobody can install it until then.
        (2, 12, 0),
        (2, 13, 1),
    ] {
        let known = baseline("al2", AMAZON, vec![rule(&[], days)]);
        let mut config = world(
            1,
            known,
            vec![advisory.clone()],
            vec![task(Operation::Install, 1, 0)],
        );
        config.start = utc("2023-07-01T00:00:00Z");
        config.horizon = utc("2023-07-31T00:00:00Z");
        config.pools[0].patched_through = config.start;
        config.windows[0].schedule = super::world::schedule(&format!("cron(0 12 {day} 7 ? 2023)"));
        assert_eq!(
            play(&config).command(0).installed,
            installs,
            "{days} days, July {day}"
        );
    }
}

#[test]
fn r16_a_revised_advisory_starts_the_wait_again() {
    let known = baseline("al2", AMAZON, vec![rule(&[], 7)]);
    let advisory = Patch {
        updated_at: Some(utc("2024-03-10T00:00:00Z")),
        ..patch("P", AMAZON, "Security", "Critical", "2024-03-01T00:00:00Z")
    };
    assert_eq!(
        approved(&known, &advisory).as_deref(),
        Some("2024-03-17T00:00:00Z")
    );
    let rebuilt = Patch {
        built_at: Some(utc("2024-03-12T00:00:00Z")),
        ..advisory
    };
    assert_eq!(
        approved(&known, &rebuilt).as_deref(),
        Some("2024-03-19T00:00:00Z"),
        "the later of advisory and build counts"
    );
}

#[test]
fn r19_packages_without_advisory_need_enable_non_security() {
    let package = Patch {
        security_source: false,
        ..patch("P", AMAZON, "", "", "2024-01-01T00:00:00Z")
    };
    for (enable_non_security, expected) in [(false, None), (true, Some("2024-01-08T00:00:00Z"))] {
        let everything = ApprovalRule {
            enable_non_security,
            ..rule(&[(FilterKey::Product, &["*"])], 7)
        };
        let known = baseline("gate", AMAZON, vec![everything]);
        assert_eq!(approved(&known, &package).as_deref(), expected);
    }
    for (os, gated) in [
        (AMAZON, true),
        (OperatingSystem::Ubuntu, true),
        (OperatingSystem::Suse, false),
        (WINDOWS, false),
        (OperatingSystem::Macos, false),
    ] {
        let known = baseline("gate", os, vec![rule(&[], 7)]);
        let package = Patch {
            operating_system: os,
            ..package.clone()
        };
        assert_eq!(approved(&known, &package).is_none(), gated, "{os}");
    }
}

#[test]
fn an_approved_package_without_advisory_needs_a_switch_of_its_own() {
    let package = Patch {
        security_source: false,
        ..patch("P", AMAZON, "", "", "2024-01-01T00:00:00Z")
    };
    for (approved_patches_enable_non_security, taken) in [(false, false), (true, true)] {
        let known = PatchBaseline {
            approved_patches: vec!["P".to_owned()],
            approved_patches_enable_non_security,
            ..baseline("named", AMAZON, Vec::new())
        };
        assert_eq!(approved(&known, &package).is_some(), taken);
    }
}

#[test]
fn r20_values_compare_without_regard_to_case() {
    let patch = patch("P", AMAZON, "SECURITY", "CRITICAL", "2024-01-01T00:00:00Z");
    let wanted: Filters<'_> = &[
        (FilterKey::Classification, &["Security"]),
        (FilterKey::Severity, &["Critical"]),
    ];
    let known = baseline("case", AMAZON, vec![rule(wanted, 0)]);
    assert!(approved(&known, &patch).is_some());
}

#[test]
fn medium_and_moderate_are_one_severity_on_amazon_linux_2023_alone() {
    for (os, same) in [
        (OperatingSystem::AmazonLinux2023, true),
        (OperatingSystem::AmazonLinux2, false),
        (OperatingSystem::RedhatEnterpriseLinux, false),
    ] {
        let patch = patch("P", os, "Security", "Moderate", "2024-01-01T00:00:00Z");
        let known = baseline("medium", os, vec![rule(&[(FilterKey::Severity, &["Medium"])], 0)]);
        assert_eq!(approved(&known, &patch).is_some(), same, "{os}");
    }
}

/// On Linux PRODUCT is the node's product, on Windows the patch's.
#[test]
fn product_is_the_nodes_on_linux_and_the_patchs_on_windows() {
    for (os, expected) in [(AMAZON, true), (WINDOWS, false)] {
        let known = baseline("product", os, vec![rule(&[(FilterKey::Product, &["Node"])], 0)]);
        let patch = Patch {
            product: Some("Patch".to_owned()),
            ..patch("P", os, "Security", "Critical", "2024-01-01T00:00:00Z")
        };
        let view = PatchView {
            patch: &patch,
            node_product: Some("Node"),
        };
        let verdict = evaluate(&known, view, &Settings::default());
        assert_eq!(verdict.approval.is_ok(), expected, "{os}");
    }
}

#[test]
fn approvals_are_told_at_their_instant() {
    let patches = vec![windows_patch(
        "P",
        "CriticalUpdates",
        "Critical",
        "2024-01-03T00:00:00Z",
    )];
    let known = baseline("seed", WINDOWS, vec![seed_rule()]);
    let config = world(1, known, patches, vec![task(Operation::Scan, 1, 0)]);
    let told = play(&config).times(|told| matches!(told, Told::Approved { patch: 0 }));
    assert_eq!(told, [utc("2024-01-08T00:00:00Z")]);
}
