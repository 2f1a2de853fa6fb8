//! The script that makes the requests of an export with the AWS CLI.

use std::fmt::Write as _;

use serde_json::Value;

use super::{AwsExport, AwsRequest};
use crate::aws::request::option_name;
use crate::aws::toml::comment;

/// Its name.
pub(super) const NAME: &str = "apply.sh";

impl AwsExport {
    /// The script. Account, region and credentials are those of the CLI; running it twice creates
    /// everything twice.
    pub(super) fn script(&self) -> String {
        let name = comment(&self.name);
        let mut text = format!(
            "#!/bin/sh\n\
             # {name}: made by `patchbench export aws`.\n\
             # Creates everything anew in the account and region that the AWS CLI is set up for.\n\
             set -eu\n\
             cd \"$(dirname \"$0\")\"\n"
        );
        text.push_str(&self.guard());
        for request in &self.requests {
            text.push('\n');
            text.push_str(&command(request));
        }
        text
    }

    /// Stops before anything is created while names stand where ids belong.
    fn guard(&self) -> String {
        let mut text = String::new();
        let mut files: Vec<&str> = self.unknown_ids.iter().map(|(file, _)| file.as_str()).collect();
        files.dedup();
        for file in files {
            let names = self.unknown_ids.iter().filter(|(known, _)| known == file);
            let patterns =
                names.map(|(_, name)| format!(" -e {}", quoted(&Value::from(name.as_str()).to_string())));
            let _ = write!(
                text,
                "\nif grep -qF{} {file}; then\n  echo \"{file}: names of nodes stand where ids belong\" >&2\n  exit 1\nfi\n",
                patterns.collect::<String>()
            );
        }
        text
    }
}

fn command(request: &AwsRequest) -> String {
    let mut text = String::new();
    if let Some(said) = &request.comment {
        let _ = writeln!(text, "# {}", comment(said));
    }
    let mut parts = vec![format!("aws {}", request.command)];
    for (member, value) in &request.options {
        parts.push(option(member, value));
    }
    if let Some(file) = &request.file {
        parts.push(format!("--cli-input-json file://{file}"));
    }
    match &request.variable {
        Some((variable, member)) => {
            parts.push(format!("--query {member} --output text"));
            let _ = writeln!(text, "{variable}=$({})", parts.join(" \\\n  "));
        }
        None => {
            let _ = writeln!(text, "{}", parts.join(" \\\n  "));
        }
    }
    text
}

/// An option; its variables are left to the shell.
fn option(member: &str, value: &Value) -> String {
    let name = option_name(member);
    match value {
        Value::Bool(true) => format!("--{name}"),
        Value::Bool(false) => format!("--no-{name}"),
        Value::String(text) => format!("--{name} \"{text}\""),
        Value::Array(entries) => {
            let entries: Vec<String> = entries.iter().map(shorthand).collect();
            format!("--{name} {}", entries.join(" "))
        }
        other => format!("--{name} {other}"),
    }
}

/// An entry of `Targets` in the CLI's shorthand.
fn shorthand(entry: &Value) -> String {
    let values = entry["Values"].as_array().into_iter().flatten();
    let values: Vec<&str> = values.filter_map(Value::as_str).collect();
    let key = entry["Key"].as_str().unwrap_or_default();
    format!("\"Key={key},Values={}\"", values.join(","))
}

/// A word of the shell that stands for itself.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
