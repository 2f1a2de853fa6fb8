//! What stands beside a result while it is written, and what a killed process leaves of it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// What it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// A result that is not whole yet.
    Partial,
    /// A result that is being replaced.
    Old,
}

impl Ending {
    const fn name(self) -> &'static str {
        match self {
            Self::Partial => "partial",
            Self::Old => "old",
        }
    }
}

/// The folder that something stands in.
pub(super) fn parent(target: &Path) -> &Path {
    let parent = target.parent().filter(|parent| !parent.as_os_str().is_empty());
    parent.unwrap_or(Path::new("."))
}

fn name(target: &Path) -> String {
    let name = target.file_name();
    name.map_or_else(|| "result".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Where this process puts it.
pub(super) fn beside(target: &Path, ending: Ending) -> PathBuf {
    let (name, process) = (name(target), std::process::id());
    parent(target).join(format!(".{name}.{process}.{}", ending.name()))
}

/// Creates something and locks it until what is given is dropped. Where no locks are to be had it is created all
/// the same.
pub(super) fn claim_new(
    path: &Path,
    create: impl Fn(&Path) -> io::Result<Option<File>>,
) -> io::Result<Option<File>> {
    loop {
        let created = create(path)?;
        let locked = created.as_ref().is_some_and(|file| file.lock().is_ok());
        // Between the two another process may have taken it for a leftover.
        if !locked || path.exists() {
            return Ok(created);
        }
    }
}

/// Locks what is there until what is given is dropped, if nobody else holds it and locks are to be had.
pub(super) fn claim(path: &Path) -> Option<File> {
    let file = File::open(path).ok()?;
    file.try_lock().ok().map(|()| file)
}

/// Sets right what killed processes left beside a target: unfinished results go, and a result that had been set
/// aside comes back if nothing took its place. What is in use, or cannot be known not to be, stays; so does what
/// cannot be changed, for then writing fails in its turn and says why.
pub(crate) fn recover(target: &Path) {
    for (path, ending, process) in leftovers(target) {
        let claimed = claim_stale(&path, process);
        if !claimed.is_stale() {
            continue;
        }
        let _ = match ending {
            Ending::Partial => remove(&path),
            Ending::Old if is_result(&path) && is_free(target) => fs::rename(&path, target),
            Ending::Old if is_result(target) => remove(&path),
            // An empty folder had been replaced. Anything else is nothing of ours.
            Ending::Old => fs::remove_dir(&path),
        };
    }
}

/// Whether something is a leftover, held against other processes as long as this lives.
enum Claim {
    Stale { _lock: Option<File> },
    InUse,
}

impl Claim {
    const fn is_stale(&self) -> bool {
        matches!(self, Self::Stale { .. })
    }
}

fn claim_stale(path: &Path, process: u32) -> Claim {
    let Ok(file) = File::open(path) else {
        return Claim::InUse;
    };
    match file.try_lock() {
        Ok(()) => Claim::Stale { _lock: Some(file) },
        // Without locks only what bears the number of this very process is certain.
        Err(TryLockError::Error(_)) if process == std::process::id() => Claim::Stale { _lock: None },
        Err(_) => Claim::InUse,
    }
}

/// What bears a name that a process gives to what it works on.
fn leftovers(target: &Path) -> Vec<(PathBuf, Ending, u32)> {
    let Ok(entries) = fs::read_dir(parent(target)) else {
        return Vec::new();
    };
    let head = format!(".{}.", name(target));
    let read = |path: PathBuf| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        let (process, ending) = name.strip_prefix(&head)?.split_once('.')?;
        let ending = [Ending::Partial, Ending::Old]
            .into_iter()
            .find(|known| known.name() == ending)?;
        let digits = process.bytes().all(|byte| byte.is_ascii_digit());
        let process = process.parse().ok().filter(|_| digits)?;
        Some((path, ending, process))
    };
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    let mut found: Vec<_> = paths.filter_map(read).collect();
    found.sort_by(|(a, ..), (b, ..)| a.cmp(b));
    found
}

fn is_result(folder: &Path) -> bool {
    folder.join("manifest.json").is_file()
}

/// Nothing is there, or an empty folder.
fn is_free(target: &Path) -> bool {
    !target.exists() || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none())
}

fn remove(path: &Path) -> io::Result<()> {
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder that looks like a result.
    fn result(folder: &Path, says: &str) {
        fs::create_dir(folder).unwrap();
        fs::write(folder.join("manifest.json"), says).unwrap();
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn leftovers_go_and_nothing_else_does() {
        let desk = tempfile::tempdir().unwrap();
        let target = desk.path().join("out");
        let others = [
            ".out.partial",
            ".out.x1.partial",
            ".out.+1.partial",
            ".out.1.2.partial",
            ".out.1.partials",
            ".out.sweep.partial",
            ".other.1.partial",
            "out.1.partial",
            ".out.1.old.partial",
        ];
        for other in others {
            fs::create_dir(desk.path().join(other)).unwrap();
        }
        result(&desk.path().join(".out.1.partial"), "half");
        fs::write(desk.path().join(".out.2.partial"), "half a file").unwrap();
        recover(&target);
        let mut expected = others.map(str::to_owned);
        expected.sort();
        assert_eq!(names(desk.path()), expected);
    }

    #[test]
    fn what_a_living_process_works_on_stays() {
        let desk = tempfile::tempdir().unwrap();
        let target = desk.path().join("out");
        let path = beside(&target, Ending::Partial);
        let create = |path: &Path| fs::create_dir(path).map(|()| File::open(path).ok());
        let claimed = claim_new(&path, create).unwrap();
        let old = desk.path().join(".out.7.old");
        result(&old, "old");
        let set_aside = claim(&old).unwrap();
        recover(&target);
        assert!(path.exists() && old.exists() && !target.exists());
        drop((claimed, set_aside));
        recover(&target);
        assert!(!path.exists() && !old.exists());
        assert_eq!(fs::read_to_string(target.join("manifest.json")).unwrap(), "old");
    }

    #[test]
    fn an_old_result_comes_back_unless_a_new_one_is_there() {
        let desk = tempfile::tempdir().unwrap();
        let target = desk.path().join("out");
        let old = desk.path().join(".out.7.old");
        for free in [true, false] {
            result(&old, "old");
            if free {
                fs::create_dir(&target).unwrap();
            }
            recover(&target);
            assert!(!old.exists());
            assert_eq!(fs::read_to_string(target.join("manifest.json")).unwrap(), "old");
            result(&old, "older");
            recover(&target);
            assert_eq!(fs::read_to_string(target.join("manifest.json")).unwrap(), "old");
            assert_eq!(names(desk.path()), ["out"]);
            fs::remove_dir_all(&target).unwrap();
        }
        // Files that are no result are never taken away with what was set aside.
        fs::create_dir(&target).unwrap();
        fs::write(target.join("notes.txt"), "mine").unwrap();
        result(&old, "old");
        recover(&target);
        assert_eq!(names(desk.path()), [".out.7.old", "out"]);
    }
}
