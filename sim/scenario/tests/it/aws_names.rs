//! What imported nodes and windows are called.

use patchbench_model::config::TaskTarget;
use patchbench_scenario::codes;

use crate::aws_commands::{config, errors, import, rendered, send};

#[test]
fn ids_that_targets_share_are_the_same_nodes() {
    let tags = "aws ec2 create-tags --resources i-1 i-2 --tags Key=Env,Value=Prod\n\
                aws ec2 create-tags --resources i-3 --tags Key=Env,Value=Dev\n";
    let text = format!(
        "{tags}{}{}",
        send("--instance-ids i-1 i-3 i-4"),
        send("--instance-ids i-4 i-5")
    );
    let config = config(&import(&text));
    let pools: Vec<(&str, u32)> = config
        .pools
        .iter()
        .map(|pool| (pool.name.as_str(), pool.count))
        .collect();
    assert_eq!(pools, [("nodes", 3), ("nodes-2", 1), ("nodes-3", 1)]);
    let targeted = |window: usize| match &config.windows[window].tasks[0].targets[0] {
        TaskTarget::Direct(entries) => entries[0].values.clone(),
        TaskTarget::Window(_) => Vec::new(),
    };
    assert_eq!(targeted(0), ["i-1", "i-3", "i-4"]);
    assert_eq!(targeted(1), ["i-4", "i-5"]);
}

#[test]
fn many_commands_of_one_name_get_names_of_their_own_and_too_many_are_refused() {
    let window = "aws ssm create-maintenance-window --name Same --schedule 'rate(7 days)' --duration 2 --cutoff 0 --no-allow-unassociated-targets\n";
    let imported = import(&window.repeat(400));
    let told = rendered(&imported);
    let text = imported.scenario.unwrap_or_else(|| panic!("{told}"));
    assert!(text.contains("[window.Same-400]"));
    assert_eq!(errors(&window.repeat(5_001)), [codes::SIZE]);
}

#[test]
fn what_is_refused_is_called_so_and_not_by_an_empty_name() {
    let text = "aws ssm create-maintenance-window --name W1x --schedule \"rate(7 hour)\" --duration 4 --cutoff 1 --no-allow-unassociated-targets
aws ssm register-target-with-maintenance-window --window-id mw-1 --resource-type INSTANCE --targets Key=tag:Env,Values=prod
aws ssm create-patch-baseline --name Prod --operating-system UBUNTU --approval-rules PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=PRODUCTS,Values=[x]}]},ApproveAfterDays=7}]
aws ssm register-patch-baseline-for-patch-group --baseline-id pb-1 --patch-group Web
";
    let refused = import(text);
    let told = rendered(&refused);
    assert!(
        told.contains("mw-1 is taken for window that is refused, created above"),
        "{told}"
    );
    assert!(!told.contains("\"\""), "{told}");
}
