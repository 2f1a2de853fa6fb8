//! Importing templates of CloudFormation.

use std::path::Path;

use patchbench_model::config::{Operation, TaskTarget};
use patchbench_model::ssm::Approval;
use patchbench_model::units::RateLimit;
use patchbench_scenario::{Imported, Severity, codes, import_cloudformation, import_cloudformation_text};

use crate::aws_commands::{config, rendered};
use crate::mutations::{mutated, mutation};

pub(crate) const YAML: &str = include_str!("../templates/rings.yaml");
const JSON: &str = include_str!("../templates/rings.json");

fn given(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    parameters.iter().map(own).collect()
}

pub(crate) fn import(text: &str, parameters: &[(&str, &str)]) -> Imported {
    import_cloudformation_text("template", text, &given(parameters))
}

fn has_errors(imported: &Imported) -> bool {
    imported
        .problems
        .iter()
        .any(|problem| problem.severity == Severity::Error)
}

/// What was told, without places.
fn told(imported: &Imported) -> Vec<String> {
    let left_out = imported.dropped.iter().map(|text| {
        let without_place = text.splitn(3, ':').nth(2);
        without_place.unwrap_or(text).to_owned()
    });
    let problems = imported.problems.iter().map(|problem| problem.message.clone());
    let mut told: Vec<String> = problems.chain(left_out).collect();
    told.sort();
    told
}

#[test]
fn a_template_is_read_whole() {
    let imported = import(YAML, &[]);
    let config = config(&imported);
    // Behind them stand those of AWS.
    let delays: Vec<Approval> = config.baselines[..2]
        .iter()
        .map(|known| known.rules[0].approval)
        .collect();
    assert_eq!(delays, [Approval::AfterDays(2), Approval::AfterDays(9)]);
    let groups: Vec<&str> = config
        .registrations
        .iter()
        .map(|known| known.patch_group.as_str())
        .collect();
    assert_eq!(groups, ["early-prod", "late-prod"]);
    let window = &config.windows[0];
    assert_eq!(window.name, "Sundays-prod");
    assert_eq!((window.duration_hours, window.cutoff_hours), (4, 1));
    assert!(!window.allow_unassociated_targets);
    let install = window
        .tasks
        .iter()
        .find(|task| task.operation == Operation::Install)
        .unwrap();
    assert_eq!(install.targets, [TaskTarget::Window(0), TaskTarget::Window(1)]);
    assert_eq!(
        (install.max_concurrency, install.max_errors),
        (RateLimit::Count(2), RateLimit::Count(1))
    );
    assert_eq!(install.timeout_seconds, 600);
    insta::assert_snapshot!(format!(
        "{}\n{}\n\n{}",
        rendered(&imported),
        imported.dropped.join("\n"),
        imported.scenario.unwrap()
    ));
}

#[test]
fn json_and_yaml_give_the_same() {
    let (yaml, json) = (import(YAML, &[]), import(JSON, &[]));
    assert_eq!(told(&yaml), told(&json));
    assert_eq!(without_places(&yaml), without_places(&json));
    // YAML contains JSON.
    let flow = import(&format!("# a comment\n{JSON}"), &[]);
    assert_eq!(without_places(&flow), without_places(&json));
    let marked = import(&format!("\u{feff}{JSON}"), &[]);
    assert_eq!(marked.scenario, json.scenario);
}

