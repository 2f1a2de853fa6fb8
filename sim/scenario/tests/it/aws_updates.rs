//! Importing updates of baselines and windows.

use patchbench_scenario::codes;

use crate::aws_commands::{config, errors, import};

#[test]
fn updates_change_what_they_say_and_with_replace_clear_the_rest() {
    let base = "ID=$(aws ssm create-patch-baseline --name Prod --operating-system AMAZON_LINUX_2023 --description Old \
        --rejected-patches kernel --query BaselineId --output text)
        aws ssm register-patch-baseline-for-patch-group --baseline-id $ID --patch-group Web
        W=$(aws ssm create-maintenance-window --name Nightly --schedule 'rate(7 days)' --duration 4 --cutoff 1 \
        --no-allow-unassociated-targets --description Old --query WindowId --output text)
        aws ssm register-target-with-maintenance-window --window-id $W --resource-type INSTANCE --targets Key=tag:Env,Values=prod --name prod\n";
    let some = format!(
        "{base}aws ssm update-patch-baseline --baseline-id $ID --approved-patches bash\n\
         aws ssm update-maintenance-window --window-id $W --cutoff 2 --no-enabled\n"
    );
    let imported = import(&some);
    assert_eq!(imported.dropped, [""; 0]);
    let text = imported.scenario.clone().unwrap();
    let written = config(&imported);
    assert_eq!(written.baselines[0].rejected_patches.len(), 1);
    assert_eq!(written.baselines[0].approved_patches.len(), 1);
    assert_eq!(written.registrations[0].patch_group, "Web");
    assert!(text.contains("cutoff = 2  # runbook.sh:6"), "{text}");
    assert!(text.contains("enabled = false  # runbook.sh:6"), "{text}");
    assert!(text.contains("[window.Nightly.target.prod]"), "{text}");
    let all = format!(
        "{base}aws ssm update-patch-baseline --baseline-id $ID --name Next --replace\n\
         aws ssm update-maintenance-window --window-id $W --name Later --schedule 'rate(1 day)' --duration 3 --cutoff 0 \
         --allow-unassociated-targets --replace\n"
    );
    let imported = import(&all);
    let written = config(&imported);
    let baseline = &written.baselines[0];
    assert_eq!(
        (baseline.name.as_str(), baseline.operating_system.as_str()),
        ("Next", "AMAZON_LINUX_2023")
    );
    assert!(baseline.rejected_patches.is_empty());
    assert!(!imported.scenario.unwrap().contains("Old"));
    let refused = format!("{base}aws ssm update-maintenance-window --window-id $W --cutoff 2 --replace\n");
    assert_eq!(errors(&refused), [codes::REQUEST; 4]);
    let refused =
        format!("{base}aws ssm update-patch-baseline --baseline-id $ID --operating-system WINDOWS\n");
    assert_eq!(errors(&refused), [codes::REQUEST]);
    assert_eq!(
        errors(&format!(
            "{base}aws ssm update-maintenance-window --window-id $W --cutoff 4\n"
        )),
        [codes::CUTOFF]
    );
}
