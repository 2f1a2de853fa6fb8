//! What AWS refuses only as a whole is found in the scenario that an import writes, and told where it stands
//! in what was imported.

use std::fmt::Write as _;
use std::path::Path;

use patchbench_scenario::{
    Imported, Limits, NoFiles, RuleBoth, import_answers_texts, import_aws_cli, import_cloudformation,
    import_cloudformation_text, import_commands, import_commands_text, import_history, import_terraform,
    load,
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
    let imported = import_answers_texts(&files, true);
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

/// What each importer says of a path.
fn refusals(path: &Path) -> Vec<(&'static str, String)> {
    let loaded = load(path, &[], &Limits::default());
    let problems = loaded
        .problems
        .iter()
        .map(|problem| problem.render_plain(&loaded.sources));
    vec![
        ("scenario", problems.collect()),
        ("aws-commands", rendered(&import_commands(path))),
        ("cloudformation", rendered(&import_cloudformation(path, &[]))),
        ("terraform", rendered(&import_terraform(path, RuleBoth::DateWins))),
        ("aws-cli", rendered(&import_aws_cli(path, false))),
        ("history", rendered(&import_history(path, None, false).imported)),
    ]
}

#[test]
fn the_first_byte_that_is_no_text_is_pointed_at() {
    let folder = tempfile::tempdir().unwrap();
    for (bytes, line, column) in [
        (&b"abc\xff\x00def"[..], 1, 4),
        (b"\xef\xbb\xbfabc\xff", 1, 4),
        ("first\nä é ".as_bytes(), 2, 5),
        (b"\x80", 1, 1),
    ] {
        let path = folder.path().join("bin.json");
        std::fs::write(&path, [bytes, b"\xfe"].concat()).unwrap();
        for (importer, told) in refusals(&path) {
            let said = format!("line {line}, column {column} is not UTF-8");
            let arrow = format!("bin.json:{line}:{column}\n");
            assert!(
                told.contains(&said) && told.contains(&arrow),
                "{importer}: {told}"
            );
        }
    }
}

#[test]
fn what_is_missing_or_empty_is_told_in_words() {
    let folder = tempfile::tempdir().unwrap();
    for (importer, told) in refusals(&folder.path().join("none")) {
        let what = match importer {
            "aws-cli" | "history" => "none cannot be read: there is no such folder\n",
            _ => "none cannot be read: there is no such file\n",
        };
        assert!(
            told.contains(what) && !told.contains("os error"),
            "{importer}: {told}"
        );
    }
    for text in ["", "\n", "# nothing\n"] {
        let told = rendered(&import_cloudformation_text("t.yaml", text, &[]));
        assert!(
            told.contains("the file is empty") && told.contains("help: save the template in it"),
            "{told}"
        );
    }
}

/// What an answer that is cut off would have said is not missing.
#[test]
fn an_answer_that_is_cut_off_is_the_only_problem() {
    let baseline =
        json!({ "BaselineId": "pb-0123456789abcdef0", "Name": "Prod", "OperatingSystem": "UBUNTU" });
    let baseline = format!("{baseline:#}");
    let groups = json!({ "BaselineId": "pb-0123456789abcdef0", "PatchGroup": "web" }).to_string();
    for cut in [1, 10, baseline.len() - 2] {
        for allow_partial in [false, true] {
            let files = [
                ("baseline.json", &baseline[..cut]),
                ("groups.json", groups.as_str()),
            ];
            let imported = import_answers_texts(&files, allow_partial);
            assert_eq!(imported.problems.len(), 1, "{}", rendered(&imported));
            assert_eq!(places(&imported)[0].0, "baseline.json");
        }
    }
    let told = rendered(&import_answers_texts(&[("groups.json", groups.as_str())], false));
    assert!(
        told.contains("no answer of get-patch-baseline is about"),
        "{told}"
    );
}
