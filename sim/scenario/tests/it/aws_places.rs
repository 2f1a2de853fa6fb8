//! What AWS refuses only as a whole is found in the scenario that an import writes, and told where it stands
//! in what was imported.

use std::fmt::Write as _;

use patchbench_scenario::{
    Imported, NoFiles, import_answers_texts, import_cloudformation_text, import_commands_text,
};
use serde_json::{Value, json};

use crate::aws_commands::rendered;

/// Places of the first problem: name, line, column and the marked text.
fn places(imported: &Imported) -> Vec<(String, usize, usize, String)> {
    assert!(imported.scenario.is_none());
    let sources = &imported.sources;
    let problem = imported.problems.first().expect("a problem");
    let place = |label: &patchbench_scenario::Label| {
        let (line, column) = sources.line_column(label.source, label.span.start);
        let marked = &sources.text(label.source)[label.span.clone()];
        (
            sources.name(label.source).to_owned(),
            line,
            column,
            marked.to_owned(),
        )
    };
    problem.labels.iter().map(place).collect()
}

fn commands(text: &str) -> Imported {
    import_commands_text("q.sh", text, &NoFiles)
}

#[test]
fn refused_values_are_told_where_they_stand_in_the_commands() {
    let baseline = "aws ssm create-patch-baseline --name Prod --operating-system UBUNTU";
    let group = |group: &str| {
        format!(
            "aws ssm register-patch-baseline-for-patch-group --baseline-id pb-0123456789abcdef0 --patch-group {group}"
        )
    };
    for (text, marked) in [
        (
            format!(
                "{baseline} --approval-rules 'PatchRules=[{{PatchFilterGroup={{PatchFilters=[{{Key=NOPE,Values=[a]}}]}},ApproveAfterDays=3}}]'\n"
            ),
            "NOPE",
        ),
        (
            format!(
                "{baseline} \\\n --approval-rules 'PatchRules=[{{PatchFilterGroup={{PatchFilters=[{{Key=SECTION,Values=[a]}},{{Key=NOPE,Values=[a]}}]}},ApproveAfterDays=3}}]'\n"
            ),
            "NOPE",
        ),
        (
            format!(
                "{baseline} --approval-rules 'PatchRules=[{{PatchFilterGroup={{PatchFilters=[{{Key=SECTION,Values=[a]}}]}},ApproveAfterDays=999}}]'\n"
            ),
            "999",
        ),
        (
            format!("{baseline} \\\n  --sources 'Name=a/b,Products=[Ubuntu20.04],Configuration=deb x'\n"),
            "a/b",
        ),
        (
            format!("{baseline}\n{}\n{}\n", group("Fine"), group("'b&d'")),
            "b&d",
        ),
        (
            format!(
                "{baseline}\naws ec2 create-tags --resources i-0123456789abcdef0 --tags 'Key=Patch Group,Value=b&d'\n"
            ),
            "b&d",
        ),
    ] {
        let imported = commands(&text);
        let at = text.rfind(marked).unwrap();
        let line = text[..at].matches('\n').count() + 1;
        let column = text[..at].rsplit('\n').next().unwrap().len() + 1;
        assert_eq!(
            places(&imported)[0],
            ("q.sh".to_owned(), line, column, marked.to_owned()),
            "{text}{}",
            rendered(&imported)
        );
    }
}

#[test]
fn refused_values_are_told_where_they_stand_in_templates_and_answers() {
    let template = "\
Resources:
  Prod:
    Type: AWS::SSM::PatchBaseline
    Properties:
      Name: Prod
      OperatingSystem: UBUNTU
      PatchGroups: [fine, 'b&d']
      Sources:
        - {Name: good, Products: ['*'], Configuration: deb x}
        - {Name: a/b, Products: ['*'], Configuration: deb x}
";
    let imported = import_cloudformation_text("t.yaml", template, &[]);
    assert_eq!(
        places(&imported)[0],
        ("t.yaml".to_owned(), 7, 28, "b&d".to_owned()),
        "{}",
        rendered(&imported)
    );
    let imported = import_cloudformation_text("t.yaml", &template.replace("b&d", "bad"), &[]);
    assert_eq!(
        places(&imported)[0],
        ("t.yaml".to_owned(), 10, 18, "a/b".to_owned())
    );
    let baseline =
        json!({ "BaselineId": "pb-0123456789abcdef0", "Name": "Prod", "OperatingSystem": "UBUNTU" });
    let groups = json!({ "BaselineId": "pb-0123456789abcdef0", "PatchGroup": "b&d" });
    let (baseline, groups) = (format!("{baseline:#}"), format!("{groups:#}"));
    let files = [("baseline.json", baseline.as_str()), ("groups.json", &groups)];
    let imported = import_answers_texts(&files, false);
    let place = places(&imported).remove(0);
    assert_eq!((place.0.as_str(), place.3.as_str()), ("groups.json", "b&d"));
}

#[test]
fn nodes_and_their_tags_cite_the_first_source_and_how_many_more() {
    let mut runbook = String::from(
        "aws ssm send-command --document-name AWS-RunPatchBaseline --parameters Operation=Scan --targets Key=tag:Env,Values=prod\n",
    );
    for number in 0..41 {
        let _ = writeln!(
            runbook,
            "aws ec2 create-tags --resources i-{number:017x} --tags Key=Env,Value=prod"
        );
    }
    let listed = "aws ssm send-command --document-name AWS-RunPatchBaseline --parameters Operation=Scan --instance-ids i-0123456789abcdef0 i-0123456789abcdef1\n";
    let nodes: Vec<Value> = (0..3)
        .map(|number| json!({ "InstanceId": format!("i-{number:017x}"), "PlatformType": "Linux", "PlatformName": "Ubuntu" }))
        .collect();
    let baseline =
        json!({ "BaselineId": "pb-0123456789abcdef0", "Name": "Prod", "OperatingSystem": "UBUNTU" });
    let nodes = format!("{:#}", json!({ "InstanceInformationList": nodes }));
    let answers = [("baseline.json", baseline.to_string()), ("nodes.json", nodes)];
    let answers: Vec<(&str, &str)> = answers
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect();
    for (imported, key, comment) in [
        (commands(&runbook), "ids", "q.sh:2 and 40 more"),
        (commands(&runbook), "tags", "q.sh:2 and 40 more"),
        (commands(listed), "ids", "q.sh:1:102"),
        (
            import_answers_texts(&answers, true),
            "ids",
            "nodes.json:4 and 2 more",
        ),
    ] {
        let text = imported
            .scenario
            .as_ref()
            .unwrap_or_else(|| panic!("{}", rendered(&imported)));
        let line = text.lines().find(|line| line.starts_with(&format!("{key} = ")));
        let line = line.unwrap_or_else(|| panic!("{text}"));
        assert_eq!(line.rsplit_once("  # ").unwrap().1, comment, "{text}");
    }
}
