//! What patches besides maintenance windows, and other resources that are left out with a reason.

use super::super::node::Node;
use super::super::patching::{document, is_patching};
use super::template::Resource;

/// Why a resource of a kind that has to do with patching is left out.
pub(super) fn reason(resource: &Resource<'_>) -> Option<String> {
    match resource.kind {
        "AWS::SSM::Association" => Some(association(resource.properties)),
        "AWS::SSMQuickSetup::ConfigurationManager" => Some(quick_setup(resource.properties)),
        "AWS::ResourceGroups::Group" => {
            Some("resource groups are not simulated; name the tags that they select by".to_owned())
        }
        "AWS::CloudFormation::Stack" | "AWS::CloudFormation::StackSet" => {
            Some("templates of other stacks are not read: import them one by one".to_owned())
        }
        "AWS::Serverless::Application" => Some("nested applications are not read".to_owned()),
        kind if kind.ends_with("::MODULE") => Some("modules are not read".to_owned()),
        _ => None,
    }
}

/// A property as it is written, where that is a text.
fn written<'n>(properties: Option<&'n Node>, name: &str) -> Option<&'n str> {
    properties.and_then(|properties| properties.member(name))
}

fn association(properties: Option<&Node>) -> String {
    let Some(name) = written(properties, "Name").map(document) else {
        return "associations are not simulated".to_owned();
    };
    if !is_patching(name) {
        return format!("association of {name}: only patching is simulated");
    }
    let schedule = written(properties, "ScheduleExpression");
    let schedule = schedule.map_or(String::new(), |schedule| format!(", {schedule}"));
    format!(
        "association of {name}{schedule}: associations are not simulated; a maintenance window with the same schedule and targets comes near"
    )
}

/// A configuration of Quick Setup: a patch policy with what a scenario calls its settings.
fn quick_setup(properties: Option<&Node>) -> String {
    let definitions = properties.and_then(|properties| properties.get("ConfigurationDefinitions"));
    let definitions = definitions.map_or(&[][..], Node::items);
    let policy = definitions
        .iter()
        .find(|definition| definition.member("Type") == Some("AWSQuickSetupType-PatchPolicy"));
    let Some(policy) = policy else {
        return "of Quick Setup only patch policies patch".to_owned();
    };
    let parameters = policy.get("Parameters");
    let settings = [
        ("scan_schedule", "ConfigurationOptionsScanValue"),
        ("install_schedule", "ConfigurationOptionsInstallValue"),
        ("max_concurrency", "RateControlConcurrency"),
        ("max_errors", "RateControlErrorThreshold"),
    ];
    let settings = settings.iter().filter_map(|(setting, name)| {
        let value = written(parameters, name).filter(|value| !value.is_empty())?;
        Some(format!("{setting} = {value:?}"))
    });
    let settings: Vec<String> = settings.collect();
    let name = written(parameters, "PatchPolicyName").unwrap_or("NAME");
    format!(
        "patch policies are not imported; write it as [patch_policy.{name}] with {}",
        settings.join(", ")
    )
}
