//! Result folders and files: written whole or not at all.
//!
//! What is written stands in `.NAME.PID.partial` beside its place until it is whole and on the disk, and is then
//! renamed. A result that is replaced stands in `.NAME.PID.old` for that moment. Who works on one of these
//! holds a lock on it, so that what a killed process left can be told from what is in use: the next process
//! that writes there sets it right.

mod leftover;
mod workshop;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::thread;

use patchbench_report::ReportFile;

pub(crate) use leftover::recover;
use leftover::{Ending, beside, claim, claim_new, parent};
pub(crate) use workshop::Workshop;

/// Writes files into a folder beside the wanted one, then puts it into its place. A folder that
/// holds a result is replaced only with `force`; one that holds anything else never is.
pub(crate) fn write(target: &Path, files: &[ReportFile], force: bool) -> Result<(), String> {
    check_free(target, force)?;
    let tell = |error: io::Error| cannot_be_written(target, error);
    fs::create_dir_all(parent(target)).map_err(tell)?;
    let temporary = beside(target, Ending::Partial);
    let create = |path: &Path| fs::create_dir(path).map(|()| File::open(path).ok());
    let claimed = claim_new(&temporary, create).map_err(tell)?;
    let written = write_files(&temporary, target, files)
        .and_then(|()| sync_below(&temporary).map_err(tell))
        .and_then(|()| replace(target, &temporary).map_err(tell));
    if written.is_err() {
        let _ = fs::remove_dir_all(&temporary);
    }
    drop(claimed);
    written
}

/// Whether a result may be written there. What a killed process left there is set right before.
pub(crate) fn check_free(target: &Path, force: bool) -> Result<(), String> {
    recover(target);
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

fn write_files(folder: &Path, target: &Path, files: &[ReportFile]) -> Result<(), String> {
    for file in files {
        let place = |folder: &Path| {
            file.path
                .split('/')
                .fold(PathBuf::from(folder), |path, part| path.join(part))
        };
        let path = place(folder);
        let ready = path.parent().map_or(Ok(()), fs::create_dir_all);
        let written = ready.and_then(|()| fs::write(path, &file.bytes));
        written.map_err(|error| cannot_be_written(&place(target), error))?;
    }
    Ok(())
}

/// Puts a folder that is whole into its place. The old result is set aside until then.
fn replace(target: &Path, new: &Path) -> io::Result<()> {
    if !target.exists() {
        fs::rename(new, target)?;
        return sync_folder(parent(target));
    }
    let old = beside(target, Ending::Old);
    let claimed = claim(target);
    fs::rename(target, &old)?;
    if let Err(error) = fs::rename(new, target) {
        fs::rename(&old, target)?;
        return Err(error);
    }
    sync_folder(parent(target))?;
    let removed = fs::remove_dir_all(old);
    drop(claimed);
    removed
}

/// Writes a file whole or not at all: beside its place, then into it.
pub(crate) fn write_file(target: &Path, bytes: &[u8]) -> Result<(), String> {
    let tell = |error: io::Error| cannot_be_written(target, error);
    fs::create_dir_all(parent(target)).map_err(tell)?;
    recover(target);
    let temporary = beside(target, Ending::Partial);
    let claimed = claim_new(&temporary, |path| File::create_new(path).map(Some)).map_err(tell)?;
    let written = claimed
        .as_ref()
        .map_or(Ok(()), |mut file| {
            file.write_all(bytes).and_then(|()| file.sync_all())
        })
        .and_then(|()| fs::rename(&temporary, target))
        .and_then(|()| sync_folder(parent(target)));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    drop(claimed);
    written.map_err(tell)
}

fn cannot_be_written(path: &Path, error: io::Error) -> String {
    format!("{} cannot be written: {error}", path.display())
}

/// Threads that wait for the disk. It takes little longer for several files at once than for one.
const WAITING: usize = 8;

/// Waits until everything below a folder is on the disk, so that what is renamed afterwards is whole even if
/// the machine goes down.
pub(crate) fn sync_below(folder: &Path) -> io::Result<()> {
    let (mut files, mut folders, mut open) = (Vec::new(), Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                files.push(path);
            }
        }
        folders.push(folder);
    }
    thread::scope(|scope| {
        let shares = files.chunks(files.len().div_ceil(WAITING).max(1));
        let waiting = shares.map(|share| thread::Builder::new().spawn_scoped(scope, || sync_files(share)));
        let waiting = waiting.collect::<io::Result<Vec<_>>>()?;
        let failed = |_| io::Error::other("waiting for the disk failed");
        let mut done = waiting.into_iter().map(|worker| worker.join().map_err(failed)?);
        done.find(Result::is_err).unwrap_or(Ok(()))
    })?;
    folders.iter().try_for_each(|folder| sync_folder(folder))
}

fn sync_files(files: &[PathBuf]) -> io::Result<()> {
    let sync = |file: &PathBuf| File::options().write(true).open(file)?.sync_all();
    files.iter().try_for_each(sync)
}

/// The same for the names in a folder. Not every system opens folders, or writes them on demand.
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    let Ok(opened) = File::open(folder) else {
        return Ok(());
    };
    match opened.sync_all() {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        done => done,
    }
}
