//! Importing command lines of the AWS CLI: the acceptance cases S01 to S12 of the semantics, those of
//! SendCommand, and what runbooks look like.

use std::path::Path;

use patchbench_model::config::{ModelConfig, Operation, Surface, TaskTarget};
use patchbench_model::ssm::{Approval, FilterKey, TargetKey};
use patchbench_model::units::RateLimit;
use patchbench_scenario::{
    Imported, Limits, NoFiles, RuleBoth, Severity, codes, import_commands, import_commands_text, load_text,
    terraform_baseline,
};

pub(crate) fn import(text: &str) -> Imported {
    import_commands_text("runbook.sh", text, &NoFiles)
}

pub(crate) fn rendered(imported: &Imported) -> String {
    let problems = imported.problems.iter();
    problems
        .map(|problem| problem.render_plain(&imported.sources))
        .collect()
}

/// What `patchbench check` makes of the scenario.
pub(crate) fn config(imported: &Imported) -> ModelConfig {
    let told = rendered(imported);
    let text = imported.scenario.as_ref().unwrap_or_else(|| panic!("{told}"));
    let loaded = load_text("scenario.toml", text, &NoFiles, &[], &Limits::default());
    let problems: String = loaded
        .problems
        .iter()
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect();
    loaded
        .scenario
        .unwrap_or_else(|| panic!("{problems}\n{text}"))
        .config
}

pub(crate) fn codes_of(imported: &Imported, severity: Severity) -> Vec<&'static str> {
    let problems = imported.problems.iter();
    problems
        .filter(|problem| problem.severity == severity)
        .map(|problem| problem.code)
        .collect()
}

pub(crate) fn errors(text: &str) -> Vec<&'static str> {
    codes_of(&import(text), Severity::Error)
}

/// Line and column of the first problem, and its message.
fn first_problem(text: &str) -> (usize, usize, String) {
    let imported = import(text);
    let problem = imported.problems.first().expect("a problem");
    let label = &problem.labels[0];
    let (line, column) = imported.sources.line_column(label.source, label.span.start);
    (line, column, problem.message.clone())
}

/// A baseline with this option.
fn with_rules(rules: &str) -> String {
    format!("aws ssm create-patch-baseline --name Prod --approval-rules {rules}\n")
}

const RULES: &str = r#""PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=MSRC_SEVERITY,Values=[Critical]},{Key=CLASSIFICATION,Values=[CriticalUpdates]}]},ApproveAfterDays=5}]""#;

/// The values of `--targets` as they reach the model.
fn target_values(targets: &str) -> Vec<String> {
    let text = format!(
        "aws ssm send-command --document-name AWS-RunPatchBaseline --parameters Operation=Scan --targets {targets}\n"
    );
    let config = config(&import(&text));
    let TaskTarget::Direct(entries) = &config.windows[0].tasks[0].targets[0] else {
        panic!("a command has targets of its own");
    };
    assert_eq!(entries[0].key, TargetKey::Tag("Env".to_owned()));
    entries[0].values.clone()
}

#[test]
fn s01_the_approval_rules_of_the_blog_post() {
    let config = config(&import(&with_rules(RULES)));
    let rules = &config.baselines[0].rules;
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].approval, Approval::AfterDays(5));
    let filters: Vec<(FilterKey, &[String])> = rules[0]
        .filter
        .filters
        .iter()
        .map(|filter| (filter.key, filter.values.as_slice()))
        .collect();
    assert_eq!(
        filters,
        [
            (FilterKey::MsrcSeverity, &["Critical".to_owned()][..]),
            (FilterKey::Classification, &["CriticalUpdates".to_owned()]),
        ]
    );
}

