//! The operations that a runbook of patching uses, with their members. Semantics, section 9.1.

use super::shape::{Member, Shape};

/// An operation of the AWS CLI.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) service: &'static str,
    /// As it is typed.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) members: &'static [Member],
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    CreateBaseline,
    UpdateBaseline,
    RegisterGroup,
    DefaultBaseline,
    CreateWindow,
    UpdateWindow,
    RegisterTarget,
    RegisterTask,
    SendCommand,
    CreateTags,
    AddTags,
}

pub(super) const OPERATING_SYSTEMS: &[&str] = &[
    "WINDOWS",
    "AMAZON_LINUX",
    "AMAZON_LINUX_2",
    "AMAZON_LINUX_2022",
    "AMAZON_LINUX_2023",
    "UBUNTU",
    "REDHAT_ENTERPRISE_LINUX",
    "SUSE",
    "CENTOS",
    "ORACLE_LINUX",
    "DEBIAN",
    "MACOS",
    "RASPBIAN",
    "ROCKY_LINUX",
    "ALMA_LINUX",
];

pub(super) const LEVELS: &[&str] = &[
    "CRITICAL",
    "HIGH",
    "MEDIUM",
    "LOW",
    "INFORMATIONAL",
    "UNSPECIFIED",
];

/// A text that is looked at elsewhere.
pub(super) const TEXT: Shape = Shape::Text(1, usize::MAX);
const ANY_TEXT: Shape = Shape::Text(0, usize::MAX);
pub(super) const DAYS: Shape = Shape::Integer(0, 360);

pub(super) const FILTER: Shape = Shape::Structure(&[
    Member::required("Key", TEXT),
    Member::required("Values", Shape::List(&Shape::Text(1, 64), 1, 20)),
]);

/// `PatchFilterGroup`
pub(super) const FILTER_GROUP: Shape =
    Shape::Structure(&[Member::required("PatchFilters", Shape::List(&FILTER, 0, 4))]);

const RULE: Shape = Shape::Structure(&[
    Member::required("PatchFilterGroup", FILTER_GROUP),
    Member::optional("ComplianceLevel", Shape::Choice(LEVELS)),
    Member::optional("ApproveAfterDays", DAYS),
    Member::optional("ApproveUntilDate", Shape::Text(1, 10)),
    Member::optional("EnableNonSecurity", Shape::Flag),
]);

/// `PatchRuleGroup`
const RULE_GROUP: Shape = Shape::Structure(&[Member::required("PatchRules", Shape::List(&RULE, 0, 10))]);

pub(super) const PATCH_LIST: Shape = Shape::List(&TEXT, 0, 50);

pub(super) const SOURCE: Shape = Shape::Structure(&[
    Member::required("Name", TEXT),
    Member::required("Products", Shape::List(&TEXT, 1, 20)),
    Member::required("Configuration", Shape::Text(1, 1024)),
]);

/// A `Tag`, as Systems Manager and EC2 have it.
pub(super) const TAG: Shape = Shape::Structure(&[
    Member::required("Key", Shape::Text(1, 128)),
    Member::required("Value", Shape::Text(0, 256)),
]);

const TARGET: Shape = Shape::Structure(&[
    Member::required("Key", Shape::Text(1, 163)),
    Member::required("Values", Shape::List(&TEXT, 0, 50)),
]);

pub(super) const TARGETS: Shape = Shape::List(&TARGET, 0, 5);

/// `Parameters` of a document.
const PARAMETERS: Shape = Shape::Map(&Shape::List(&ANY_TEXT, 0, 50));

pub(super) const NO_ROLES: &str = "roles and permissions are not simulated";
pub(super) const NO_OUTPUT: &str = "where output and notifications go is not simulated";
const NO_VERSION: &str = "the current version of the document is simulated";
pub(super) const NO_TAGS: &str = "tags of the object itself decide nothing";
const NO_ALARM: &str = "alarms that stop a task are not simulated";
const TIMEOUT: Shape = Shape::Integer(30, 2_592_000);

const BASELINE: &[Member] = &[
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
    Member::optional("ClientToken", TEXT),
    Member::dropped("Tags", Shape::List(&TAG, 0, 1000), NO_TAGS),
];

