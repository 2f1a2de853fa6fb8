//! The files below a folder.

use std::path::{Path, PathBuf};

use super::LARGEST;
use crate::codes;
use crate::files::{folder_reason, read_file};
use crate::numbers::grouped;
use crate::problem::{Problem, Sources};
use crate::read::Problems;

/// More files are refused.
const MOST_FILES: usize = 10_000;

/// More text in all files together is refused: 256 MiB.
const MOST_TEXT: usize = 256 << 20;

/// Folders within each other that are looked into.
const DEEPEST: usize = 16;

/// Adds the texts of all files whose names end in .json, in the order of their paths. A path that is a
/// file is read whatever its name. Returns the sources.
pub(super) fn read(path: &Path, sources: &mut Sources, problems: &Problems) -> Vec<usize> {
    let (mut files, mut read) = (Vec::new(), Vec::new());
    let refuse = |sources: &mut Sources, path: &Path, message: String| {
        let source = sources.add(path.display().to_string(), "");
        problems.push(Problem::error(codes::FILE, message).at((source, 0..0)));
    };
    if path.is_file() {
        files.push(path.to_owned());
    } else if let Err((at, error)) = walk(path, 0, &mut files) {
        refuse(
            sources,
            &at,
            format!("{} cannot be read: {}", at.display(), folder_reason(&error)),
        );
        return read;
    }
    if files.len() > MOST_FILES {
        let most = grouped(MOST_FILES as u64);
        refuse(
            sources,
            path,
            format!("there are more than {most} files below {}", path.display()),
        );
        return read;
    }
    let mut total = 0;
    for file in files {
        match read_file(&file, LARGEST) {
            Ok(text) => {
                total += text.len();
                if total > MOST_TEXT {
                    let message = format!("the files below {} have more than 256 MiB", path.display());
                    refuse(sources, path, message);
                    return read;
                }
                read.push(sources.add(file.display().to_string(), text));
            }
            Err(error) => {
                let source = sources.add(file.display().to_string(), error.read.as_str());
                let message = format!("{} cannot be read: {error}", file.display());
                problems.push(Problem::error(codes::FILE, message).at((source, error.at())));
            }
        }
    }
    read
}

type Failure = (PathBuf, std::io::Error);

/// Collects files; links to folders are not followed, for they may lead in circles.
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let failed = |error| (folder.to_owned(), error);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        entries.push((entry.path(), entry.file_type().map_err(failed)?.is_dir()));
    }
    entries.sort();
    for (path, is_folder) in entries {
        let is_json = path
            .extension()
            .is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
        if is_folder && depth < DEEPEST {
            walk(&path, depth + 1, files)?;
        } else if !is_folder && is_json && files.len() <= MOST_FILES {
            files.push(path);
        }
    }
    Ok(())
}