#[test]
fn s02_s10_s11_values_in_shorthand() {
    for (targets, values) in [
        ("Key=tag:Env,Values=Prod,Stage", &["Prod", "Stage"][..]),
        ("'Key=tag:Env,Values=[Prod, Stage,]'", &["Prod", "Stage"]),
        (r"$'Key=tag:Env,Values=A\,B'", &["A,B"]),
        (r#""Key=tag:Env,Values=A\,B,'c,d'""#, &["A,B", "c,d"]),
        (
            r#"'Key=tag:Env,Values="Front-End Servers"'"#,
            &["Front-End Servers"],
        ),
        ("'Key=tag:Env,Values=Front-End Servers'", &["Front-End Servers"]),
        (r#"'[{"Key":"tag:Env","Values":["Prod"]}]'"#, &["Prod"]),
        (r#"'{"Key":"tag:Env","Values":["Prod"]}'"#, &["Prod"]),
    ] {
        let targets = targets.trim_start_matches('$');
        assert_eq!(target_values(targets), values, "{targets}");
    }
}

#[test]
fn s03_values_without_brackets_inside_braces_are_an_error() {
    let text = with_rules(
        "'PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=CLASSIFICATION,Values=A,B}]},ApproveAfterDays=5}]'",
    );
    let (line, column, message) = first_problem(&text);
    assert_eq!((line, column), (1, text.find("B}").unwrap() + 2));
    assert_eq!(message, "--approval-rules: `=` after `B` is expected, not `}`");
    assert!(rendered(&import(&text)).contains("Values=[A,B]"));
}

#[test]
fn s04_a_quoted_value_keeps_its_blank() {
    let text = with_rules(
        r#""PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=PRODUCT,Values='Office 2016'}]},ApproveAfterDays=5}]""#,
    );
    let config = config(&import(&text));
    assert_eq!(
        config.baselines[0].rules[0].filter.filters[0].values,
        ["Office 2016"]
    );
}

#[test]
fn s05_a_window_that_does_not_say_allow_unassociated_targets() {
    let text = "aws ssm create-maintenance-window --name Patch_Front-End-Servers --schedule \"cron(0 16 ? * TUE *)\" --duration 4 --cutoff 1\n";
    let imported = import(text);
    assert_eq!(codes_of(&imported, Severity::Warning), [codes::IMPORT]);
    assert!(rendered(&imported).contains("AllowUnassociatedTargets is missing"));
    let window = &config(&imported).windows[0];
    assert!(!window.allow_unassociated_targets);
    assert_eq!((window.duration_hours, window.cutoff_hours), (4, 1));
    for (option, allowed) in [
        ("--allow-unassociated-targets", true),
        ("--no-allow-unassociated-targets", false),
    ] {
        let imported = import(&format!("{} {option}\n", text.trim_end()));
        assert_eq!(codes_of(&imported, Severity::Warning), [""; 0]);
        assert_eq!(config(&imported).windows[0].allow_unassociated_targets, allowed);
    }
}

/// A window with a target and a task with these parameters.
fn with_task(parameters: &str, limits: &str) -> String {
    format!(
        "aws ssm create-maintenance-window --name Patch --schedule 'cron(0 16 ? * TUE *)' --duration 4 --cutoff 1 --no-allow-unassociated-targets\n\
         aws ssm register-target-with-maintenance-window --window-id mw-1 --resource-type INSTANCE --targets Key=tag:Env,Values=Prod\n\
         aws ssm register-task-with-maintenance-window --window-id mw-1 --task-arn AWS-RunPatchBaseline --task-type RUN_COMMAND \
         --targets Key=WindowTargetIds,Values=e32eecb2 {limits} {parameters}\n"
    )
}

const LIMITS: &str = "--max-concurrency 2 --max-errors 1";

#[test]
fn s06_json_with_the_backslashes_of_the_windows_command_line() {
    let text = with_task(
        r#"--task-parameters '{\"Operation\":{\"Values\":[\"Scan\"]}}'"#,
        LIMITS,
    );
    let imported = import(&text);
    assert!(rendered(&imported).contains("read without its backslashes"));
    assert_eq!(config(&imported).windows[0].tasks[0].operation, Operation::Scan);
    for parameters in [
        r#"--task-parameters '{"Operation":{"Values":["Scan"]}}'"#,
        r#"--task-parameters "{\"Operation\":{\"Values\":[\"Scan\"]}}""#,
        "--task-parameters Operation={Values=[Scan]}",
        "--task-invocation-parameters 'RunCommand={Parameters={Operation=[Scan]}}'",
        r#"--task-invocation-parameters '{"RunCommand":{"Parameters":{"Operation":["Scan"]}}}'"#,
    ] {
        let imported = import(&with_task(parameters, LIMITS));
        assert_eq!(codes_of(&imported, Severity::Warning), [""; 0], "{parameters}");
        assert_eq!(config(&imported).windows[0].tasks[0].operation, Operation::Scan);
    }
}

#[test]
fn s07_a_list_of_patches_in_one_text_is_split() {
    let text = format!(
        "{} --approved-patches \"KB2032276,MS10-048\" --rejected-patches KB1 KB2\n",
        with_rules(RULES).trim_end()
    );
    let imported = import(&text);
    assert_eq!(codes_of(&imported, Severity::Warning), [codes::IMPORT]);
    let config = config(&imported);
    assert_eq!(config.baselines[0].approved_patches, ["KB2032276", "MS10-048"]);
    assert_eq!(config.baselines[0].rejected_patches, ["KB1", "KB2"]);
}

const TERRAFORM: &str = r#"{
  "name": "prod-windows",
  "operating_system": "WINDOWS",
  "description": "",
  "approval_rule": [
    {
      "approve_after_days": 7,
      "approve_until_date": "2023-07-07",
      "compliance_level": "CRITICAL",
      "enable_non_security": false,
      "patch_filter": [
        { "key": "CLASSIFICATION", "values": ["SecurityUpdates", "CriticalUpdates"] },
        { "key": "MSRC_SEVERITY", "values": ["Critical"] }
      ]
    },
    { "approve_after_days": 3, "approve_until_date": "", "patch_filter": [] },
    { "approve_after_days": 0, "approve_until_date": "2023-08-01", "patch_filter": [] }
  ],
  "global_filter": [{ "key": "PRODUCT", "values": ["WindowsServer2019"] }],
  "approved_patches": ["KB123456"],
  "approved_patches_compliance_level": "HIGH",
  "approved_patches_enable_non_security": false,
  "rejected_patches": null,
  "rejected_patches_action": "BLOCK",
  "available_security_updates_compliance_status": "",
  "source": [],
  "tags": null
}"#;

/// The scenario of a baseline: the rest is the usual.
fn around(baseline: &str) -> String {
    format!(
        "format = 1\nstart = 2023-06-01\nhorizon = \"60d\"\n\
         [releases.windows]\nkind = \"patch_tuesday\"\nproducts = [\"WindowsServer2019\"]\n\
         [nodes.web]\ncount = 3\ntags = {{ Env = \"prod\" }}\n\
         [window.Patch]\nschedule = \"cron(0 16 ? * TUE *)\"\nduration = 4\ncutoff = 1\n\
         [window.Patch.target.web]\n\"tag:Env\" = \"prod\"\n\
         [[window.Patch.task]]\ntargets = [\"web\"]\noperation = \"Install\"\nmax_concurrency = 1\nmax_errors = 1\n{baseline}"
    )
}

#[test]
fn s08_a_terraform_baseline_with_both_date_and_days() {
    let imported = terraform_baseline("plan.json", TERRAFORM, RuleBoth::DateWins);
    assert_eq!(codes_of(&imported, Severity::Warning), [codes::RULE_BOTH]);
    assert!(
        rendered(&imported).contains("plan.json:8:29"),
        "{}",
        rendered(&imported)
    );
    let text = around(imported.scenario.as_ref().unwrap());
    let loaded = load_text("scenario.toml", &text, &NoFiles, &[], &Limits::default());
    let config = loaded.scenario.unwrap().config;
    let known = &config.baselines[0];
    let until = |date: &str| Approval::UntilDate(date.parse().unwrap());
    let approvals: Vec<Approval> = known.rules.iter().map(|rule| rule.approval).collect();
    assert_eq!(
        approvals,
        [until("2023-07-07"), Approval::AfterDays(3), until("2023-08-01")]
    );
    assert_eq!(known.name, "prod-windows");
    assert_eq!(known.global_filter.filters[0].values, ["WindowsServer2019"]);
    assert_eq!(known.approved_patches, ["KB123456"]);

    let refused = terraform_baseline("plan.json", TERRAFORM, RuleBoth::Error);
    assert_eq!(codes_of(&refused, Severity::Error), [codes::RULE_BOTH]);
    assert!(refused.scenario.is_none());
}

#[test]
fn terraform_values_that_are_no_baseline_are_refused_with_their_places() {
    for (from, to, message) in [
        (
            "\"CRITICAL\"",
            "\"URGENT\"",
            "compliance_level cannot be `URGENT`",
        ),
        ("\"WINDOWS\"", "\"WINDOW\"", "operating_system cannot be `WINDOW`"),
        ("\"source\": []", "\"sources\": []", "has no member `sources`"),
        ("2023-07-07", "2023-07-32", "\"2023-07-32\" is no date"),
        (
            "\"approve_after_days\": 3",
            "\"approve_after_days\": 361",
            "approve_after_days is 361",
        ),
        ("\"prod-windows\"", "\"my baseline\"", "AWS would refuse the name"),
        ("\"prod-windows\",", "\"prod-windows\"", "`,` or `}` is expected"),
        ("\"tags\": null", "\"tags\": null,", "after the comma"),
    ] {
        let text = TERRAFORM.replacen(from, to, 1);
        let imported = terraform_baseline("plan.json", &text, RuleBoth::DateWins);
        assert!(imported.scenario.is_none());
        let told = rendered(&imported);
        assert!(told.contains(message), "{message}: {told}");
        assert!(told.contains("plan.json:"), "{told}");
    }
}

#[test]
fn s12_a_key_twice() {
    let text = with_rules(
        "'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=5,ApproveAfterDays=6}]'",
    );
    let imported = import(&text);
    assert_eq!(codes_of(&imported, Severity::Warning), [codes::REQUEST]);
    assert_eq!(
        config(&imported).baselines[0].rules[0].approval,
        Approval::AfterDays(6)
    );
    let text = "aws ssm send-command --document-name AWS-RunPatchBaseline --targets Key=a,Key=b,Values=x\n";
    let (line, column, message) = first_problem(text);
    assert_eq!((line, column), (1, text.find("Key=b").unwrap() + 1));
    assert!(message.contains("`Key` stands twice"), "{message}");
}

/// A command for these targets.
pub(crate) fn send(rest: &str) -> String {
    format!(
        "aws ssm send-command --document-name AWS-RunPatchBaseline --parameters Operation=Install {rest}\n"
    )
}

fn ids(count: usize) -> String {
    let ids: Vec<String> = (1..=count).map(|number| format!("i-{number:017x}")).collect();
    ids.join(" ")
}

#[test]
fn t02_send_command_with_an_instance_twice() {
    let text = send("--instance-ids i-1 i-2 i-1");
    assert_eq!(errors(&text), [codes::DUPLICATE]);
    assert!(rendered(&import(&text)).contains("DuplicateInstanceId"));
}

#[test]
fn t04_send_command_takes_at_most_50_instances() {
    assert_eq!(errors(&send(&format!("--instance-ids {}", ids(50)))), [""; 0]);
    assert_eq!(
        errors(&send(&format!("--instance-ids {}", ids(51)))),
        [codes::REQUEST]
    );
}

#[test]
fn c11_send_command_assumes_50_at_once_and_no_error() {
    let limits = |rest: &str| {
        let config = config(&import(&send(&format!(
            "--targets Key=tag:Env,Values=Prod {rest}"
        ))));
        let window = &config.windows[0];
        assert_eq!(window.surface, Surface::RunCommand);
        (window.tasks[0].max_concurrency, window.tasks[0].max_errors)
    };
    assert_eq!(limits(""), (RateLimit::Count(50), RateLimit::Count(0)));
    assert_eq!(
        limits("--max-errors 10%"),
        (RateLimit::Count(50), RateLimit::Percent(10))
    );
}

#[test]
fn c12_a_window_task_with_targets_needs_both_limits() {
    let parameters = "--task-parameters Operation={Values=[Scan]}";
    for limits in ["--max-concurrency 2", "--max-errors 1"] {
        assert_eq!(errors(&with_task(parameters, limits)), [codes::RATE_MISSING]);
    }
    assert_eq!(
        errors(&with_task(parameters, "--max-concurrency 0 --max-errors 101%")),
        [codes::RATE; 2]
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn s01_s05_s06_the_blog_post_itself() {
    let path = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/patch-manager-blog-post.txt"
    ));
    if !path.exists() {
        eprintln!("skipped: {} not found", path.display());
        return;
    }
    let imported = import_commands(path);
    let config = config(&imported);
    assert_eq!(config.baselines[0].name, "Prod-WindowsServer2016-Critical-5Day");
    assert_eq!(config.registrations[0].patch_group, "Front-End Servers");
    let window = &config.windows[0];
    assert_eq!(window.name, "Patch_Front-End-Servers");
    assert_eq!(window.schedule.expression(), "cron(0 16 ? * TUE *)");
    let task = &window.tasks[0];
    assert_eq!((task.operation, task.priority), (Operation::Scan, 1));
    assert_eq!(
        (task.max_concurrency, task.max_errors),
        (RateLimit::Count(2), RateLimit::Count(1))
    );
    let told: Vec<&str> = imported
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    insta::assert_snapshot!("blog-post-told", told.join("\n"));
    insta::assert_snapshot!("blog-post", imported.scenario.unwrap());
}

/// The commands of a runbook in the ways in which shells and pages write them.
const RUNBOOK: &str = r#"#!/bin/bash
# aws ssm create-patch-baseline --name Commented-Out
GROUP="Web Servers"
BASELINE=$(aws --region eu-central-1 ssm create-patch-baseline --name Linux-5 \
  --operating-system=AMAZON_LINUX_2023 \
  --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=CLASSIFICATION,Values=[Security]}]},ApproveAfterDays=5}]' \
  --query BaselineId --output text)
