//! The shorthand of the AWS CLI, held to answers of the CLI's own parser. `tests/shorthand` says
//! where they come from.

use patchbench_scenario::{FileReader, NoFiles, Severity, codes, parse_shorthand};
use serde_json::Value;

const RECORDED: &str = include_str!("../shorthand/recorded.jsonl");

#[test]
fn texts_are_read_as_the_aws_cli_reads_them() {
    let mut refused = 0;
    let mut read = 0;
    for line in RECORDED.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = row["text"].as_str().unwrap();
        let parsed = parse_shorthand(text, &NoFiles);
        let errors = parsed
            .problems
            .iter()
            .filter(|problem| problem.severity == Severity::Error)
            .count();
        if row.get("error").is_some() {
            refused += 1;
            assert_eq!((parsed.value, errors), (None, 1), "{text:?}");
            let problem = &parsed.problems[0];
            assert_eq!(problem.code, codes::COMMAND_LINE);
            assert!(problem.labels[0].span.end <= text.len().max(1), "{text:?}");
        } else {
            read += 1;
            // As texts: members have their order.
            let value = parsed.value.map(|value| value.to_string());
            assert_eq!(value, Some(row["value"].to_string()), "{text:?}");
            assert_eq!(errors, 0);
        }
    }
    assert!(read >= 80 && refused >= 40, "{read} read, {refused} refused");
}

/// One file.
struct OneFile;

impl FileReader for OneFile {
    fn read(&self, path: &str) -> Result<String, String> {
        match path {
            "values.txt" => Ok("Prod\r\nStage\n".to_owned()),
            _ => Err("there is no such file".to_owned()),
        }
    }
}

#[test]
fn values_after_an_at_sign_are_what_their_files_have() {
    for (text, value) in [
        ("a@=file://values.txt", r#"{"a":"Prod\nStage\n"}"#),
        (
            "a@='file://values.txt',b,c=file://values.txt",
            r#"{"a":["Prod\nStage\n","b"],"c":"file://values.txt"}"#,
        ),
        (
            "a={b@=[file://values.txt,c]}",
            r#"{"a":{"b":["Prod\nStage\n","c"]}}"#,
        ),
        ("a@={b=file://values.txt}", r#"{"a":{"b":"file://values.txt"}}"#),
    ] {
        let parsed = parse_shorthand(text, &OneFile);
        assert_eq!(
            parsed.value.map(|value| value.to_string()).as_deref(),
            Some(value),
            "{text}"
        );
    }
    for (text, told) in [
        (
            "a@=file://other.txt",
            "other.txt cannot be read: there is no such file",
        ),
        (
            "a@=fileb://values.txt",
            "the bytes of a file (fileb://) are no text",
        ),
    ] {
        let parsed = parse_shorthand(text, &OneFile);
        assert!(parsed.value.is_none());
        assert!(
            parsed.problems[0].message.ends_with(told),
            "{}",
            parsed.problems[0].message
        );
        assert_eq!(parsed.problems[0].labels[0].span, 3..text.len());
    }
}

#[test]
fn mistakes_say_what_was_expected() {
    for (text, at, told) in [
        ("", 0, "a name is expected, as in Key=VALUE, not the end"),
        (
            "a=b,",
            4,
            "another value is expected after the comma, not the end",
        ),
        ("a=b,'c", 4, "this ' has no second one: a closing ' is expected"),
        ("a={b=1,2}", 8, "`=` after `2` is expected, not `}`"),
        ("a=[b", 2, "this bracket is not closed: a closing ] is expected"),
        ("a=b,a=c", 4, "`a` stands twice; the AWS CLI refuses that"),
        ("a=[b]c", 5, "`,` and the next KEY=VALUE is expected, not `c`"),
    ] {
        let parsed = parse_shorthand(text, &NoFiles);
        assert_eq!(parsed.problems[0].message, format!("shorthand: {told}"), "{text}");
        assert_eq!(parsed.problems[0].labels[0].span.start, at, "{text}");
    }
}
