//! A result that is made beside the one whose place it takes.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::{Ending, beside, cannot_be_written, claim_new, parent, recover, replace, sync_below};

/// An empty folder beside a target, `.NAME.PID.partial`. It goes when this is dropped, with what is in it; what
/// a killed process left goes as other leftovers do.
pub(crate) struct Workshop {
    path: PathBuf,
    claimed: Option<File>,
}

impl Workshop {
    /// Opens it beside a target, after setting right what a killed process left there.
    pub(crate) fn open(target: &Path) -> Result<Self, String> {
        recover(target);
        let path = beside(target, Ending::Partial);
        let create = |path: &Path| fs::create_dir(path).map(|()| File::open(path).ok());
        let claimed = fs::create_dir_all(parent(target)).and_then(|()| claim_new(&path, create));
        match claimed {
            Ok(claimed) => Ok(Self { path, claimed }),
            Err(error) => Err(cannot_be_written(&path, error)),
        }
    }

    /// Where the result is to be made.
    pub(crate) fn result(&self) -> PathBuf {
        self.path.join("result")
    }

    /// Puts the result into the place of the target, whole or not at all.
    pub(crate) fn deliver(&self, target: &Path) -> Result<(), String> {
        let result = self.result();
        let put = sync_below(&result).and_then(|()| replace(target, &result));
        put.map_err(|error: io::Error| cannot_be_written(target, error))
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
        self.claimed = None;
    }
}