aws ssm register-patch-baseline-for-patch-group --baseline-id "$BASELINE" --patch-group "$GROUP"
$ aws ec2 create-tags --resources i-0123456789abcdef0 i-0123456789abcdef1 \
    --tags "Key=Patch Group,Value=Web Servers" Key=Env,Value=Prod   # both of them
First, a window, in the words of cmd:
C:\> aws ssm create-maintenance-window ^
  --name Sundays --schedule "cron(0 2 ? * SUN *)" --duration 4 --cutoff 1 --no-allow-unassociated-targets
{
    "WindowId": "mw-0c50858d01EXAMPLE"
}
TARGET=`aws ssm register-target-with-maintenance-window --window-id mw-0c50858d01EXAMPLE --resource-type INSTANCE --targets Key=InstanceIds,Values=i-0123456789abcdef0`
aws ssm register-task-with-maintenance-window --window-id mw-0c50858d01EXAMPLE --task-type RUN_COMMAND
  --task-arn arn:aws:ssm:eu-central-1::document/AWS-RunPatchBaseline
  --targets "Key=WindowTargetIds,Values=${TARGET}" --max-concurrency 50% --max-errors 0
  --task-invocation-parameters "{\"RunCommand\":{\"Parameters\":{\"Operation\":[\"Install\"]},\"TimeoutSeconds\":600}}"
