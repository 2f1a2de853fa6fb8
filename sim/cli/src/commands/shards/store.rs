//! The folder of parts: its plan, and part files that are written whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use patchbench_report::{
    PART_FORMAT, PartHeader, PartName, PartProblem, part_file, read_part, sha256, short_plan,
};
use patchbench_study::NUMERIC_PROFILE;
use serde::{Deserialize, Serialize};

use crate::args::Missing;
use crate::folder;

/// The plan within the folder.
const PLAN: &str = "plan.json";

/// What a folder of parts is about: whoever merges or resumes needs to say nothing again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ShardPlan {
    /// [`PART_FORMAT`].
    pub(super) patchbench_plan: u32,
    /// Hash of what is played: scenario, seed, replications or precision, designs, version.
    pub(super) plan: String,
    /// Version of the program.
    pub(super) version: String,
    /// How numbers are worked out.
    pub(super) numbers: String,
    /// Replications in a chunk.
    pub(super) chunk: u64,
    /// Chunks of the first round.
    pub(super) chunks: u64,
    /// Into how many shards they are cut, unless told otherwise.
    pub(super) shards: u64,
    /// Words of the command, without the program's name, shard and folder.
    pub(super) words: Vec<String>,
}

/// A folder of parts.
#[derive(Clone, Debug)]
pub(in crate::commands) struct Store {
    pub(super) folder: PathBuf,
}

/// A part file that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartFile {
    /// Its name, which may be another than ours where parts were gathered from several folders.
    pub(super) name: String,
    /// Its chunks.
    pub(super) chunks: Range<u64>,
    /// SHA-256 of its sums.
    sums: String,
}

/// Parts of a round that are there.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Whole ones, in order, each once.
    pub(super) parts: Vec<PartFile>,
    /// Others, with what is wrong.
    pub(super) wrong: Vec<(String, PartProblem)>,
    /// Parts of the same chunks that are not equal.
    pub(super) different: Vec<(String, String)>,
}

impl Found {
    pub(super) fn ranges(&self) -> impl Iterator<Item = Range<u64>> {
        self.parts.iter().map(|part| part.chunks.clone())
    }

    /// Keeps one of equal parts.
    fn settle(&mut self) {
        self.parts.sort_unstable_by(|a, b| {
            (a.chunks.start, a.chunks.end, &a.name).cmp(&(b.chunks.start, b.chunks.end, &b.name))
        });
        let different = &mut self.different;
        self.parts.dedup_by(|later, first| {
            let same = later.chunks == first.chunks;
            if same && later.sums != first.sums {
                different.push((first.name.clone(), later.name.clone()));
            }
            same
        });
    }
}

