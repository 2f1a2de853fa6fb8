//! Importing saved answers of the AWS CLI.

use std::path::Path;

use patchbench_model::config::TaskTarget;
use patchbench_scenario::{Imported, Severity, codes, import_answers_texts, import_aws_cli};
use serde_json::{Value, json};

use crate::aws_commands::{config, rendered};

/// A baseline with its group, a window with target and task, and nodes; each answer a file.
pub(crate) fn answers() -> Vec<(&'static str, Value)> {
    vec![
        (
            "get-patch-baseline.json",
            json!({ "BaselineId": "arn:aws:ssm:eu-west-1:123456789012:patchbaseline/pb-0123456789abcdef0", "Name": "Prod",
                "OperatingSystem": "WINDOWS", "GlobalFilters": { "PatchFilters": [] }, "Description": "",
                "ApprovalRules": { "PatchRules": [{ "PatchFilterGroup": { "PatchFilters": [
                    { "Key": "CLASSIFICATION", "Values": ["SecurityUpdates"] }] }, "ApproveAfterDays": 7, "Newer": 1 }] },
                "PatchGroups": ["Web"], "CreatedDate": 1_550_244_180.465, "ModifiedDate": "2024-05-01T10:00:00.123+02:00" }),
        ),
        (
            "groups.json",
            json!({ "Mappings": [{ "PatchGroup": "Web", "BaselineIdentity": { "BaselineId": "pb-0123456789abcdef0",
                "BaselineName": "Prod", "OperatingSystem": "WINDOWS", "DefaultBaseline": true } }] }),
        ),
        (
            "window.json",
            json!({ "WindowId": "mw-1", "Name": "Nightly", "Schedule": "cron(0 2 ? * TUE *)", "Duration": 4, "Cutoff": 1,
                "AllowUnassociatedTargets": false, "Enabled": true, "NextExecutionTime": "2024-05-01T10:00Z" }),
        ),
        (
            "windows.json",
            json!({ "WindowIdentities": [{ "WindowId": "mw-2", "Name": "Old", "Enabled": false, "Duration": 2,
                "Cutoff": 0, "Schedule": "rate(7 days)" }] }),
        ),
        (
            "targets.json",
            json!({ "Targets": [{ "WindowId": "mw-1", "WindowTargetId": "t-1", "ResourceType": "INSTANCE",
                "Targets": [{ "Key": "tag:Env", "Values": ["prod"] }], "OwnerInformation": "" }] }),
        ),
        (
            "tasks.json",
            json!({ "Tasks": [{ "WindowId": "mw-1", "WindowTaskId": "k-1", "TaskArn": "AWS-RunPatchBaseline",
                "Type": "RUN_COMMAND", "Targets": [{ "Key": "WindowTargetIds", "Values": ["t-1"] }],
                "TaskParameters": {}, "Priority": 1, "MaxConcurrency": "10%", "MaxErrors": "2" }] }),
        ),
        (
            "task.json",
            json!({ "WindowId": "mw-1", "WindowTaskId": "k-1", "TaskArn": "AWS-RunPatchBaseline",
                "TaskType": "RUN_COMMAND", "Targets": [{ "Key": "WindowTargetIds", "Values": ["t-1"] }],
                "TaskParameters": {}, "TaskInvocationParameters": { "RunCommand": { "Comment": "",
                    "Parameters": { "Operation": ["Install"] }, "TimeoutSeconds": 600 } },
                "Priority": 1, "MaxConcurrency": "10%", "MaxErrors": "2" }),
        ),
        (
            "nodes.json",
            json!({ "InstanceInformationList": [
                { "InstanceId": "i-0000000000000000a", "PlatformType": "Windows",
                  "PlatformName": "Microsoft Windows Server 2012 R2 Standard" },
                { "InstanceId": "i-0000000000000000b", "PlatformType": "Linux", "PlatformName": "Amazon Linux",
                  "PlatformVersion": "2023" },
                { "InstanceId": "i-0000000000000000c", "PlatformType": "Linux", "PlatformName": "Plan 9" },
                { "InstanceId": "mi-0000000000000000d", "PlatformType": "Windows",
                  "PlatformName": "Microsoft Windows Server 2012 R2 Standard" }] }),
        ),
        (
            "tags.json",
            json!({ "Tags": [
                { "ResourceId": "i-0000000000000000a", "ResourceType": "instance", "Key": "Env", "Value": "prod" },
                { "ResourceId": "i-0000000000000000a", "ResourceType": "instance", "Key": "Patch Group", "Value": "Web" },
                { "ResourceId": "i-0000000000000000a", "ResourceType": "instance", "Key": "Name", "Value": "web-a" }] }),
        ),
        (
            "list-tags-for-resource-mi-0000000000000000d.json",
            json!({ "TagList": [{ "Key": "Env", "Value": "prod" }, { "Key": "PatchGroup", "Value": "Web" }] }),
        ),
    ]
}

