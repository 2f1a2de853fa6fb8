//! AWS-owned baselines against dumps of the real ones.

use std::path::PathBuf;

use patchbench_model::ssm::{
    Approval, ApprovalRule, BaselineVintage, FilterGroup, OperatingSystem, PatchBaseline,
    RejectedPatchesAction, UpdatesComplianceStatus, predefined_baselines,
};
use serde_json::{Value, json};

#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
#[expect(
    clippy::disallowed_methods,
    reason = "the model opens no files; its tests read the dumps"
)]
fn shared(name: &str) -> Option<Value> {
    let path = PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/aws/baselines"
    ))
    .join(name);
    if path.exists() {
        return Some(serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap());
    }
    eprintln!("skipped: {} not found", path.display());
    None
}

/// A filter group in the API's shape.
fn group(filters: &FilterGroup) -> Value {
    let one = |filter: &patchbench_model::ssm::PatchFilter| json!({"Key": filter.key.as_str(), "Values": filter.values});
    json!({"PatchFilters": filters.filters.iter().map(one).collect::<Vec<_>>()})
}

fn rule(known: &ApprovalRule) -> Value {
    let Approval::AfterDays(days) = known.approval else {
        panic!("an AWS-owned baseline has no cut-off date");
    };
    json!({
        "PatchFilterGroup": group(&known.filter),
        "ComplianceLevel": known.compliance_level.as_str(),
        "ApproveAfterDays": days,
        "EnableNonSecurity": known.enable_non_security,
    })
}

/// A baseline in the shape of `get-patch-baseline`, without what the simulation does not keep.
fn described(known: &PatchBaseline) -> Value {
    let action = match known.rejected_patches_action {
        RejectedPatchesAction::AllowAsDependency => "ALLOW_AS_DEPENDENCY",
        RejectedPatchesAction::Block => "BLOCK",
    };
    let mut json = json!({
        "Name": known.name,
        "OperatingSystem": known.operating_system.as_str(),
        "GlobalFilters": group(&known.global_filter),
        "ApprovalRules": {"PatchRules": known.rules.iter().map(rule).collect::<Vec<_>>()},
        "ApprovedPatches": known.approved_patches,
        "ApprovedPatchesComplianceLevel": known.approved_patches_compliance_level.as_str(),
        "ApprovedPatchesEnableNonSecurity": known.approved_patches_enable_non_security,
        "RejectedPatches": known.rejected_patches,
        "RejectedPatchesAction": action,
        "Sources": known.sources.iter().map(|source| &source.name).collect::<Vec<_>>(),
    });
    if let Some(status) = known.available_security_updates {
        json["AvailableSecurityUpdatesComplianceStatus"] = match status {
            UpdatesComplianceStatus::Compliant => "COMPLIANT",
            UpdatesComplianceStatus::NonCompliant => "NON_COMPLIANT",
        }
        .into();
    }
    json
}

#[test]
fn every_aws_owned_baseline_is_as_aws_describes_it() {
    let Some(list) = shared("describe-patch-baselines.json") else {
        return;
    };
    let listed = list["BaselineIdentities"].as_array().unwrap();
    let known = predefined_baselines(BaselineVintage::Latest);
    assert_eq!(known.len(), listed.len());
    for identity in listed {
        let name = identity["BaselineName"].as_str().unwrap();
        let ours = known.iter().find(|ours| ours.baseline.name == name);
        let ours = ours.unwrap_or_else(|| panic!("{name} is not among the predefined baselines"));
        // The account of the dump has made another one its default for Windows.
        if ours.baseline.operating_system != OperatingSystem::Windows {
            assert_eq!(identity["DefaultBaseline"], ours.is_default, "{name}");
        }
        let mut theirs = shared(&format!("{name}.json")).unwrap();
        let kept = theirs.as_object_mut().unwrap();
        for other in [
            "BaselineId",
            "PatchGroups",
            "CreatedDate",
            "ModifiedDate",
            "Description",
        ] {
            kept.remove(other);
        }
        assert_eq!(described(&ours.baseline), theirs, "{name}");
    }
}
