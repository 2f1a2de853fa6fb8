//! Properties of the resources that are read. Semantics, section 9.2.

use super::super::api::{
    DAYS, FILTER, FILTER_GROUP, LEVELS, NO_OUTPUT, NO_ROLES, NO_TAGS, OLD_PARAMETERS, OPERATING_SYSTEMS,
    PATCH_LIST, RUN_COMMAND_PARAMETERS, SOURCE, TAG, TARGETS, TEXT,
};
use super::super::shape::{Member, Shape};

const TAGS: Shape = Shape::List(&TAG, 0, 1000);

/// Of a rule CloudFormation takes one filter more than the API, which AWS's own example needs.
const RULE_GROUP: Shape = Shape::Structure(&[Member::required("PatchRules", Shape::List(&RULE, 0, 10))]);

const RULE: Shape = Shape::Structure(&[
    Member::required(
        "PatchFilterGroup",
        Shape::Structure(&[Member::required("PatchFilters", Shape::List(&FILTER, 0, 5))]),
    ),
    Member::optional("ComplianceLevel", Shape::Choice(LEVELS)),
    Member::optional("ApproveAfterDays", DAYS),
    Member::optional("ApproveUntilDate", Shape::Text(1, 10)),
    Member::optional("EnableNonSecurity", Shape::Flag),
]);

/// `AWS::SSM::PatchBaseline`
pub(super) const BASELINE: Shape = Shape::Structure(&[
    Member::required("Name", TEXT),
    Member::optional("OperatingSystem", Shape::Choice(OPERATING_SYSTEMS)),
    Member::optional("GlobalFilters", FILTER_GROUP),
    Member::optional("ApprovalRules", RULE_GROUP),
    Member::optional("ApprovedPatches", PATCH_LIST),
    Member::optional("ApprovedPatchesComplianceLevel", Shape::Choice(LEVELS)),
    Member::optional("ApprovedPatchesEnableNonSecurity", Shape::Flag),
    Member::optional("RejectedPatches", PATCH_LIST),
    Member::optional(
        "RejectedPatchesAction",
        Shape::Choice(&["ALLOW_AS_DEPENDENCY", "BLOCK"]),
    ),
    Member::optional("Description", Shape::Text(1, 1024)),
    Member::optional("Sources", Shape::List(&SOURCE, 0, 20)),
    Member::optional(
        "AvailableSecurityUpdatesComplianceStatus",
        Shape::Choice(&["COMPLIANT", "NON_COMPLIANT"]),
    ),
    Member::optional("PatchGroups", Shape::List(&TEXT, 0, 1000)),
    Member::optional("DefaultBaseline", Shape::Flag),
    Member::dropped("Tags", TAGS, NO_TAGS),
]);

/// `AWS::SSM::MaintenanceWindow`
pub(super) const WINDOW: Shape = Shape::Structure(&[
    Member::required("Name", TEXT),
    Member::optional("Description", Shape::Text(1, 128)),
    Member::required("Schedule", Shape::Text(1, 256)),
    Member::required("Duration", Shape::Integer(1, 24)),
    Member::required("Cutoff", Shape::Integer(0, 23)),
    Member::required("AllowUnassociatedTargets", Shape::Flag),
    Member::optional("ScheduleTimezone", TEXT),
    Member::optional("ScheduleOffset", Shape::Integer(1, 6)),
    Member::optional("StartDate", TEXT),
    Member::optional("EndDate", TEXT),
    Member::dropped("Tags", TAGS, NO_TAGS),
]);

/// `AWS::SSM::MaintenanceWindowTarget`
pub(super) const TARGET: Shape = Shape::Structure(&[
    Member::required("WindowId", TEXT),
    Member::required("ResourceType", Shape::Choice(&["INSTANCE", "RESOURCE_GROUP"])),
    Member::required("Targets", TARGETS),
    Member::optional("OwnerInformation", Shape::Text(1, 128)),
    Member::optional("Name", Shape::Text(3, 128)),
    Member::optional("Description", Shape::Text(1, 128)),
]);

const INVOCATION_PARAMETERS: Shape = Shape::Structure(&[
    Member::optional("MaintenanceWindowRunCommandParameters", RUN_COMMAND_PARAMETERS),
    Member::optional("MaintenanceWindowAutomationParameters", Shape::Anything),
    Member::optional("MaintenanceWindowLambdaParameters", Shape::Anything),
    Member::optional("MaintenanceWindowStepFunctionsParameters", Shape::Anything),
]);

/// `AWS::SSM::MaintenanceWindowTask`
pub(super) const TASK: Shape = Shape::Structure(&[
    Member::required("WindowId", TEXT),
    Member::required("TaskArn", TEXT),
    Member::required(
        "TaskType",
        Shape::Choice(&["RUN_COMMAND", "AUTOMATION", "STEP_FUNCTIONS", "LAMBDA"]),
    ),
    Member::required("Priority", Shape::Integer(0, i32::MAX as i64)),
    Member::optional("Targets", TARGETS),
    Member::optional("TaskParameters", OLD_PARAMETERS),
    Member::optional("TaskInvocationParameters", INVOCATION_PARAMETERS),
    Member::optional("MaxConcurrency", TEXT),
    Member::optional("MaxErrors", TEXT),
    Member::optional("Name", Shape::Text(3, 128)),
    Member::optional("Description", Shape::Text(1, 128)),
    Member::optional("CutoffBehavior", Shape::Choice(&["CONTINUE_TASK", "CANCEL_TASK"])),
    Member::dropped("ServiceRoleArn", TEXT, NO_ROLES),
    Member::dropped("LoggingInfo", Shape::Anything, NO_OUTPUT),
]);

/// `AWS::EC2::Instance`, as far as it is read.
pub(super) const INSTANCE: Shape = Shape::Structure(&[Member::optional("Tags", TAGS)]);
