//! What a sweep has played so far, on disk: one line a design, added as soon as it is finished. A sweep
//! that is killed at any moment loses the designs that were being played, and nothing else.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use patchbench_report::{SweptDesign, text_hash};

/// The journal within the working folder.
const JOURNAL: &str = "journal.jsonl";
/// The designs of a finished sweep within its result folder.
pub(in crate::commands) const DESIGNS: &str = "designs.jsonl";
/// A new result, and the one that it replaces, within the working folder.
const RESULT: &str = "result";
const OLD: &str = "old";

/// Begins every line; the hash of the rest follows.
const HEAD: &str = "{\"sha256\":\"";
const MIDDLE: &str = "\",\"design\":";
const HASH: usize = 64;

/// A line of a journal: the design with a hash of its text.
pub(super) fn line(design: &SweptDesign) -> String {
    let text = serde_json::to_string(design).unwrap_or_default();
    format!("{HEAD}{}{MIDDLE}{text}}}\n", text_hash(&text))
}

/// Reads a line; `None` where it is torn or was changed.
fn read(line: &str) -> Option<SweptDesign> {
    let rest = line.strip_prefix(HEAD)?;
    let (hash, rest) = (rest.get(..HASH)?, rest.get(HASH..)?);
    let text = rest.strip_prefix(MIDDLE)?.strip_suffix("}\n")?;
    if text_hash(text) != hash {
        return None;
    }
    serde_json::from_str(text).ok()
}

/// Where a design is kept.
#[derive(Clone, Copy, Debug)]
struct Place {
    store: usize,
    offset: u64,
    length: u64,
}

/// Finished designs, by what they depend on.
#[derive(Debug)]
pub(in crate::commands) struct Journal {
    /// Beside the target, with everything that is not finished.
    folder: PathBuf,
    /// Held as long as the sweep works there.
    _lock: File,
    /// The journal, then the designs of a finished result.
    stores: Vec<File>,
    /// Where the next line goes.
    end: u64,
    known: BTreeMap<String, Place>,
}

impl Journal {
    /// Opens the journal of a target folder, and takes over what an earlier sweep left there.
    pub(super) fn open(target: &Path) -> Result<Self, String> {
        let folder = working_folder(target);
        let tell = |error: io::Error| format!("{} cannot be written: {error}", folder.display());
        let lock = lock(&folder)?;
        recover(target, &folder).map_err(tell)?;
        let path = folder.join(JOURNAL);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut journal = options.open(&path).map_err(tell)?;
        let mut known = BTreeMap::new();
        let end = index(&mut journal, 0, &mut known).map_err(tell)?;
        // A line that was torn is cut off, so that the next one begins in a line of its own.
        journal.set_len(end).map_err(tell)?;
        let mut stores = vec![journal];
        if let Ok(mut finished) = File::open(target.join(DESIGNS)) {
            index(&mut finished, 1, &mut known).map_err(tell)?;
            stores.push(finished);
        }
        Ok(Self {
            folder,
            _lock: lock,
            stores,
            end,
            known,
        })
    }

    /// The file of what was played.
    pub(in crate::commands) fn path(&self) -> PathBuf {
        self.folder.join(JOURNAL)
    }

    /// Whether a design was played.
    pub(in crate::commands) fn has(&self, key: &str) -> bool {
        self.known.contains_key(key)
    }

    /// Adds a design that was played.
    pub(in crate::commands) fn add(&mut self, design: &SweptDesign) -> io::Result<()> {
        let line = line(design);
        let file = &mut self.stores[0];
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(line.as_bytes())?;
        let place = Place {
            store: 0,
            offset: self.end,
            length: line.len() as u64,
        };
        self.end += place.length;
        self.known.insert(design.key.clone(), place);
        Ok(())
    }

    /// A design that was played.
    pub(super) fn get(&mut self, key: &str) -> io::Result<SweptDesign> {
        let gone = || io::Error::new(io::ErrorKind::InvalidData, "a design is gone from the journal");
        let place = *self.known.get(key).ok_or_else(gone)?;
        let file = &mut self.stores[place.store];
        file.seek(SeekFrom::Start(place.offset))?;
        let mut text = String::new();
        file.take(place.length).read_to_string(&mut text)?;
        read(&text).ok_or_else(gone)
    }

    /// An empty folder for a new result.
    pub(super) fn result_folder(&self) -> io::Result<PathBuf> {
        let result = self.folder.join(RESULT);
        if result.exists() {
            fs::remove_dir_all(&result)?;
        }
        fs::create_dir_all(&result)?;
        Ok(result)
    }

