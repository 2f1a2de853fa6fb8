//! K01 to K06: patch states and the counts of a node.

use patchbench_model::ssm::{
    ComplianceLevel as Level, InstancePatchState, PatchFacts, PatchState as State, RejectedPatchesAction,
    UpdatesComplianceStatus, classify, summarize,
};

const ALLOW: RejectedPatchesAction = RejectedPatchesAction::AllowAsDependency;

fn windows() -> PatchFacts {
    PatchFacts {
        windows: true,
        ..PatchFacts::default()
    }
}

fn linux() -> PatchFacts {
    PatchFacts {
        present_in_older_version: true,
        ..PatchFacts::default()
    }
}

#[test]
fn k01_the_worked_example_of_section_8_4() {
    let node = summarize(
        [
            (State::Installed, Level::Critical, true),
            (State::Missing, Level::Critical, true),
            (State::Failed, Level::Low, false),
            (State::InstalledOther, Level::Unspecified, false),
            (State::InstalledPendingReboot, Level::Unspecified, true),
        ],
        None,
    );
    let expected = InstancePatchState {
        installed: 1,
        missing: 1,
        failed: 1,
        installed_other: 1,
        installed_pending_reboot: 1,
        critical_non_compliant: 1,
        security_non_compliant: 2,
        other_non_compliant: 1,
        severity: Level::Critical,
        ..InstancePatchState::default()
    };
    assert_eq!(node, expected);
    assert!(!node.compliant());
}

#[test]
fn a_non_compliant_node_is_at_least_informational() {
    for (state, level, severity) in [
        (State::Missing, Level::Unspecified, Level::Informational),
        (State::Missing, Level::High, Level::High),
        (State::Installed, Level::Critical, Level::Unspecified),
    ] {
        let node = summarize([(state, level, false)], None);
        assert_eq!(node.severity, severity, "{state:?} {level:?}");
        assert_eq!(node.compliant(), severity == Level::Unspecified);
    }
}

#[test]
fn k02_k03_unapproved_security_updates_count_as_the_baseline_says() {
    let inside_delay = PatchFacts {
        security: true,
        ..windows()
    };
    let state = classify(inside_delay, ALLOW);
    assert_eq!(state, Some(State::AvailableSecurityUpdate));
    for (configured, compliant, security) in [
        (Some(UpdatesComplianceStatus::NonCompliant), false, 1),
        (Some(UpdatesComplianceStatus::Compliant), true, 0),
        (None, true, 0),
    ] {
        let node = summarize(
            [(State::AvailableSecurityUpdate, Level::Unspecified, true)],
            configured,
        );
        assert_eq!(node.compliant(), compliant, "{configured:?}");
        assert_eq!(
            (
                node.available_security_update,
                node.security_non_compliant,
                node.critical_non_compliant,
                node.other_non_compliant
            ),
            (1, security, 0, 0)
        );
        let severity = if compliant {
            Level::Unspecified
        } else {
            Level::Informational
        };
        assert_eq!(node.severity, severity);
    }
}

#[test]
fn available_security_updates_are_never_critical_ones() {
    let configured = Some(UpdatesComplianceStatus::NonCompliant);
    let node = summarize(
        [(State::AvailableSecurityUpdate, Level::Critical, true)],
        configured,
    );
    assert_eq!((node.critical_non_compliant, node.security_non_compliant), (0, 1));
}

#[test]
fn updates_that_are_not_security_ones_are_unlisted_inside_their_delay() {
    assert_eq!(classify(windows(), ALLOW), None);
}

#[test]
fn k04_rejected_and_installed_follows_the_action() {
    let facts = PatchFacts {
        installed: true,
        rejected: true,
        ..windows()
    };
    for (action, state, compliant, rejected) in [
        (RejectedPatchesAction::Block, State::InstalledRejected, false, 1),
        (ALLOW, State::InstalledOther, true, 0),
    ] {
        for facts in [
            facts,
            PatchFacts {
                windows: false,
                ..facts
            },
        ] {
            assert_eq!(classify(facts, action), Some(state), "{action:?}");
        }
        let node = summarize([(state, Level::Unspecified, false)], None);
        assert_eq!((node.compliant(), node.installed_rejected), (compliant, rejected));
    }
}

#[test]
fn k05_a_linux_patch_inside_its_delay_is_not_missing() {
    let facts = PatchFacts {
        security: true,
        ..linux()
    };
    assert_eq!(classify(facts, ALLOW), None);
    let approved = PatchFacts {
        approved: true,
        ..facts
    };
    assert_eq!(classify(approved, ALLOW), Some(State::Missing));
    let absent = PatchFacts {
        present_in_older_version: false,
        ..approved
    };
    assert_eq!(classify(absent, ALLOW), None, "patching never adds packages");
}

/// Section 8.2, point by point.
#[test]
fn states_in_their_order_of_evaluation() {
    let approved = PatchFacts {
        approved: true,
        ..windows()
    };
    let installed = PatchFacts {
        installed: true,
        ..approved
    };
    let rows = [
        (installed, Some(State::Installed)),
        (
            PatchFacts {
                approved: false,
                ..installed
            },
            Some(State::InstalledOther),
        ),
        (
            PatchFacts {
                pending_reboot: true,
                ..installed
            },
            Some(State::InstalledPendingReboot),
        ),
        (approved, Some(State::Missing)),
        (
            PatchFacts {
                failed: true,
                ..approved
            },
            Some(State::Failed),
        ),
        (
            PatchFacts {
                replaced: true,
                ..approved
            },
            Some(State::NotApplicable),
        ),
        (
            PatchFacts {
                rejected: true,
                ..windows()
            },
            None,
        ),
    ];
    for (facts, expected) in rows {
        assert_eq!(classify(facts, ALLOW), expected, "{facts:?}");
    }
}

#[test]
fn not_applicable_patches_leave_a_node_compliant() {
    let node = summarize([(State::NotApplicable, Level::Critical, true)], None);
    assert_eq!((node.not_applicable, node.compliant()), (1, true));
}
