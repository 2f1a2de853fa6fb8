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
        read_file(&self.base.join(path), LARGEST).map_err(|error| error.why)
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

/// Why a file is not read, and how far it was.
#[derive(Debug)]
pub(crate) struct Unread {
    why: String,
    /// The text before the first byte that is not UTF-8.
    pub(crate) read: String,
}

impl Unread {
    /// The place of the problem in [`Self::read`].
    pub(crate) const fn at(&self) -> std::ops::Range<usize> {
        self.read.len()..self.read.len()
    }
}

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.why)
    }
}

impl From<String> for Unread {
    fn from(why: String) -> Self {
        let read = String::new();
        Self { why, read }
    }
}

impl From<std::io::Error> for Unread {
    fn from(error: std::io::Error) -> Self {
        reason(&error).into()
    }
}

/// Reads a file as UTF-8, within a size limit.
pub(crate) fn read_file(path: &Path, largest: u64) -> Result<String, Unread> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        let what = if about.is_dir() {
            "it is a folder"
        } else {
            "it is not a regular file"
        };
        return Err(what.to_owned().into());
    }
    if about.len() > largest {
        return Err(format!(
            "it has {} MiB; at most {} are read",
            about.len() >> 20,
            largest >> 20
        )
        .into());
    }
    text(std::fs::read(path)?)
}

/// What stands for standard input where one file is read.
const STANDARD_INPUT: &str = "-";

/// The name of one file to read, for messages.
pub(crate) fn input_name(path: &Path) -> String {
    if path.as_os_str() == STANDARD_INPUT {
        return "standard input".to_owned();
    }
    path.display().to_string()
}

/// Reads one file that a user names as [`read_file`] does: `-` is standard input, and pipes are read, too.
pub(crate) fn read_input(path: &Path, largest: u64) -> Result<String, Unread> {
    if path.as_os_str() == STANDARD_INPUT {
        return read_stream(std::io::stdin().lock(), largest);
    }
    let about = std::fs::metadata(path)?;
    if about.is_file() || about.is_dir() {
        return read_file(path, largest);
    }
    read_stream(std::fs::File::open(path)?, largest)
}

fn read_stream(stream: impl std::io::Read, largest: u64) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    stream.take(largest + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > largest {
        return Err(format!("it has more than {} MiB; no more are read", largest >> 20).into());
    }
    text(bytes)
}

/// Bytes as UTF-8.
fn text(bytes: Vec<u8>) -> Result<String, Unread> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err("it is in UTF-16; save it as UTF-8".to_owned().into());
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let mut sources = crate::problem::Sources::default();
        let read = String::from_utf8_lossy(valid).into_owned();
        let source = sources.add("", read.as_str());
        let (line, column) = sources.line_column(source, read.len());
        let why = format!("line {line}, column {column} is not UTF-8; save the file as UTF-8");
        Unread { why, read }
    })
}

/// Whether a file begins with these bytes.
pub(crate) fn begins_with(path: &Path, bytes: &[u8]) -> bool {
    let mut first = vec![0; bytes.len()];
    let read = std::fs::File::open(path).and_then(|mut file| file.read_exact(&mut first));
    read.is_ok() && first == bytes
}

/// Why a folder cannot be read.
pub(crate) fn folder_reason(error: &std::io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "there is no such folder".to_owned(),
        ErrorKind::NotADirectory => "it is no folder".to_owned(),
        _ => reason(error),
    }
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
