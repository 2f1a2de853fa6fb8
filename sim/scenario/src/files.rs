//! Where files come from.

use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// Lists of nodes and releases larger than this are refused: 256 MiB.
const LARGEST: u64 = 256 << 20;

/// Why a file that is not there cannot be read.
pub(crate) const NO_SUCH_FILE: &str = "there is no such file";

/// Gives the texts of files that a scenario names.
pub trait FileReader {
    /// The text of a file.
    ///
    /// # Errors
    ///
    /// Why it cannot be had.
    fn read(&self, path: &str) -> Result<String, String>;
}

/// Files relative to a folder.
#[derive(Clone, Debug)]
pub struct Directory {
    base: PathBuf,
}

impl Directory {
    /// The folder that relative paths begin in.
    pub fn new(base: impl Into<PathBuf>) -> Self {
        Self { base: base.into() }
    }
}

impl FileReader for Directory {
    fn read(&self, path: &str) -> Result<String, String> {
        read_file(&self.base.join(path), LARGEST)
    }
}

/// No files: for scenarios that stand alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoFiles;

impl FileReader for NoFiles {
    fn read(&self, _path: &str) -> Result<String, String> {
        Err("no files are available here".to_owned())
    }
}

/// Reads a file as UTF-8, within a size limit.
pub(crate) fn read_file(path: &Path, largest: u64) -> Result<String, String> {
    let about = std::fs::metadata(path).map_err(|error| reason(&error))?;
    if !about.is_file() {
        let what = if about.is_dir() {
            "it is a folder"
        } else {
            "it is not a regular file"
        };
        return Err(what.to_owned());
    }
    if about.len() > largest {
        return Err(format!(
            "it has {} MiB; at most {} are read",
            about.len() >> 20,
            largest >> 20
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| reason(&error))?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("it is in UTF-16; save it as UTF-8".to_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let before = String::from_utf8_lossy(valid);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("line {line}, column {column} is not UTF-8; save the file as UTF-8")
    })
}

/// Whether a file begins with these bytes.
pub(crate) fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let mut first = vec![0; bytes.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == bytes
}

/// The reason in the same words on every system.
fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => NO_SUCH_FILE.to_owned(),
        ErrorKind::PermissionDenied => "reading it is not permitted".to_owned(),
        ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    }
}