    /// Puts the new result into its place, and takes the working folder away.
    pub(super) fn finish(self, target: &Path) -> io::Result<()> {
        let old = self.folder.join(OLD);
        if target.exists() {
            fs::rename(target, &old)?;
        }
        if let Err(error) = fs::rename(self.folder.join(RESULT), target) {
            if old.exists() {
                fs::rename(&old, target)?;
            }
            return Err(error);
        }
        // Files are closed first: not every system removes open ones.
        let folder = self.folder.clone();
        drop(self);
        fs::remove_dir_all(folder)
    }
}

/// `.NAME.sweep.partial` beside the target.
fn working_folder(target: &Path) -> PathBuf {
    let parent = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let name = target
        .file_name()
        .map_or_else(|| "result".to_owned(), |name| name.to_string_lossy().into_owned());
    parent.join(format!(".{name}.sweep.partial"))
}

/// Two sweeps that shared a folder would play everything twice and tear each other's lines.
fn lock(folder: &Path) -> Result<File, String> {
    let path = folder.join("lock");
    let tell = |error: io::Error| format!("{} cannot be written: {error}", folder.display());
    loop {
        fs::create_dir_all(folder).map_err(tell)?;
        let file = match File::create(&path) {
            Ok(file) => file,
            // Another sweep has just finished and taken the folder away.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(tell(error)),
        };
        match file.try_lock() {
            Ok(()) if path.exists() => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another sweep works in {}", folder.display()));
            }
            Err(TryLockError::Error(error)) => return Err(tell(error)),
        }
    }
}

/// Sets right what a sweep left that was killed while it put its result into place.
fn recover(target: &Path, folder: &Path) -> io::Result<()> {
    let old = folder.join(OLD);
    if !old.exists() {
        return Ok(());
    }
    if target.exists() {
        fs::remove_dir_all(old)
    } else {
        fs::rename(old, target)
    }
}

/// Notes where the designs of a file are; gives the end of its last whole line.
fn index(file: &mut File, store: usize, known: &mut BTreeMap<String, Place>) -> io::Result<u64> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let (mut offset, mut bytes) = (0, Vec::new());
    loop {
        bytes.clear();
        let length = reader.read_until(b'\n', &mut bytes)? as u64;
        if length == 0 || !bytes.ends_with(b"\n") {
            return Ok(offset);
        }
        if let Some(design) = std::str::from_utf8(&bytes).ok().and_then(read) {
            known.entry(design.key).or_insert(Place {
                store,
                offset,
                length,
            });
        }
        offset += length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn design(number: u64) -> SweptDesign {
        SweptDesign {
            key: format!("{number:032x}"),
            scenario_hash: "h".to_owned(),
            replications: number,
            metrics: vec![vec!["stop".to_owned(), "é\n\"".to_owned()]],
        }
    }

    #[test]
    fn designs_survive_and_torn_lines_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("map");
        let mut journal = Journal::open(&target).unwrap();
        for number in 0..5 {
            journal.add(&design(number)).unwrap();
        }
        let path = journal.folder.join(JOURNAL);
        drop(journal);
        let whole = fs::read(&path).unwrap();
        let last = line(&design(4)).len();
        for torn in 1..=last {
            fs::write(&path, &whole[..whole.len() - torn]).unwrap();
            let mut journal = Journal::open(&target).unwrap();
            assert!(!journal.has(&design(4).key), "{torn} bytes torn off");
            journal.add(&design(4)).unwrap();
            for number in 0..5 {
                assert_eq!(journal.get(&design(number).key).unwrap(), design(number));
            }
            drop(journal);
            assert!(fs::read(&path).unwrap() == whole);
        }
    }

    #[test]
    fn a_line_that_was_changed_counts_as_none() {
        let text = line(&design(7));
        assert_eq!(read(&text), Some(design(7)));
        for place in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[place] ^= 1;
            if let Ok(changed) = String::from_utf8(bytes) {
                assert_eq!(read(&changed), None, "byte {place}");
            }
        }
    }

    #[test]
    fn two_sweeps_do_not_share_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("map");
        let first = Journal::open(&target).unwrap();
        let refused = Journal::open(&target).unwrap_err();
        assert!(refused.starts_with("another sweep works in"), "{refused}");
        drop(first);
        Journal::open(&target).unwrap();
    }

    #[test]
    fn a_result_that_was_half_way_into_its_place_is_set_right() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("map");
        let working = working_folder(&target);
        fs::create_dir_all(working.join(OLD)).unwrap();
        fs::write(working.join(OLD).join(DESIGNS), line(&design(1))).unwrap();
        let mut journal = Journal::open(&target).unwrap();
        assert_eq!(journal.get(&design(1).key).unwrap(), design(1));
        assert!(target.is_dir() && !working.join(OLD).exists());
    }
}
