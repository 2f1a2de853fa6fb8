//! Result folders: written whole or not at all.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use patchbench_report::ReportFile;

/// Writes files into a folder beside the wanted one, then puts it into its place. A folder that
/// holds a result is replaced only with `force`; one that holds anything else never is.
pub(crate) fn write(target: &Path, files: &[ReportFile], force: bool) -> Result<(), String> {
    let tell = |what: &str, error: io::Error| format!("{} {what}: {error}", target.display());
    check_free(target, force)?;
    let parent = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| tell("cannot be created", error))?;
    let name = target
        .file_name()
        .map_or_else(|| "result".to_owned(), |name| name.to_string_lossy().into_owned());
    let temporary = parent.join(format!(".{name}.{}.partial", std::process::id()));
    let written = write_files(&temporary, files).and_then(|()| replace(target, &temporary));
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    written.map_err(|error| tell("cannot be written", error))
}

/// Whether a result may be written there.
pub(crate) fn check_free(target: &Path, force: bool) -> Result<(), String> {
    if !target.exists() {
        return Ok(());
    }
    let shown = target.display();
    if !target.is_dir() {
        return Err(format!("{shown} is not a folder"));
    }
    let mut entries = fs::read_dir(target).map_err(|error| format!("{shown} cannot be read: {error}"))?;
    if entries.next().is_none() {
        return Ok(());
    }
    match (target.join("manifest.json").is_file(), force) {
        (true, true) => Ok(()),
        (true, false) => Err(format!("{shown} holds a finished result; --force replaces it")),
        (false, _) => Err(format!(
            "{shown} holds other files than a result; choose another folder"
        )),
    }
}

fn write_files(folder: &Path, files: &[ReportFile]) -> io::Result<()> {
    for file in files {
        let path = file
            .path
            .split('/')
            .fold(PathBuf::from(folder), |path, part| path.join(part));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, &file.bytes)?;
    }
    Ok(())
}

/// The old result is set aside until the new one is in its place.
fn replace(target: &Path, new: &Path) -> io::Result<()> {
    if !target.exists() {
        return fs::rename(new, target);
    }
    let old = new.with_extension("old");
    fs::rename(target, &old)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(&old, target)?;
        return Err(error);
    }
    fs::remove_dir_all(old)
}

/// Writes a file whole or not at all: beside its place, then into it.
pub(crate) fn write_file(target: &Path, bytes: &[u8]) -> Result<(), String> {
    let tell = |error: io::Error| format!("{} cannot be written: {error}", target.display());
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let temporary = target.with_file_name(format!(".{name}.{}.partial", std::process::id()));
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
    let ready = folder.map_or(Ok(()), fs::create_dir_all);
    let written = ready
        .and_then(|()| fs::write(&temporary, bytes))
        .and_then(|()| fs::rename(&temporary, target));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(tell)
}
