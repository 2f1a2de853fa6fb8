//! Where files come from.

use std::path::{Path, PathBuf};

/// Files larger than this are refused: 256 MiB.
const LARGEST: u64 = 256 << 20;

/// Gives the texts of files that a scenario names.
pub trait FileReader {
    /// The text of a file, or why it cannot be had.
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
        read_file(&self.base.join(path))
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

/// Reads a file as UTF-8, within the size limit.
pub(crate) fn read_file(path: &Path) -> Result<String, String> {
    let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !about.is_file() {
        return Err("it is not a regular file".to_owned());
    }
    if about.len() > LARGEST {
        return Err(format!(
            "it has {} MiB; at most {} are read",
            about.len() >> 20,
            LARGEST >> 20
        ));
    }
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    String::from_utf8(bytes)
        .map_err(|error| format!("byte {} is not UTF-8", error.utf8_error().valid_up_to()))
}