const WINDOW: &[Member] = &[
    Member::required("Name", TEXT),
    Member::optional("Description", Shape::Text(1, 128)),
    Member::required("Schedule", Shape::Text(1, 256)),
    Member::required("Duration", Shape::Integer(1, 24)),
    Member::required("Cutoff", Shape::Integer(0, 23)),
    // Required by the API; its absence is told and read as false (Semantics, section 4.1).
    Member::optional("AllowUnassociatedTargets", Shape::Flag),
    Member::optional("ScheduleTimezone", TEXT),
    Member::optional("ScheduleOffset", Shape::Integer(1, 6)),
    Member::optional("StartDate", TEXT),
    Member::optional("EndDate", TEXT),
    Member::optional("ClientToken", TEXT),
    Member::dropped("Tags", Shape::List(&TAG, 0, 1000), NO_TAGS),
];

/// `UpdatePatchBaseline`: the operating system of a baseline stays.
const BASELINE_UPDATE: &[Member] = &[
    Member::required("BaselineId", TEXT),
    Member::optional("Name", TEXT),
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
    Member::optional("Replace", Shape::Flag),
];

const WINDOW_UPDATE: &[Member] = &[
    Member::required("WindowId", TEXT),
    Member::optional("Name", TEXT),
    Member::optional("Description", Shape::Text(1, 128)),
    Member::optional("StartDate", TEXT),
    Member::optional("EndDate", TEXT),
    Member::optional("Schedule", Shape::Text(1, 256)),
    Member::optional("ScheduleTimezone", TEXT),
    Member::optional("ScheduleOffset", Shape::Integer(1, 6)),
    Member::optional("Duration", Shape::Integer(1, 24)),
    Member::optional("Cutoff", Shape::Integer(0, 23)),
    Member::optional("AllowUnassociatedTargets", Shape::Flag),
    Member::optional("Enabled", Shape::Flag),
    Member::optional("Replace", Shape::Flag),
];

const WINDOW_TARGET: &[Member] = &[
    Member::required("WindowId", TEXT),
    Member::required("ResourceType", Shape::Choice(&["INSTANCE", "RESOURCE_GROUP"])),
    Member::required("Targets", TARGETS),
    Member::optional("OwnerInformation", Shape::Text(1, 128)),
    Member::optional("Name", Shape::Text(3, 128)),
    Member::optional("Description", Shape::Text(1, 128)),
    Member::optional("ClientToken", TEXT),
];

pub(super) const RUN_COMMAND_PARAMETERS: Shape = Shape::Structure(&[
    Member::optional("Comment", ANY_TEXT),
    Member::optional("Parameters", PARAMETERS),
    Member::optional("TimeoutSeconds", TIMEOUT),
    Member::dropped("CloudWatchOutputConfig", Shape::Anything, NO_OUTPUT),
    Member::dropped("DocumentHash", Shape::Anything, NO_VERSION),
    Member::dropped("DocumentHashType", Shape::Anything, NO_VERSION),
    Member::dropped("DocumentVersion", TEXT, NO_VERSION),
    Member::dropped("NotificationConfig", Shape::Anything, NO_OUTPUT),
    Member::dropped("OutputS3BucketName", TEXT, NO_OUTPUT),
    Member::dropped("OutputS3KeyPrefix", TEXT, NO_OUTPUT),
    Member::dropped("ServiceRoleArn", TEXT, NO_ROLES),
]);

/// `TaskParameters`: the form that `TaskInvocationParameters` replaced.
pub(super) const OLD_PARAMETERS: Shape = Shape::Map(&Shape::Structure(&[Member::required(
    "Values",
    Shape::List(&ANY_TEXT, 0, 50),
)]));

const INVOCATION_PARAMETERS: Shape = Shape::Structure(&[
    Member::optional("RunCommand", RUN_COMMAND_PARAMETERS),
    Member::optional("Automation", Shape::Anything),
    Member::optional("StepFunctions", Shape::Anything),
    Member::optional("Lambda", Shape::Anything),
]);