/// The scenario without comments.
fn without_places(imported: &Imported) -> String {
    let told = rendered(imported);
    let scenario = imported.scenario.as_ref().unwrap_or_else(|| panic!("{told}"));
    let lines = scenario.lines().filter(|line| !line.starts_with('#'));
    let lines = lines.map(|line| line.split("  # ").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join(
        "
",
    )
}

#[test]
fn parameters_can_be_given() {
    let imported = import(YAML, &[("Stage", "dev"), ("Delays", "0,5"), ("WindowHours", "6")]);
    assert!(
        has_errors(&imported),
        "Cleaning exists in dev, without properties"
    );
    let text = YAML.replace("Condition: IsDev", "Condition: IsProd");
    assert!(has_errors(&import(&text, &[])));
    let config = config(&import(
        &text,
        &[("Stage", "dev"), ("Delays", "0,5"), ("WindowHours", "6")],
    ));
    assert_eq!(config.windows[0].name, "Sundays-dev");
    assert_eq!(config.windows[0].duration_hours, 6);
    assert_eq!(config.baselines[1].rules[0].approval, Approval::AfterDays(5));
    let install = config.windows[0]
        .tasks
        .iter()
        .find(|task| task.operation == Operation::Install);
    assert_eq!(install.unwrap().max_concurrency, RateLimit::Percent(100));
    let wrong = [
        ("Stage", "test"),
        ("Delay", "1"),
        ("WindowHours", "four"),
        ("AWS::Regoin", "x"),
        ("Stage", "dev"),
    ];
    insta::assert_snapshot!(rendered(&import(YAML, &wrong)));
    // What stands for nothing that is known is told until it is given.
    let stored = "Parameters:\n  P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /some/name}\n\
         Resources:\n  B: {Type: AWS::SSM::PatchBaseline, Properties: {Name: !Ref P, Description: !Sub 'in ${AWS::Region}'}}\n";
    let imported = import(stored, &[]);
    assert!(
        rendered(&imported).contains("has its value from Systems Manager"),
        "{}",
        rendered(&imported)
    );
    assert!(rendered(&imported).contains("AWS::Region is taken to be us-east-1"));
    let imported = import(stored, &[("P", "Prod"), ("AWS::Region", "eu-west-3")]);
    assert_eq!(rendered(&imported), "");
    assert!(
        imported
            .scenario
            .unwrap()
            .contains("description = \"in eu-west-3\"")
    );
}

/// A template with a baseline of this description, in which functions find what they ask for.
fn described(expression: &str) -> String {
    format!(
        "Parameters:\n  Text: {{Type: String, Default: some}}\n  List: {{Type: CommaDelimitedList, Default: 'a, b,c'}}\n\
         Mappings:\n  Map:\n    top: {{text: found, list: [x, y]}}\n\
         Conditions:\n  Holds: !Equals [a, a]\n  Fails: !Equals [a, b]\n  Both: !And [!Condition Holds, !Not [!Condition Fails]]\n  Either: !Or [!Condition Fails, !Equals [1, '1']]\n\
         Resources:\n  Bucket: {{Type: AWS::S3::Bucket}}\n  B:\n    Type: AWS::SSM::PatchBaseline\n    Properties:\n      Name: Prod\n      Description: {expression}\n"
    )
}

#[test]
fn functions_give_what_cloudformation_gives() {
    for (expression, expected) in [
        ("!Ref Text", Some("some")),
        ("!Sub 'a ${Text} ${!Text}'", Some("a some ${Text}")),
        ("!Sub ['${A}${Text}', {A: !Ref Text}]", Some("somesome")),
        (
            "!Sub '${AWS::Region}/${AWS::StackName}'",
            Some("us-east-1/teststack"),
        ),
        ("!Join ['+', !Ref List]", Some("a+b+c")),
        ("!Join ['', [a, 1, true]]", Some("a1true")),
        ("!Select [2, !Ref List]", Some("c")),
        ("!Select ['1', !Split ['-', a-b-c]]", Some("b")),
        ("!FindInMap [Map, !Join ['', [to, p]], text]", Some("found")),
        ("!Select [1, !FindInMap [Map, top, list]]", Some("y")),
        (
            "!FindInMap [Map, top, none, {DefaultValue: other}]",
            Some("other"),
        ),
        ("!If [Holds, a, b]", Some("a")),
        ("!If [Fails, a, !If [Both, b, c]]", Some("b")),
        ("!If [Either, !Ref AWS::NoValue, a]", None),
        ("!Base64 some", Some("c29tZQ==")),
        ("{'Fn::If': [Fails, {Ref: Nothing}, a]}", Some("a")),
        // What AWS makes up is replaced by a name, and that is told.
        ("!Ref Bucket", Some("Bucket")),
        ("!GetAtt Bucket.Arn", Some("Bucket.Arn")),
        ("!Sub 'logs in ${Bucket.Arn}'", Some("logs in Bucket.Arn")),
    ] {
        let imported = import(&described(expression), &[]);
        let scenario = without_places(&imported);
        let line = scenario.lines().find(|line| line.starts_with("description = "));
        let wanted = expected.map(|text| format!("description = \"{text}\""));
        assert_eq!(line, wanted.as_deref(), "{expression}");
        let warned = imported
            .problems
            .iter()
            .any(|problem| problem.severity == Severity::Warning);
        assert_eq!(
            warned,
            expression.contains("Bucket"),
            "{expression}: {}",
            rendered(&imported)
        );
    }
}

/// Expressions without a value.
const UNRESOLVED: &[&str] = &[
    "!Ref Txet",
    "!Ref [a]",
    "!Ref B2",
    "!GetAtt Bukcet.Arn",
    "!GetAtt Bucket",
    "!Sub 'a ${Txet}'",
    "!Sub 'a ${Text'",
    "!Sub 'a ${AWS::NoValue}'",
    "!Sub [a]",
    "!Join [a]",
    "!Join ['-', b]",
    "!Join ['-', [[a], b]]",
    "!Select [3, !Ref List]",
    "!Select [x, !Ref List]",
    "!Split ['', a]",
    "!FindInMap [Map, top, other]",
    "!FindInMap [Map]",
    "!If [Perhaps, a, b]",
    "!If [Holds, a]",
    "!Equals [a, b]",
    "!ImportValue other-stack",
    "!Select [0, !GetAZs '']",
    "!Cidr [10.0.0.0/8, 1, 8]",
    "!Transform {Name: Macro}",
    "!Joim ['-', [a]]",
    "{'Fn::Joim': ['-', [a]]}",
    "{'Fn::ForEach::X': []}",
    "{Ref: Text, Other: a}",
    "'{{resolve:ssm:/some/parameter}}'",
    "!Join ['', [!Ref AWS::NoValue, a]]",
    "!Select [!Ref AWS::NoValue, [a]]",
    "~",
    "[a]",
    "''",
];

#[test]
fn functions_that_cannot_be_resolved_are_told_with_their_place() {
    let told: Vec<String> = UNRESOLVED
        .iter()
        .map(|expression| {
            let imported = import(&described(expression), &[]);
            if *expression == "!Join ['', [!Ref AWS::NoValue, a]]" {
                assert!(!has_errors(&imported), "what is not there is not joined");
            } else {
                assert!(imported.scenario.is_none(), "{expression}");
            }
            rendered(&imported)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

/// The template of the tests with a part replaced.
fn changed(from: &str, to: &str) -> String {
    assert!(YAML.contains(from), "{from}");
    YAML.replacen(from, to, 1)
}

/// What is changed in the template, and into what.
const MISTAKES: &[(&str, &str)] = &[
    ("Name: Early", "Nane: Early"),
    ("Name: Early", "Name: My Baseline"),
    ("Name: Early", "Name: !Ref NotifyTopic"),
    ("      Name: Early\n", ""),
    ("OperatingSystem: WINDOWS", "OperatingSystem: WINDOW"),
    (
        "ApproveAfterDays: !Select [0, !Ref Delays]",
        "ApproveAfterDays: 361",
    ),
    (
        "ApproveAfterDays: !Select [0, !Ref Delays]",
        "ApproveAfterDays: !Ref NotifyTopic",
    ),
    (
        "ApproveAfterDays: !Select [0, !Ref Delays]",
        "ApproveUntilDate: 2024-02-30",
    ),
    ("Default: 2, 9", "Default: 400, 9"),
    ("PatchRules:\n", "PatchRule:\n"),
    ("cron(0 2 ? * SUN *)", "cron(0 2 ? * SUN)"),
    ("Europe/Berlin", "Europe/Berlim"),
    ("Duration: !Ref WindowHours", "Duration: 25"),
    ("      AllowUnassociatedTargets: no\n", ""),
    ("AllowUnassociatedTargets: no", "AllowUnassociatedTargets: never"),
    ("Cutoff: 1", "Cutoff: 4"),
    (
        "Type: AWS::SSM::MaintenanceWindow\n",
        "Type: AWS::SSM::MaintenanceWindows\n",
    ),
    ("    Type: AWS::SSM::MaintenanceWindow\n", ""),
    ("WindowId: !Ref Sundays", "WindowId: !Ref Sunday"),
    ("WindowId: !Ref Sundays", "WindowId: !Ref EarlyBaseline"),
    ("WindowId: !Ref Sundays", "WindowId: !Ref NotifyTopic"),
    (
        "Values: [!Ref Early, !Ref Late]",
        "Values: [!Ref Early, !Ref Sundays]",
    ),
    ("Values: [!Ref Early, !Ref Late]", "Values: [!Ref Cleaning]"),
    ("Key: tag:Patch Group", "Key: Patch Group"),
    ("      MaxErrors: !FindInMap [Limits, !Ref Stage, Errors]\n", ""),
    ("      Priority: 1\n", ""),
    ("MaxErrors: 0", "MaxErrors: 101%"),
    ("Operation: [Install]", "Operation: Install"),
    ("Operation: [Install]", "Operation: [Patch]"),
    ("Operation: {Values: [Scan]}", "Operation: [Scan]"),
    ("TimeoutSeconds: 600", "TimeoutSeconds: 10"),
    ("!Equals [!Ref Stage, prod]", "!Equals [!Ref NotifyTopic, prod]"),
    ("!Equals [!Ref Stage, prod]", "!Equals [!Ref Sundays, prod]"),
    ("!Equals [!Ref Stage, prod]", "!Condition IsDev"),
    ("!Equals [!Ref Stage, prod]", "prod"),
    ("Condition: IsDev", "Condition: IsDevelopment"),
    ("Type: Number", "Type: String\n    AllowedValues: [2, 8]"),
    ("Parameters:\n  Stage", "Parameter:\n  Stage"),
    (
        "    Properties:\n      Name: !Sub\n",
        "    Propertes:\n      Name: !Sub\n",
    ),
    ("Resources:\n", "Resource:\n"),
    (
        "PatchFilterGroup: &everything\n",
        "PatchFilterGroup: *everything\n",
    ),
    (
        "      Tags:\n        - {Key: Owner",
        "      Name: Again\n      Tags:\n        - {Key: Owner",
    ),
    ("  LogBucket:\n", "\tLogBucket:\n"),
];

#[test]
fn mistakes_are_told_with_line_column_and_what_was_expected() {
    let told: Vec<String> = MISTAKES
        .iter()
        .map(|(from, to)| {
            let imported = import(&changed(from, to), &[]);
            let again = to.contains("Name: Again");
            assert_eq!(
                imported.scenario.is_none(),
                !again,
                "{to}: {}",
                rendered(&imported)
            );
            format!("--- {}\n{}", to.trim(), rendered(&imported))
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn ids_that_are_none_of_the_template() {
    let bare = changed("WindowId: !Ref Sundays", "WindowId: Sundays");
    let imported = import(&bare, &[]);
    assert!(rendered(&imported).contains("`Sundays` is taken for the resource of this name"));
    assert_eq!(without_places(&imported), without_places(&import(YAML, &[])));
    for id in [
        "mw-0c50858d01EXAMPLE",
        "!ImportValue other-window",
        "!GetAtt WindowRole.Arn",
    ] {
        let imported = import(
            &changed("WindowId: !Ref Sundays", &format!("WindowId: {id}")),
            &[],
        );
        let told = rendered(&imported);
        assert!(
            told.contains("is no window of this template: InstallTask is left out"),
            "{told}"
        );
        assert_eq!(config(&imported).windows[0].tasks.len(), 1);
    }
    let parameter = changed("WindowId: !Ref Sundays", "WindowId: !Ref NotifyTopic");
    let imported = import(&parameter, &[("NotifyTopic", "Sundays")]);
    assert_eq!(without_places(&imported), without_places(&import(YAML, &[])));
    let targets = changed(
        "Values: [!Ref Early, !Ref Late]",
        "Values: [Early, 23639a0b-ddbc-4bca-9e72-78d96EXAMPLE]",
    );
    let imported = import(&targets, &[]);
    assert!(
        rendered(&imported).contains("is no window target of this template"),
        "{}",
        rendered(&imported)
    );
    let tasks = &config(&imported).windows[0].tasks;
    assert!(tasks.iter().any(|task| task.targets == [TaskTarget::Window(0)]));
}

#[test]
fn what_is_left_out_is_told_with_the_reason() {
    let text = format!(
        "Transform: AWS::Serverless-2016-10-31\n{}",
        changed(
            "  LogBucket:\n",
            "  Scan:\n    Type: AWS::SSM::Association\n    Properties: {Name: AWS-RunPatchBaseline, ScheduleExpression: rate(1 day)}\n\
             \x20 Agent:\n    Type: AWS::SSM::Association\n    Properties: {Name: AWS-UpdateSSMAgent}\n\
             \x20 Other:\n    Type: AWS::SSM::Association\n    Properties: {Name: !Ref Document}\n\
             \x20 Group: {Type: AWS::ResourceGroups::Group}\n\
             \x20 Nested: {Type: AWS::CloudFormation::Stack}\n\
             \x20 Policy:\n    Type: AWS::SSMQuickSetup::ConfigurationManager\n    Properties:\n      ConfigurationDefinitions:\n        - Type: AWSQuickSetupType-PatchPolicy\n          Parameters: {PatchPolicyName: Weekly, ConfigurationOptionsInstallValue: cron(0 2 ? * SAT *)}\n\
             \x20 Fn::ForEach::Loop: []\n\
             \x20 Document: {Type: AWS::SSM::Document}\n  LogBucket:\n"
        )
    );
    let imported = import(&text, &[]);
    assert!(!has_errors(&imported), "{}", rendered(&imported));
    insta::assert_snapshot!(imported.dropped.join("\n"));
}

#[test]
fn nothing_a_template_says_exhausts_anything() {
    let lines = (1..5_000).map(|number| format!("  C{number}: !Condition C{}", number - 1));
    let chain = format!(
        "Conditions:\n  C0: !Equals [a, a]\n{}\nResources:\n  B: {{Type: AWS::SSM::PatchBaseline, Condition: C4999, Properties: {{Name: Prod}}}}\n",
        lines.collect::<Vec<_>>().join("\n")
    );
    let circle = "Conditions:\n  A: !Condition B\n  B: !Not [!Condition A]\nResources:\n  B: {Type: AWS::SSM::PatchBaseline, Condition: A, Properties: {Name: Prod}}\n";
    let long = format!(
        "Parameters:\n  P: {{Type: String, Default: {}}}\nResources:\n  B: {{Type: AWS::SSM::PatchBaseline, Properties: {{Name: !Sub '{}'}}}}\n",
        "x".repeat(100_000),
        "${P}".repeat(100_000)
    );
    let parts = format!(
        "Parameters:\n  P: {{Type: String, Default: '{}'}}\nResources:\n  B: {{Type: AWS::SSM::PatchBaseline, Properties: {{Name: [{}]}}}}\n",
        ",".repeat(100_000),
        "!Split [',', !Ref P],".repeat(10_000)
    );
    let many = (0..600).map(|number| format!("  R{number}: {{Type: AWS::S3::Bucket}}"));
    let many = many.collect::<Vec<_>>().join("\n");
    for (text, message) in [
        (chain, "more than 32 conditions depend on each other"),
        (circle.to_owned(), "condition A depends on itself"),
        (long, "make more than 64 MiB"),
        (parts, "make more than 64 MiB"),
        (
            format!("Resources:\n{many}"),
            "Resources has 600 entries; CloudFormation takes at most 500",
        ),
        (
            format!("# {}\nResources: {{}}\n", "x".repeat(1 << 20)),
            "CloudFormation takes at most 1",
        ),
        (
            format!("Resources: {}", "{a: ".repeat(40)),
            "nested more than 32 deep",
        ),
        (
            format!("{{\"Resources\": {}", "[".repeat(100_000)),
            "more than 32 brackets inside each other",
        ),
    ] {
        let imported = import(&text, &[]);
        assert!(imported.scenario.is_none());
        let messages: Vec<&str> = imported
            .problems
            .iter()
            .map(|problem| problem.message.as_str())
            .collect();
        assert!(
            messages.iter().any(|told| told.contains(message)),
            "{message}: {messages:?}"
        );
        assert!(messages.len() < 200, "{message}: {} problems", messages.len());
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn the_templates_of_aws_are_read_or_refused_with_a_reason() {
    let folder = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/aws/cloudformation"
    ));
    if !folder.exists() {
        eprintln!("skipped: {} not found", folder.display());
        return;
    }
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md")
        .collect();
    names.sort();
    let mut gives = Vec::new();
    for name in &names {
        let imported = import_cloudformation(&folder.join(name), &[]);
        gives.push(format!("--- {name}"));
        for problem in &imported.problems {
            let label = &problem.labels[0];
            let (line, column) = imported.sources.line_column(label.source, label.span.start);
            gives.push(format!(
                "{} {line}:{column}: {}",
                problem.severity.as_str(),
                problem.message
            ));
        }
        for dropped in &imported.dropped {
            gives.push(format!(
                "left out{}",
                dropped.rsplit_once(name.as_str()).unwrap().1
            ));
        }
        match &imported.scenario {
            Some(_) => {
                let config = config(&imported);
                gives.push(format!(
                    "{} baselines, {} windows",
                    config.baselines.len(),
                    config.windows.len()
                ));
            }
            None => assert!(has_errors(&imported)),
        }
    }
    insta::assert_snapshot!("templates-of-aws", gives.join("\n"));
}

#[test]
fn a_file_that_is_not_there() {
    let imported = import_cloudformation(Path::new("no-such-template.yaml"), &[]);
    assert_eq!(imported.problems[0].code, codes::FILE);
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 300, ..Default::default() })]

    /// Whatever befalls a template: an answer, and problems within its text.
    #[test]
    fn damaged_templates_are_refused_or_read(
        json in proptest::prelude::any::<bool>(),
        mutations in proptest::collection::vec(mutation(), 1..4),
    ) {
        // Mutations know values behind `=`; those of templates stand behind colons.
        let whole = if json { JSON } else { YAML };
        let text = mutated(&whole.replace(": ", ":= "), &mutations).replace(":= ", ": ");
        let imported = import(&text, &[]);
        proptest::prop_assert_eq!(has_errors(&imported), imported.scenario.is_none());
        proptest::prop_assert!(rendered(&imported).len() < 1_000_000);
        if imported.scenario.is_some() {
            config(&imported);
        }
    }
}