aws ssm register-task-with-maintenance-window --window-id mw-0c50858d01EXAMPLE --task-type LAMBDA --task-arn arn:aws:lambda:x
aws ssm describe-patch-baselines && echo done
aws s3 ls
"#;

#[test]
fn a_runbook_as_shells_and_pages_write_it() {
    let imported = import(RUNBOOK);
    let config = config(&imported);
    let baseline = &config.baselines[0];
    assert_eq!(baseline.name, "Linux-5");
    assert_eq!(config.registrations[0].patch_group, "Web Servers");
    assert_eq!(config.pools[0].count, 2);
    let window = &config.windows[0];
    assert_eq!(window.targets[0].targets[0].values, ["i-0123456789abcdef0"]);
    assert_eq!(window.tasks[0].targets, [TaskTarget::Window(0)]);
    assert_eq!(window.tasks[0].timeout_seconds, 600);
    insta::assert_snapshot!(format!(
        "{}\n{}\n\n{}",
        rendered(&imported),
        imported.dropped.join("\n"),
        imported.scenario.unwrap()
    ));
}

#[test]
fn mistakes_are_told_with_line_column_and_what_was_expected() {
    let wrong = [
        "aws ssm create-patch-baseline --name 'Prod",
        "aws ssm create-patch-baseline --name Prod Windows",
        "aws ssm create-patch-baselin --name Prod",
        "aws ssm create-patch-baseline --nam Prod",
        "aws ssm create-patch-baseline --description x",
        "aws ssm create-patch-baseline --name ab",
        "aws ssm create-patch-baseline --name \"My Baseline\"",
        "aws ssm create-patch-baseline --name Prod --operating-system LINUX",
        "aws ssm create-patch-baseline --name “Prod”",
        "aws ssm create-patch-baseline –name Prod",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=five}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=361}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]}}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=5,ApproveUntilDate=2024-01-01}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveUntilDate=1.1.2024}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=CLASSIFICATION,Values=[]}]},ApproveAfterDays=5}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[{Key=CLASSIFICATION,Value=[A]}]},ApproveAfterDays=5}]'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=5'",
        "aws ssm create-patch-baseline --name Prod --approval-rules 'PatchRules'",
        "aws ssm create-patch-baseline --name Prod --approval-rules '{\"PatchRules\":[}'",
        "aws ssm create-patch-baseline --name Prod --approval-rules file://rules.json",
        "aws ssm create-patch-baseline --name Prod --approval-rules PatchRules@=rules.json",
        "aws ssm register-patch-baseline-for-patch-group --baseline-id pb-1 --patch-group \"$GROUP\"",
        "aws ssm create-maintenance-window --name Prod --schedule 'cron(0 16 ? * TUE)' --duration 4 --cutoff 1",
        "aws ssm create-maintenance-window --name Prod --schedule 'rate(7 days)' --duration 4 --cutoff 4 --allow-unassociated-targets yes",
        "aws ssm create-maintenance-window --name Prod --schedule 'rate(7 days)' --duration 4 --cutoff 4 --no-allow-unassociated-targets",
        "aws ssm create-maintenance-window --name Prod --schedule 'rate(7 days)' --duration 4 --cutoff 1 --start-date soon --schedule-timezone Berlin --no-allow-unassociated-targets",
        "aws ssm send-command --document-name AWS-RunPatchBaseline --targets Key=Env,Values=Prod --parameters Operation=Scan",
        "aws ssm send-command --document-name AWS-RunPatchBaseline --targets Key=tag:Env,Values=Prod --parameters Operation=Patch,Reboot=No",
        "aws ssm send-command --document-name AWS-RunPatchBaseline --targets Key=tag:Env,Values=Prod",
        "aws ssm send-command --document-name AWS-RunPatchBaseline --parameters Operation=Scan",
        "aws s3 ls",
        "nothing at all",
    ];
    let told: Vec<String> = wrong
        .iter()
        .map(|text| {
            let imported = import(text);
            assert!(imported.scenario.is_none(), "{text}");
            let errors: Vec<String> = imported
                .problems
                .iter()
                .filter(|problem| problem.severity == Severity::Error)
                .map(|problem| problem.render_plain(&imported.sources))
                .collect();
            assert!(!errors.is_empty(), "{text}");
            errors.concat()
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = format!(
        "{}{}",
        with_rules("'PatchRules=[{'"),
        send("--max-errors 00 --instance-ids i-1 i-1")
    );
    assert_eq!(
        errors(&text),
        [codes::COMMAND_LINE, codes::RATE, codes::DUPLICATE]
    );
}

#[test]
fn files_that_commands_name_are_read_with_places_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let rules = r#"{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[]},"ApproveAfterDays":361}]}"#;
    std::fs::write(folder.path().join("rules.json"), rules).unwrap();
    let request = r#"{"Name":"Prod","ApprovalRules":{"PatchRules":[{"PatchFilterGroup":{"PatchFilters":[]},"ApproveAfterDays":3}]}}"#;
    std::fs::write(folder.path().join("request.json"), request).unwrap();
    let runbook = folder.path().join("runbook.sh");
    std::fs::write(&runbook, with_rules("file://rules.json")).unwrap();
    let imported = import_commands(&runbook);
    assert!(
        rendered(&imported).contains(&format!("rules.json:1:{}", rules.find("361").unwrap() + 1)),
        "{}",
        rendered(&imported)
    );
    let text =
        "aws ssm create-patch-baseline --cli-input-json file://request.json --operating-system UBUNTU\n";
    std::fs::write(&runbook, text).unwrap();
    let config = config(&import_commands(&runbook));
    assert_eq!(config.baselines[0].operating_system.as_str(), "UBUNTU");
    assert_eq!(config.baselines[0].rules[0].approval, Approval::AfterDays(3));
}

