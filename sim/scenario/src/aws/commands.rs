//! Command lines of the AWS CLI, one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::request::{Reader, Reading};
use super::service::Service;
use super::words::{self, Said};
use super::{Imported, Importer, LARGEST};
use crate::codes;
use crate::files::{input_name, read_input};
use crate::numbers::{counted, grouped};
use crate::problem::Problem;
use crate::read::Place;
use crate::{Directory, FileReader};

/// More commands in one file are refused.
const MOST_COMMANDS: usize = 5_000;

/// Imports a file of `aws` commands, `-` for standard input; files that they name are relative to its folder.
pub fn import_commands(path: &Path) -> Imported {
    let name = input_name(path);
    match read_input(path, LARGEST) {
        Ok(text) => {
            let folder = path.parent().unwrap_or(Path::new("."));
            import_commands_text(&name, &text, &Directory::new(folder))
        }
        Err(error) => Importer::unread(&name, &error),
    }
}

/// Imports a text of `aws` commands, such as a runbook, a shell script or a page that shows them.
pub fn import_commands_text(name: &str, text: &str, files: &dyn FileReader) -> Imported {
    let mut importer = Importer::new(name, text);
    let script = words::script(&importer.problems, importer.source, text);
    let files = &WrittenFirst {
        written: &script.written,
        others: files,
    };
    let mut branches = BTreeSet::new();
    let mut reader = Reader {
        problems: &importer.problems,
        sources: &mut importer.sources,
        files,
        dropped: Vec::new(),
    };
    let mut service = Service::new(&importer.problems);
    let (mut commands, mut read) = (0, 0);
    for said in &script.said {
        let line = match said {
            Said::Answer { member, id } => {
                service.answer(member, id);
                continue;
            }
            Said::Command(line) => line,
        };
        commands += 1;
        if commands > MOST_COMMANDS {
            importer.problems.push(too_many(line.place.clone()));
            break;
        }
        match reader.request(line) {
            Reading::Request(request) => {
                read += 1;
                if let Some((word, place)) = &line.branch
                    && branches.insert(place.1.start)
                {
                    importer.problems.push(in_branch(word, place));
                }
                service.unset_variables(&request.body, line.place.0);
                let variable = line.variable.as_ref().map(|name| format!("${name}"));
                service.run(&request, variable.as_deref());
            }
            Reading::Dropped(why) => reader.dropped.push((line.place.clone(), why)),
            Reading::Refused => {}
        }
    }
    importer.dropped = reader.dropped;
    importer.dropped.extend(service.dropped);
    let account = service.account;
    if read == 0 && !importer.problems.has_errors() {
        importer.problems.push(nothing(commands, importer.source));
    }
    if let Some((lines, first)) = script.passed_over {
        let lines = counted(lines, "line");
        let text = format!("{lines} without an aws command passed over, this one first");
        importer.dropped.push((first, text));
    }
    let file = Path::new(name)
        .file_name()
        .map_or(name.into(), |file| file.to_string_lossy());
    let origin = format!("Imported from {file} by `patchbench import aws-commands`.");
    importer.scenario(&account, &format!("imported from {file}"), &origin)
}

/// Files that a runbook writes come before others.
struct WrittenFirst<'s> {
    written: &'s BTreeMap<String, String>,
    others: &'s dyn FileReader,
}

impl FileReader for WrittenFirst<'_> {
    fn read(&self, path: &str) -> Result<String, String> {
        match self.written.get(path) {
            Some(text) => Ok(text.clone()),
            None => self.others.read(path),
        }
    }
}

fn in_branch(word: &str, place: &Place) -> Problem {
    let message = format!("commands within `{word}` are read once, as if they were carried out");
    let problem = Problem::warning(codes::IMPORT, message).at(place.clone());
    problem.help("take out of the text what is not carried out, and import it again")
}

fn too_many(place: Place) -> Problem {
    let message = format!("more than {} commands in one file", grouped(MOST_COMMANDS as u64));
    Problem::error(codes::SIZE, message).at(place)
}

fn nothing(commands: usize, source: usize) -> Problem {
    let message = match commands {
        0 => "there is no `aws` command in it".to_owned(),
        _ => "none of its commands says anything about patching".to_owned(),
    };
    let problem = Problem::error(codes::IMPORT, message).at((source, 0..0));
    problem.help("commands begin with `aws ssm` or `aws ec2 create-tags`")
}