pub(crate) fn import(answers: &[(&'static str, Value)], allow_partial: bool) -> Imported {
    let texts: Vec<(&str, String)> = answers
        .iter()
        .map(|(name, value)| (*name, format!("{value:#}")))
        .collect();
    let texts: Vec<(&str, &str)> = texts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    import_answers_texts(&texts, allow_partial)
}

pub(crate) fn codes_of(imported: &Imported, severity: Severity) -> Vec<&'static str> {
    let problems = imported
        .problems
        .iter()
        .filter(|problem| problem.severity == severity);
    problems.map(|problem| problem.code).collect()
}

#[test]
fn answers_become_the_scenario_that_they_describe() {
    let imported = import(&answers(), false);
    let config = config(&imported);
    let pools: Vec<(&str, u32, &str)> = config
        .pools
        .iter()
        .map(|pool| (pool.name.as_str(), pool.count, pool.operating_system.as_str()))
        .collect();
    assert_eq!(
        pools,
        [
            ("web", 1, "WINDOWS"),
            ("nodes", 1, "AMAZON_LINUX_2023"),
            ("web-2", 1, "WINDOWS")
        ]
    );
    assert_eq!(config.pools[0].product.as_deref(), Some("WindowsServer2012R2"));
    assert_eq!(config.registrations[0].patch_group, "Web");
    let (nightly, old) = (&config.windows[0], &config.windows[1]);
    assert_eq!((nightly.enabled, old.enabled), (true, false));
    assert_eq!(nightly.tasks[0].targets, [TaskTarget::Window(0)]);
    assert_eq!(nightly.tasks[0].timeout_seconds, 600);
    insta::assert_snapshot!(format!(
        "{}\n{}\n\n{}",
        rendered(&imported),
        imported.dropped.join("\n"),
        imported.scenario.unwrap()
    ));
}

#[test]
fn the_order_and_the_names_of_files_do_not_matter() {
    let one = import(&answers(), false);
    let mut turned = answers();
    turned.reverse();
    let without_places = |imported: &Imported| {
        let text = imported.scenario.clone().unwrap();
        let lines = text
            .lines()
            .map(|line| line.split("  # ").next().unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(without_places(&one), without_places(&import(&turned, false)));
    // Several answers may be in one file, as a list or one after the other.
    let (tags, rest): (Vec<_>, Vec<_>) = answers()
        .into_iter()
        .partition(|(name, _)| name.starts_with("list-tags"));
    let list: Vec<Value> = rest.iter().map(|(_, value)| value.clone()).collect();
    let pages = import(&[("all.json", Value::Array(list)), tags[0].clone()], false);
    assert_eq!(without_places(&one), without_places(&pages));
}

#[test]
fn what_is_missing_is_an_error_or_a_warning() {
    for (missing, about) in [
        ("get-patch-baseline.json", "pb-0123456789abcdef0"),
        ("task.json", "--window-task-id k-1"),
        ("window.json", "--window-id mw-1"),
        (
            "targets.json",
            "describe-maintenance-window-targets --window-id mw-1",
        ),
        ("nodes.json", "describe-instance-information"),
        ("tags.json", "ec2 describe-tags"),
        (
            "list-tags-for-resource-mi-0000000000000000d.json",
            "--resource-id mi-0000000000000000d",
        ),
    ] {
        let mut left = answers();
        left.retain(|(name, _)| *name != missing);
        let refused = import(&left, false);
        assert!(refused.scenario.is_none());
        assert!(codes_of(&refused, Severity::Error).contains(&codes::INCOMPLETE));
        assert!(rendered(&refused).contains(about), "{}", rendered(&refused));
        assert!(rendered(&refused).contains("--allow-partial"));
        let partial = import(&left, true);
        assert!(codes_of(&partial, Severity::Warning).contains(&codes::INCOMPLETE));
        config(&partial);
    }
}

#[test]
fn the_first_page_of_a_list_is_not_all_of_it() {
    let mut first = answers();
    first[1].1["NextToken"] = json!("AAEB");
    assert_eq!(
        codes_of(&import(&first, false), Severity::Error),
        [codes::INCOMPLETE]
    );
    assert!(import(&first, true).scenario.is_some());
    first.push(("groups-2.json", json!({ "Mappings": [] })));
    assert!(import(&first, false).scenario.is_some());
}

/// What nothing can be made of is told where it stands, and not left out in silence.
#[test]
fn a_member_of_another_type_is_an_error_where_it_stands() {
    let cases = [
        r#"{"Mappings":[{"PatchGroup":5,"BaselineIdentity":null}]}"#,
        r#"{"InstanceInformationList":[{"InstanceId":5}]}"#,
        r#"{"InstanceInformationList":[{"InstanceId":"i-0123456789abcdef0","PlatformType":["Linux"]}]}"#,
        r#"{"Reservations":[{"Instances":[{"InstanceId":"i-0123456789abcdef0","Tags":{"Patch Group":"x"}}]}]}"#,
        r#"{"Reservations":[{"Instances":[{"InstanceId":"i-0123456789abcdef0","State":"terminated"}]}]}"#,
        r#"{"Tags":[{"Key":1}]}"#,
        r#"{"Tags":[5]}"#,
        r#"{"Mappings":"x"}"#,
        r#"{"WindowIdentities":{"a":1}}"#,
        r#"{"Targets":"x"}"#,
        r#"{"WindowId":5,"Schedule":"rate(7 days)"}"#,
        r#"{"WindowId":"mw-1","Name":"W","Schedule":"rate(7 days)","Duration":"four","Cutoff":1}"#,
        r#"{"WindowId":"mw-1","Name":"W","Schedule":"rate(7 days)","Duration":4,"Cutoff":1,"Enabled":"yes"}"#,
        r#"{"BaselineId":"pb-1","Name":"B","OperatingSystem":"UBUNTU","PatchGroups":"Web"}"#,
        r#"{"Tags":[{"ResourceId":"i-0123456789abcdef0","Key":"Env","Value":"prod","Newer":{"than":["this"]}}]}"#,
    ];
    let mut told = String::new();
    for text in cases {
        for allow_partial in [false, true] {
            let imported = import_answers_texts(&[("answer.json", text)], allow_partial);
            let newer = text.contains("Newer");
            assert_eq!(imported.scenario.is_some(), newer, "{text}");
            if allow_partial {
                told.push_str(&rendered(&imported));
                told.push('\n');
            }
        }
    }
    insta::assert_snapshot!(told);
}

/// A Windows baseline for the group Web, and a machine of EC2 in it.
fn with_machine(machine: &Value) -> Vec<(&'static str, Value)> {
    let mut all = answers();
    all.retain(|(name, _)| !["nodes.json", "tags.json"].contains(name));
    let mut of = json!({ "InstanceId": "i-0123456789abcdef0", "Tags": [
        { "Key": "Env", "Value": "prod" }, { "Key": "Patch Group", "Value": "Web" }] });
    of.as_object_mut()
        .unwrap()
        .extend(machine.as_object().unwrap().clone());
    all.push((
        "machines.json",
        json!({ "Reservations": [{ "Instances": [of] }] }),
    ));
    all
}

#[test]
fn what_ec2_says_of_a_platform_bounds_the_guess() {
    for (machine, system) in [
        (json!({ "PlatformDetails": "Linux/UNIX" }), "AMAZON_LINUX_2023"),
        (
            json!({ "PlatformDetails": "Linux with SQL Server Web" }),
            "AMAZON_LINUX_2023",
        ),
        (json!({}), "AMAZON_LINUX_2023"),
        (
            json!({ "PlatformDetails": "Red Hat BYOL Linux" }),
            "REDHAT_ENTERPRISE_LINUX",
        ),
        (json!({ "PlatformDetails": "Ubuntu Pro" }), "UBUNTU"),
        (json!({ "PlatformDetails": "Windows BYOL" }), "WINDOWS"),
        (
            json!({ "PlatformDetails": "Windows with SQL Server Standard" }),
            "WINDOWS",
        ),
        (json!({ "Platform": "windows" }), "WINDOWS"),
    ] {
        let mut all = with_machine(&machine);
        let imported = import(&all, false);
        let first = &config(&imported).pools[0];
        assert_eq!(
            (first.count, first.operating_system.as_str()),
            (1, system),
            "{machine}"
        );
        // Another baseline, of Linux, is nearer to a machine of some Linux.
        all.push((
            "get-patch-baseline-2.json",
            json!({ "BaselineId": "pb-2", "Name": "Linux", "OperatingSystem": "ORACLE_LINUX" }),
        ));
        let imported = import(&all, false);
        let system = if system == "AMAZON_LINUX_2023" {
            "ORACLE_LINUX"
        } else {
            system
        };
        assert_eq!(
            config(&imported).pools[0].operating_system.as_str(),
            system,
            "{machine}"
        );
    }
    let imported = import(&with_machine(&json!({ "PlatformDetails": "Linux/UNIX" })), false);
    let told = rendered(&imported);
    assert!(
        told.contains("1 instance of EC2 taken for managed nodes: no answer says which are"),
        "{told}"
    );
    let text = imported.scenario.unwrap();
    assert!(
        text.contains("operating_system = \"AMAZON_LINUX_2023\"  # assumed: some Linux, machines.json:"),
        "{text}"
    );
}

#[test]
fn a_node_without_the_name_of_its_platform_is_one_all_the_same() {
    for (information, machine, system) in [
        (json!({ "PlatformType": "Linux" }), json!({}), "AMAZON_LINUX_2023"),
        (
            json!({ "PlatformType": "Linux" }),
            json!({ "PlatformDetails": "SUSE Linux" }),
            "SUSE",
        ),
        (json!({}), json!({ "Platform": "windows" }), "WINDOWS"),
        (json!({}), json!({}), "WINDOWS"),
        (json!({ "PlatformType": "MacOS" }), json!({}), "MACOS"),
    ] {
        let mut all = with_machine(&machine);
        let mut of = information.clone();
        of["InstanceId"] = json!("i-0123456789abcdef0");
        all.push(("nodes.json", json!({ "InstanceInformationList": [of] })));
        let imported = import(&all, false);
        assert_eq!(
            config(&imported).pools[0].operating_system.as_str(),
            system,
            "{information} {machine}"
        );
    }
}

#[test]
fn a_machine_that_is_gone_is_no_node() {
    for (state, node) in [
        ("terminated", false),
        ("shutting-down", false),
        ("stopped", true),
        ("running", true),
    ] {
        let mut all = with_machine(&json!({ "State": { "Code": 1, "Name": state } }));
        let information = json!({ "InstanceInformationList": [{ "InstanceId": "i-0123456789abcdef0",
            "PlatformType": "Windows" }] });
        for managed in [false, true] {
            if managed {
                all.push(("nodes.json", information.clone()));
            }
            let imported = import(&all, true);
            let text = imported.scenario.unwrap();
            assert_eq!(text.contains("i-0123456789abcdef0"), node, "{state} {text}");
            let told = format!("instance i-0123456789abcdef0: it is {state}");
            let dropped = imported.dropped.join("\n");
            assert_eq!(dropped.contains(&told), !node, "{dropped}");
        }
    }
}

#[test]
fn nodes_out_of_reach_are_named() {
    let mut all = answers();
    let nodes = all[7].1["InstanceInformationList"].as_array_mut().unwrap();
    for (node, status) in nodes
        .iter_mut()
        .zip(["ConnectionLost", "Online", "Inactive", "Inactive"])
    {
        node["PingStatus"] = json!(status);
    }
    insta::assert_snapshot!(rendered(&import(&all, false)));
}

/// The window of the answers with a rate and these members.
fn with_rate(members: &Value) -> Imported {
    let mut all = answers();
    let window = all[2].1.as_object_mut().unwrap();
    window.remove("NextExecutionTime");
    window.insert("Schedule".to_owned(), json!("rate(7 days)"));
    window.extend(members.as_object().unwrap().clone());
    import(&all, false)
}

#[test]
fn a_rate_opens_when_its_answer_says() {
    for (members, first, written) in [
        (
            json!({ "NextExecutionTime": "2026-12-02T23:22:00.956Z" }),
            "2026-01-07T23:22:00.956Z",
            "start_date = 2026-01-07T23:22:00.956Z  # window.json:9, by whole periods",
        ),
        // Before the scenario begins, without seconds, and as a number.
        (
            json!({ "NextExecutionTime": "2020-02-17T23:22Z" }),
            "2026-01-05T23:22:00Z",
            "start_date = 2026-01-05T23:22:00Z  # window.json:9, by whole periods",
        ),
        (
            json!({ "NextExecutionTime": 1_581_981_720.5 }),
            "2026-01-05T23:22:00.500Z",
            "start_date = 2026-01-05T23:22:00.500Z  # window.json:9, by whole periods",
        ),
        // What is next counts before the start date, which may have been passed when the window was created.
        (
            json!({ "NextExecutionTime": "2026-12-02T23:22:00Z", "StartDate": "2026-06-01T00:00:00Z" }),
            "2026-06-03T23:22:00Z",
            "start_date = 2026-06-03T23:22:00Z  # window.json:9, by whole periods",
        ),
        (
            json!({ "NextExecutionTime": "2026-12-02T23:22:00Z", "StartDate": "2026-11-25T23:22:00Z" }),
            "2026-11-25T23:22:00Z",
            "start_date = 2026-11-25T23:22:00Z  # window.json:10",
        ),
        (
            json!({ "StartDate": "2026-06-01T12:00:00Z", "CreatedDate": "2020-01-01T00:00:00Z" }),
            "2026-06-01T12:00:00Z",
            "start_date = 2026-06-01T12:00:00Z  # window.json:",
        ),
        (
            json!({ "CreatedDate": 1_515_006_912.957 }),
            "2026-01-07T19:15:12.957Z",
            "start_date = 2026-01-07T19:15:12.957Z  # window.json:9, assumed: whole periods after its creation",
        ),
        (
            json!({}),
            "2026-01-08T00:00:00Z",
            "start_date = 2026-01-08T00:00:00Z  # assumed: nothing says on which day and at what hour",
        ),
    ] {
        let imported = with_rate(&members);
        let config = config(&imported);
        let schedule = &config.windows[0].schedule;
        let start = imported.scenario.as_ref().unwrap().lines().find_map(|line| {
            let day = line.strip_prefix("start = ")?.split("  #").next()?;
            day.parse::<chrono::DateTime<chrono::Utc>>().ok()
        });
        let opening = schedule.openings(start.unwrap(), start.unwrap()).next().unwrap();
        let first: chrono::DateTime<chrono::Utc> = first.parse().unwrap();
        assert_eq!(opening.at, first, "{members}");
        let text = imported.scenario.as_ref().unwrap();
        assert!(text.contains(written), "{members}\n{text}");
        let warned = codes_of(&imported, Severity::Warning).contains(&codes::INCOMPLETE);
        let said = members.get("NextExecutionTime").is_some() || members.get("StartDate").is_some();
        assert_eq!(warned, !said, "{members}");
    }
}

#[test]
fn a_time_that_cannot_be_read_is_refused_where_it_decides_something() {
    for next in [json!("soon"), json!(true), json!({ "at": 1 })] {
        let refused = with_rate(&json!({ "NextExecutionTime": next }));
        assert_eq!(codes_of(&refused, Severity::Error), [codes::DATE]);
        assert!(
            rendered(&refused).contains("window.json:9:"),
            "{}",
            rendered(&refused)
        );
        let cron = json!({ "NextExecutionTime": next, "Schedule": "cron(0 2 ? * TUE *)" });
        assert!(with_rate(&cron).scenario.is_some());
        let disabled = json!({ "NextExecutionTime": next, "Enabled": false });
        assert!(with_rate(&disabled).scenario.is_some());
    }
    let untold = rendered(&with_rate(&json!({})));
    insta::assert_snapshot!(untold);
}

/// Every printed answer of AWS is read, or passed over with a reason.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn every_sample_of_aws_imports_or_is_refused_with_a_reason() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/aws"));
    if !folder.exists() {
        eprintln!("skipped: {} is absent", folder.display());
        return;
    }
    for part in ["examples", "baselines"] {
        let all = import_aws_cli(&folder.join(part), true);
        config(&all);
        let mut files = 0;
        for entry in std::fs::read_dir(folder.join(part)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|ending| ending != "json") {
                continue;
            }
            files += 1;
            let imported = import_aws_cli(&path, true);
            match imported.scenario {
                Some(_) => assert!(!imported.read.is_empty()),
                None => assert!(
                    !codes_of(&imported, Severity::Error).is_empty(),
                    "{}",
                    path.display()
                ),
            }
        }
        assert!(files > 15);
    }
}