#[test]
fn brackets_without_end_are_refused_and_exhaust_nothing() {
    for open in ["[", "{a=", "{\"a\":"] {
        let deep = open.repeat(100_000);
        let text = with_rules(&format!("'PatchRules={deep}'"));
        assert_eq!(errors(&text), [codes::COMMAND_LINE], "{open}");
        let json = with_rules(&format!("'{deep}'"));
        assert!(errors(&json).contains(&codes::COMMAND_LINE), "{open}");
    }
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 300, ..Default::default() })]

    /// Whatever is cut out of a runbook or put into it: an answer, and problems within its text.
    #[test]
    fn damaged_runbooks_are_refused_or_read(
        at in 0..RUNBOOK.len(),
        length in 0usize..40,
        put in "[ -~\n]{0,8}|[“é\u{10ffff}\u{0}\\\\'\"]{1,3}",
    ) {
        let mut letters: Vec<char> = RUNBOOK.chars().collect();
        let at = at.min(letters.len());
        let end = (at + length).min(letters.len());
        letters.splice(at..end, put.chars());
        let text: String = letters.into_iter().collect();
        let imported = import(&text);
        let failed = !codes_of(&imported, Severity::Error).is_empty();
        proptest::prop_assert_eq!(failed, imported.scenario.is_none());
        proptest::prop_assert!(rendered(&imported).len() < 1_000_000);
        if imported.scenario.is_some() {
            config(&imported);
        }
    }
}
