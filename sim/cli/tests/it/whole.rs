//! Results are whole or not there: after a kill at any moment, and on a disk that is full.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use patchbench_report::sha256;
use serde_json::Value;

use crate::binary::{Answer, answer, files_below, root, scenario};

/// The words of a run into a folder.
fn words<'w>(file: &'w str, seed: &'w str, out: &'w Path) -> Vec<&'w str> {
    let out = out.to_str().unwrap();
    vec![
        "run", "--quiet", "--reps", "3", "--seed", seed, file, "--out", out,
    ]
}

fn file() -> String {
    scenario("e01.toml").to_str().unwrap().to_owned()
}

fn run(seed: &str, out: &Path, more: &[&str]) -> Answer {
    answer(words(&file(), seed, out).iter().chain(more))
}

/// Every file that the manifest names is there with its hash, and no other file is.
fn assert_whole(folder: &Path) {
    let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let outputs = manifest["outputs"].as_array().unwrap();
    let mut expected: BTreeSet<(String, String)> = outputs
        .iter()
        .map(|output| ["path", "sha256"].map(|key| output[key].as_str().unwrap().to_owned()))
        .map(|[path, hash]| (path, hash))
        .collect();
    assert!(expected.len() > 10);
    let files = files_below(folder).into_iter();
    for (path, bytes) in files.filter(|(path, _)| path != "manifest.json") {
        assert!(expected.remove(&(path.clone(), sha256(&bytes))), "{path}");
    }
    assert!(expected.is_empty(), "{expected:?}");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn spawn(seed: &str, out: &Path) -> Child {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("patchbench"));
    let command = command
        .current_dir(root())
        .args(words(&file(), seed, out))
        .arg("--force");
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Waits until the run has begun to write, or has ended.
fn until_it_writes(folder: &Path, child: &mut Child) {
    let writes = |name: &String| name.ends_with(".partial");
    while !names(folder).iter().any(writes) && child.try_wait().unwrap().is_none() {
        std::thread::yield_now();
    }
}

#[test]
fn a_run_that_is_killed_leaves_a_whole_result_or_none() {
    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("out");
    let began = Instant::now();
    assert_eq!(run("1", &out, &[]).code, 0);
    let whole = began.elapsed();
    let old = std::fs::read(out.join("manifest.json")).unwrap();
    let mut killed_while_writing = 0;
    for kill in 0..40_u32 {
        // Every other run finds no result. Half of the kills come anywhere, half within the writing.
        let fresh = kill % 2 == 0;
        if fresh {
            std::fs::remove_dir_all(&out).unwrap();
        }
        let mut child = spawn("2", &out);
        if kill < 20 {
            std::thread::sleep(whole * kill / 19);
        } else {
            until_it_writes(desk.path(), &mut child);
            std::thread::sleep(Duration::from_micros(u64::from(kill * kill * 37 % 8_000)));
        }
        let _ = child.kill();
        child.wait().unwrap();
        let left = names(desk.path());
        killed_while_writing += usize::from(left.iter().any(|name| name.ends_with(".partial")));
        let there = out.exists();
        if there {
            assert_whole(&out);
        }
        let kept = there || left.iter().any(|name| name.contains(".old"));
        assert!(kept || fresh, "the old result is gone: {left:?}");
        // The next one that asks finds the result that was there, or else writes its own; leftovers go.
        let next = run("1", &out, &[]);
        assert_eq!(next.code, i32::from(kept), "{left:?}: {}", next.err);
        assert_whole(&out);
        assert_eq!(names(desk.path()), ["out"], "killed in round {kill}");
        assert_eq!(run("1", &out, &["--force"]).code, 0);
        assert!(std::fs::read(out.join("manifest.json")).unwrap() == old);
    }
    assert!(
        killed_while_writing > 0,
        "no kill came while a result was written"
    );
}

#[test]
fn a_result_that_was_set_aside_when_its_run_was_killed_comes_back() {
    let desk = tempfile::tempdir().unwrap();
    let out = desk.path().join("out");
    assert_eq!(run("1", &out, &[]).code, 0);
    let old = files_below(&out);
    // Exactly between the two renames: the old result is aside, the new one not yet in its place.
    let set_aside = || {
        std::fs::rename(&out, desk.path().join(".out.4000000.old")).unwrap();
        std::fs::create_dir_all(desk.path().join(".out.4000000.partial/plots")).unwrap();
    };
    let file = file();
    let factor = [
        "sweep",
        &file,
        "--vary",
        "nodes.web.count=10,11",
        "--reps",
        "2",
        "--out",
    ];
    let sweep: Vec<&str> = factor.into_iter().chain([out.to_str().unwrap()]).collect();
    let compare = [
        "compare",
        &file,
        &file,
        "--reps",
        "2",
        "--out",
        out.to_str().unwrap(),
    ];
    for words in [words(&file, "2", &out), sweep, compare.to_vec()] {
        set_aside();
        let refused = answer(words.iter());
        assert_eq!(refused.code, 1, "{words:?}: {}", refused.err);
        assert!(refused.err.contains("holds a finished result"), "{}", refused.err);
        assert!(files_below(&out) == old);
        assert_eq!(names(desk.path()), ["out"]);
    }
    set_aside();
    assert_eq!(run("2", &out, &["--force"]).code, 0);
    assert_whole(&out);
    assert!(files_below(&out) != old);
    assert_eq!(names(desk.path()), ["out"]);
}

/// A file system of a few megabytes, unmounted in the end.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// `None` where mounting is not permitted.
    #[expect(clippy::print_stderr, reason = "a skipped test says so aloud")]
    fn new() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        let mount = mount
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path());
        let mounted = mount.stderr(Stdio::null()).status();
        if mounted.is_ok_and(|status| status.success()) {
            return Some(Self(folder));
        }
        eprintln!("skipped: no file system can be mounted here, which takes root on Linux");
        None
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Leaves this much room.
    fn fill(&self, room: usize) {
        let mut filler = std::fs::File::create(self.path("filler")).unwrap();
        while filler.write_all(&[0; 4_096]).is_ok() {}
        let size = filler.metadata().unwrap().len();
        filler.set_len(size - room as u64).unwrap();
    }

    fn free(&self) {
        std::fs::remove_file(self.path("filler")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.path()).status();
    }
}