impl Store {
    pub(in crate::commands) fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
        }
    }

    /// The plan, if there is one.
    pub(super) fn plan(&self) -> Result<Option<ShardPlan>, String> {
        let path = self.folder.join(PLAN);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("{} cannot be read: {error}", path.display())),
        };
        let wrong = |what: String| {
            let path = path.display();
            format!(
                "{path} is no plan: {what}\n   = help: remove it; the first shard, or `launch`, writes it anew"
            )
        };
        let plan: ShardPlan = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let most = Missing::MOST_SHARDS;
        match plan.shards {
            1..=Missing::MOST_SHARDS => Ok(Some(plan)),
            shards => Err(wrong(format!("it has {shards} shards; there are 1 to {most}"))),
        }
    }

    /// When the plan was written, and when the last part was.
    pub(super) fn times(&self) -> Option<(std::time::SystemTime, std::time::SystemTime)> {
        let written = |path: &Path| fs::metadata(path).and_then(|data| data.modified()).ok();
        let parts = self.names().ok()?.into_iter();
        let last = parts.filter_map(|name| written(&self.folder.join(name))).max()?;
        Some((written(&self.folder.join(PLAN))?, last))
    }

    /// Writes the plan.
    pub(super) fn write_plan(&self, plan: &ShardPlan) -> Result<(), String> {
        let text = serde_json::to_string_pretty(plan).unwrap_or_default() + "\n";
        self.write(PLAN, text.as_bytes())
    }

    /// Names of all part files, in order; none where there is no folder yet.
    fn names(&self) -> Result<Vec<String>, String> {
        let tell = |error: io::Error| format!("{} cannot be read: {error}", self.folder.display());
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(tell(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let name = entry.map_err(tell)?.file_name().to_string_lossy().into_owned();
            names.extend(name.starts_with("part-").then_some(name));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Parts of a round that have chunks of a range, and what is wrong with files that may be such parts;
    /// each is read whole.
    pub(super) fn find(&self, wanted: &PartHeader, within: &Range<u64>) -> Result<Found, String> {
        let mut found = Found::default();
        for name in self.names()? {
            let told = PartName::parse(&name);
            let elsewhere = told.as_ref().is_some_and(|told| {
                let own = told.plan == short_plan(&wanted.plan);
                own && (told.round != wanted.round
                    || told.chunks.0 >= within.end
                    || told.chunks.1 <= within.start)
            });
            if elsewhere {
                continue;
            }
            match self.read(wanted, &name) {
                Ok((header, sums)) => found.parts.push(PartFile {
                    chunks: header.from..header.until,
                    sums: sha256(&sums),
                    name,
                }),
                Err(PartProblem::Other("round" | "chunks of the round", ..)) if told.is_none() => {}
                Err(problem) => found.wrong.push((name, problem)),
            }
        }
        found
            .parts
            .retain(|part| part.chunks.start < within.end && part.chunks.end > within.start);
        found.settle();
        Ok(found)
    }

    /// What a part says of itself, and its sums.
    pub(super) fn read(&self, wanted: &PartHeader, name: &str) -> Result<(PartHeader, Vec<u8>), PartProblem> {
        let bytes = fs::read(self.folder.join(name)).map_err(|_| PartProblem::Damaged)?;
        let (header, sums) = read_part(&bytes)?;
        let told = PartName::parse(name).map_or((header.from, header.until), |told| told.chunks);
        header.check(&PartHeader {
            from: told.0,
            until: told.1,
            ..wanted.clone()
        })?;
        let inside = header.from < header.until && header.until <= header.of;
        if inside {
            Ok((header, sums.to_vec()))
        } else {
            Err(PartProblem::Damaged)
        }
    }

    /// Writes a part.
    pub(super) fn write_part(&self, header: &PartHeader, sums: &[u8]) -> Result<(), String> {
        let name = PartName::new(&header.plan, header.round, &(header.from..header.until));
        self.write(&name.to_string(), &part_file(header, sums))
    }

    /// Writes a file whole or not at all. Its name is unique until then over all machines that share the
    /// folder, where numbers of processes are not.
    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let target = self.folder.join(name);
        let tell = |error: io::Error| format!("{} cannot be written: {error}", target.display());
        fs::create_dir_all(&self.folder).map_err(tell)?;
        let (prefix, mut builder) = (format!(".{name}."), tempfile::Builder::new());
        builder.prefix(&prefix).suffix(".partial");
        // Others may have to merge it: as readable as any other file.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let mut file = builder.tempfile_in(&self.folder).map_err(tell)?;
        file.write_all(bytes)
            .and_then(|()| file.as_file().sync_all())
            .map_err(tell)?;
        file.persist(&target).map_err(|error| tell(error.error))?;
        folder::sync_folder(&self.folder).map_err(tell)
    }
}

/// The header of parts of a round; the chunks are those of all of it.
pub(super) fn header(plan: &str, round: u32, chunks: u64) -> PartHeader {
    PartHeader {
        patchbench_part: PART_FORMAT,
        plan: plan.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        numbers: NUMERIC_PROFILE.to_owned(),
        round,
        from: 0,
        until: chunks,
        of: chunks,
    }
}