const TASK: &[Member] = &[
    Member::required("WindowId", TEXT),
    Member::required("TaskArn", TEXT),
    Member::required(
        "TaskType",
        Shape::Choice(&["RUN_COMMAND", "AUTOMATION", "STEP_FUNCTIONS", "LAMBDA"]),
    ),
    Member::optional("Targets", TARGETS),
    Member::optional("TaskParameters", OLD_PARAMETERS),
    Member::optional("TaskInvocationParameters", INVOCATION_PARAMETERS),
    Member::optional("Priority", Shape::Integer(0, i32::MAX as i64)),
    Member::optional("MaxConcurrency", TEXT),
    Member::optional("MaxErrors", TEXT),
    Member::optional("Name", Shape::Text(3, 128)),
    Member::optional("Description", Shape::Text(1, 128)),
    Member::optional("CutoffBehavior", Shape::Choice(&["CONTINUE_TASK", "CANCEL_TASK"])),
    Member::optional("ClientToken", TEXT),
    Member::dropped("ServiceRoleArn", TEXT, NO_ROLES),
    Member::dropped("LoggingInfo", Shape::Anything, NO_OUTPUT),
    Member::dropped("AlarmConfiguration", Shape::Anything, NO_ALARM),
];

const SEND_COMMAND: &[Member] = &[
    Member::required("DocumentName", TEXT),
    Member::optional("InstanceIds", Shape::List(&TEXT, 0, 50)),
    Member::optional("Targets", TARGETS),
    Member::optional("TimeoutSeconds", TIMEOUT),
    Member::optional("Comment", Shape::Text(0, 100)),
    Member::optional("Parameters", PARAMETERS),
    Member::optional("MaxConcurrency", TEXT),
    Member::optional("MaxErrors", TEXT),
    Member::dropped("DocumentVersion", TEXT, NO_VERSION),
    Member::dropped("DocumentHash", TEXT, NO_VERSION),
    Member::dropped("DocumentHashType", TEXT, NO_VERSION),
    Member::dropped("OutputS3Region", TEXT, NO_OUTPUT),
    Member::dropped("OutputS3BucketName", TEXT, NO_OUTPUT),
    Member::dropped("OutputS3KeyPrefix", TEXT, NO_OUTPUT),
    Member::dropped("ServiceRoleArn", TEXT, NO_ROLES),
    Member::dropped("NotificationConfig", Shape::Anything, NO_OUTPUT),
    Member::dropped("CloudWatchOutputConfig", Shape::Anything, NO_OUTPUT),
    Member::dropped("AlarmConfiguration", Shape::Anything, NO_ALARM),
];

const fn ssm(name: &'static str, kind: Kind, members: &'static [Member]) -> Operation {
    Operation {
        service: "ssm",
        name,
        kind,
        members,
    }
}

/// Every operation that is read.
pub(crate) static OPERATIONS: [Operation; 11] = [
    ssm("create-patch-baseline", Kind::CreateBaseline, BASELINE),
    ssm("update-patch-baseline", Kind::UpdateBaseline, BASELINE_UPDATE),
    ssm(
        "register-patch-baseline-for-patch-group",
        Kind::RegisterGroup,
        &[
            Member::required("BaselineId", TEXT),
            Member::required("PatchGroup", TEXT),
        ],
    ),
    ssm(
        "register-default-patch-baseline",
        Kind::DefaultBaseline,
        &[Member::required("BaselineId", TEXT)],
    ),
    ssm("create-maintenance-window", Kind::CreateWindow, WINDOW),
    ssm("update-maintenance-window", Kind::UpdateWindow, WINDOW_UPDATE),
    ssm(
        "register-target-with-maintenance-window",
        Kind::RegisterTarget,
        WINDOW_TARGET,
    ),
    ssm("register-task-with-maintenance-window", Kind::RegisterTask, TASK),
    ssm("send-command", Kind::SendCommand, SEND_COMMAND),
    Operation {
        service: "ec2",
        name: "create-tags",
        kind: Kind::CreateTags,
        members: &[
            Member::required("Resources", Shape::List(&TEXT, 1, 1000)),
            Member::required("Tags", Shape::List(&TAG, 1, 50)),
            Member::optional("DryRun", Shape::Flag),
        ],
    },
    ssm(
        "add-tags-to-resource",
        Kind::AddTags,
        &[
            Member::required("ResourceType", TEXT),
            Member::required("ResourceId", TEXT),
            Member::required("Tags", Shape::List(&TAG, 1, 1000)),
        ],
    ),
];