fn assert_full(done: &Answer, path: &str) {
    assert_eq!(done.code, 1, "{}", done.err);
    for words in [path, "cannot be written", "No space left on device"] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
}

#[test]
fn a_full_disk_is_told_and_leaves_what_was_there() {
    let Some(disk) = SmallDisk::new() else { return };
    let out = disk.path("out");
    for room in [0, 40_000, 200_000] {
        disk.fill(room);
        let told = run("1", &out, &[]);
        // Where there is room for some files, the one for which there is none is named.
        assert_full(&told, if room == 0 { "out" } else { "out/" });
        assert_eq!(names(disk.0.path()), ["filler"]);
        disk.free();
    }
    assert_eq!(run("1", &out, &[]).code, 0);
    let old = files_below(&out);
    disk.fill(40_000);
    assert_full(&run("2", &out, &["--force"]), "out/");
    assert!(files_below(&out) == old);
    assert_eq!(names(disk.0.path()), ["filler", "out"]);
    disk.free();
    assert_eq!(run("2", &out, &["--force"]).code, 0);
    assert_whole(&out);
}

#[test]
fn a_full_disk_leaves_calendars_and_junit_files_as_they_were() {
    let Some(disk) = SmallDisk::new() else { return };
    let (file, calendar, junit) = (file(), disk.path("windows.ics"), disk.path("junit.xml"));
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("out");
    let windows = ["windows", &file, "--ics", calendar.to_str().unwrap()];
    let junit_words = ["--force", "--junit", junit.to_str().unwrap()];
    assert_eq!(answer(windows).code, 0);
    assert_eq!(run("1", &out, &junit_words).code, 0);
    let old = files_below(disk.0.path());
    disk.fill(0);
    assert_full(&answer(windows), "windows.ics");
    assert_full(&run("2", &out, &junit_words), "junit.xml");
    disk.free();
    assert!(files_below(disk.0.path()) == old);
    assert_whole(&out);
}

#[test]
fn a_sweep_on_a_full_disk_goes_on_when_there_is_room() {
    let Some(disk) = SmallDisk::new() else { return };
    let (file, out) = (file(), disk.path("map"));
    let sweep = |out: &Path| {
        let words = [
            "sweep",
            &file,
            "--vary",
            "nodes.web.count=10..16",
            "--reps",
            "2",
            "--out",
        ];
        answer(words.into_iter().chain([out.to_str().unwrap()]))
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let expected = elsewhere.path().join("map");
    assert_eq!(sweep(&expected).code, 0);
    let expected = files_below(&expected);
    let size: usize = expected.iter().map(|(_, bytes)| bytes.len()).sum();
    // The journal and the result need more than the result alone.
    for room in [0, size / 8, size / 3, size] {
        disk.fill(room);
        assert_full(&sweep(&out), "map");
        assert!(!out.exists() && !disk.path(".map.sweep.partial/result").exists());
        disk.free();
    }
    assert_eq!(sweep(&out).code, 0);
    assert!(files_below(&out) == expected);
    assert_eq!(names(disk.0.path()), ["map"]);
}
