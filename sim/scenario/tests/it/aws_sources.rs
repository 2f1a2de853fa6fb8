//! Every value of a written scenario says where it stands in what was imported, or that it stands nowhere.

use std::path::Path;

use patchbench_scenario::{Imported, import_commands};

use crate::{aws_commands, cloudformation};

/// Letters and digits alone, in small letters.
fn plain(text: &str) -> String {
    let kept = text.chars().filter(char::is_ascii_alphanumeric);
    kept.collect::<String>().to_ascii_lowercase()
}

/// Whether a line of a source has a part of a value, or sets what the key names.
fn has_part(line: &str, key: &str, value: &str) -> bool {
    let words = value.split(|c: char| !c.is_ascii_alphanumeric());
    let mut words = words
        .map(|word| word.trim_end_matches('s'))
        .filter(|word| !word.is_empty());
    words.any(|word| line.contains(word)) || plain(line).contains(&plain(key))
}

/// The line that a comment cites.
fn cited<'t>(source: &'t str, comment: &str) -> Option<&'t str> {
    let (_, line) = comment.split_once(':')?;
    let line: usize = line.split(':').next()?.parse().ok()?;
    source.lines().nth(line.checked_sub(1)?)
}

/// Lines whose comment is none, or cites a line without their value; and how many cite one.
fn without_source(imported: &Imported, source: &str) -> (Vec<String>, usize) {
    let name = imported.sources.name(0).rsplit('/').next().unwrap();
    let mut wrong = Vec::new();
    let mut right = 0;
    let scenario = imported.scenario.as_ref().unwrap();
    // Nodes have names of their own: `# i-0123 is web-1`.
    let renamed: Vec<(&str, &str)> = scenario
        .lines()
        .filter_map(|line| line.strip_prefix("# ")?.split_once(" is "))
        .collect();
    for line in scenario.lines() {
        let Some((key, rest)) = line.split_once(" = ") else {
            continue;
        };
        if line.starts_with('#') {
            continue;
        }
        match rest.rsplit_once("  # ") {
            None => wrong.push(line.to_owned()),
            Some((value, comment)) if comment.starts_with(&format!("{name}:")) => {
                // What a flag of a baseline is set by is another request.
                let key = if key == "default" { "baseline" } else { key };
                let found = cited(source, comment);
                let own = renamed
                    .iter()
                    .fold(value.to_owned(), |text, (id, node)| text.replace(node, id));
                if found.is_some_and(|found| has_part(found, key, &own)) {
                    right += 1;
                } else {
                    wrong.push(format!("{line} -> {found:?}"));
                }
            }
            Some(_) => {}
        }
    }
    (wrong, right)
}

const RUNBOOK: &str = "\
aws ssm create-patch-baseline --name Prod \\
  --description 'Five days' \\
  --approval-rules '{\"PatchRules\":[
    {\"PatchFilterGroup\":{\"PatchFilters\":[
      {\"Key\":\"PRODUCT\",\"Values\":[\"WindowsServer2019\"]}]},
     \"ApproveAfterDays\":5}]}'
aws ssm create-maintenance-window --name Sundays --schedule 'cron(0 2 ? * SUN *)' \\
  --duration 4 \\
  --cutoff 1
";

#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
fn every_value_cites_its_line_or_is_assumed() {
    let blog = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/reference/patch-manager-blog-post.txt"
    ));
    let mut cases = vec![
        (
            cloudformation::import(cloudformation::YAML, &[]),
            cloudformation::YAML.to_owned(),
            25,
        ),
        (aws_commands::import(RUNBOOK), RUNBOOK.to_owned(), 6),
    ];
    if blog.exists() {
        let text = std::fs::read_to_string(blog).unwrap();
        cases.push((import_commands(blog), text, 12));
    } else {
        eprintln!("skipped the blog post: {} is absent", blog.display());
    }
    for (imported, source, least) in cases {
        let (wrong, right) = without_source(&imported, &source);
        assert_eq!(wrong, [""; 0], "{}", imported.scenario.unwrap());
        assert!(
            right >= least,
            "only {right} lines of {} cite it",
            imported.sources.name(0)
        );
    }
}

#[test]
fn a_value_cites_its_own_line_not_that_of_its_request() {
    let written = aws_commands::import(RUNBOOK).scenario.unwrap();
    for line in [
        "[baseline.Prod]  # runbook.sh:1",
        "description = \"Five days\"  # runbook.sh:2",
        "filter = { PRODUCT = [\"WindowsServer2019\"] }  # runbook.sh:5",
        "approve_after_days = 5  # runbook.sh:6",
        "cutoff = 1  # runbook.sh:9",
        "operating_system = \"WINDOWS\"  # assumed: the default of AWS",
        "allow_unassociated_targets = false  # assumed: nothing says it",
    ] {
        assert!(written.lines().any(|known| known == line), "{line}\n{written}");
    }
    // Where everything is on one line, the column tells the values apart.
    let text = "aws ssm create-patch-baseline --name Prod --description Days --approval-rules PatchRules=[{PatchFilterGroup={PatchFilters=[]},ApproveAfterDays=5}]";
    let written = aws_commands::import(text).scenario.unwrap();
    let column = text.find("Days ").unwrap() + 1;
    let line = format!("description = \"Days\"  # runbook.sh:1:{column}");
    assert!(written.contains(&line), "{line}\n{written}");
}
