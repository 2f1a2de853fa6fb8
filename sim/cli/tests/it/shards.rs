//! Shards through the command: whatever is lost, damaged, doubled or cut differently, the merge is the result
//! of one process to the byte, or says what is wrong and what mends it.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use crate::binary::{Answer, answer, files_below, patchbench};

const SCENARIO: &str = "scenarios/front-end-servers-install.toml";
const FACTOR: &str = "window.Patch_Front-End-Servers.task.0.max_concurrency";

/// The words of something that can be cut into shards.
fn words(plan: &Plan) -> Vec<String> {
    let (seed, reps) = (plan.seed.to_string(), plan.reps.to_string());
    let mut words = vec!["run", SCENARIO, "--seed", &seed, "--reps", &reps];
    let factor = format!("{FACTOR}=2,5,9");
    if plan.sweep {
        words[0] = "sweep";
        words.extend(["--vary", &factor]);
    }
    let own: Vec<String> = words.into_iter().map(str::to_owned).collect();
    [own, plan.more.clone()].concat()
}

#[derive(Clone, Debug)]
struct Plan {
    sweep: bool,
    seed: u64,
    reps: u64,
    more: Vec<String>,
}

fn run(words: &[String], more: &[&str]) -> Answer {
    answer(words.iter().map(String::as_str).chain(more.iter().copied()))
}

/// The files of the result of one process.
fn direct(plan: &Plan, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let out = folder.join("direct");
    let done = run(&words(plan), &["--out", out.to_str().unwrap()]);
    assert_eq!(done.code, 0, "{}", done.err);
    files_below(&out)
}

fn shard(plan: &Plan, (index, shards): (u64, u64), parts: &Path) {
    let shard = format!("{index}/{shards}");
    let done = run(
        &words(plan),
        &["--shard", &shard, "--out", parts.to_str().unwrap()],
    );
    assert_eq!(done.code, 0, "{}", done.err);
}

fn merge(parts: &Path, out: &Path) -> Answer {
    answer(["merge", parts.to_str().unwrap(), "--out", out.to_str().unwrap()])
}

fn part_files(parts: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(parts).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = entries
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("part-"))
        .collect();
    files.sort();
    files
}

/// What may become of parts.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Lost,
    Torn,
    Changed,
    Doubled,
    OfAnotherPlan,
    CutDifferently,
}

/// Does it to a part, and gives what the merge must say, if anything.
fn suffer(fault: Fault, plan: &Plan, parts: &Path, which: usize) -> Option<&'static str> {
    let files = part_files(parts);
    let file = &files[which % files.len()];
    let bytes = fs::read(file).unwrap();
    match fault {
        Fault::Lost => {
            fs::remove_file(file).unwrap();
            Some("are missing: shards")
        }
        Fault::Torn => {
            fs::write(file, &bytes[..bytes.len() / 2]).unwrap();
            Some("is damaged")
        }
        Fault::Changed => {
            let mut bytes = bytes;
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0x40;
            fs::write(file, bytes).unwrap();
            Some("is damaged")
        }
        Fault::Doubled => {
            fs::copy(file, file.with_extension("from-another-disk")).unwrap();
            None
        }
        Fault::OfAnotherPlan => {
            let elsewhere = tempfile::tempdir().unwrap();
            let other = Plan {
                seed: plan.seed + 1,
                ..plan.clone()
            };
            shard(&other, (0, 1), elsewhere.path());
            let part = &part_files(elsewhere.path())[0];
            fs::copy(part, parts.join(part.file_name().unwrap())).unwrap();
            Some("is of another plan")
        }
        Fault::CutDifferently => {
            let elsewhere = tempfile::tempdir().unwrap();
            shard(plan, (1, 2), elsewhere.path());
            for part in part_files(elsewhere.path()) {
                fs::copy(&part, parts.join(part.file_name().unwrap())).unwrap();
            }
            // It may have been cut just so.
            (part_files(parts) != files).then_some("both cover chunks")
        }
    }
}

/// Runs the commands that a refusal names, as they stand there.
fn mend(said: &str) {
    let program = patchbench().get_program().to_owned();
    let folder = Path::new(&program).parent().unwrap();
    for line in said.lines().filter_map(|line| line.strip_prefix("   = help: ")) {
        let line = line.strip_prefix("here: ").unwrap_or(line);
        if line.starts_with("on an engine") {
            continue;
        }
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        let mut shell = std::process::Command::new("sh");
        let done = shell
            .args(["-c", line])
            .env("PATH", path)
            .current_dir(crate::binary::root())
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        3 => Just(Fault::Lost),
        1 => Just(Fault::Torn),
        1 => Just(Fault::Changed),
        2 => Just(Fault::Doubled),
        1 => Just(Fault::OfAnotherPlan),
        1 => Just(Fault::CutDifferently),
    ]
}

fn plan() -> impl Strategy<Value = Plan> {
    (any::<bool>(), 0u64..1_000, 17u64..90).prop_map(|(sweep, seed, reps)| Plan {
        sweep,
        seed,
        reps,
        more: Vec::new(),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, max_shrink_iters: 0, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_merge_is_the_direct_result_or_refuses_with_the_reason_and_what_mends_it(
        plan in plan(),
        order in (1u64..9).prop_flat_map(|shards| Just((0..shards).collect::<Vec<u64>>()).prop_shuffle()),
        fault in prop::option::weighted(0.8, (fault(), any::<prop::sample::Index>())),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let (parts, out) = (folder.path().join("parts"), folder.path().join("merged"));
        let direct = direct(&plan, folder.path());
        for index in &order {
            shard(&plan, (*index, order.len() as u64), &parts);
        }
        let expected = fault.and_then(|(fault, which)| suffer(fault, &plan, &parts, which.index(100)));
        let mut done = merge(&parts, &out);
        if let Some(reason) = expected {
            prop_assert_eq!(done.code, 6, "{}", done.err);
            prop_assert!(done.err.contains(reason), "{}", done.err);
            prop_assert!(!out.exists());
            for _ in 0..4 {
                if done.code == 6 {
                    mend(&done.err);
                    done = merge(&parts, &out);
                }
            }
        }
        prop_assert_eq!(done.code, 0, "{}", done.err);
        prop_assert!(files_below(&out) == direct);
    }
}

fn small() -> Plan {
    Plan {
        sweep: false,
        seed: 7,
        reps: 100,
        more: Vec::new(),
    }
}

#[test]
fn a_part_that_is_there_is_not_played_again_and_the_number_of_shards_may_change() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    shard(&small(), (0, 4), &parts);
    let first = &part_files(&parts)[0];
    let written = fs::metadata(first).unwrap().modified().unwrap();
    shard(&small(), (0, 4), &parts);
    for index in 0..3 {
        shard(&small(), (index, 3), &parts);
    }
    assert_eq!(fs::metadata(first).unwrap().modified().unwrap(), written);
    let out = folder.path().join("merged");
    assert_eq!(merge(&parts, &out).code, 0);
    assert!(files_below(&out) == direct(&small(), folder.path()));
}

#[test]
fn with_a_precision_rounds_follow_from_all_parts_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = small();
    let word = |word: &str| word.to_owned();
    plan.more = ["--precision", "exposure=2%", "--precision", "stop=0.02"]
        .map(word)
        .to_vec();
    plan.reps = 64;
    for (sweep, shards) in [(false, 3), (true, 5)] {
        plan.sweep = sweep;
        let parts = folder.path().join(format!("parts{shards}"));
        let out = folder.path().join(format!("merged{shards}"));
        let mut rounds = 0;
        let code = loop {
            for index in (0..shards).rev() {
                shard(&plan, (index, shards), &parts);
            }
            rounds += 1;
            let done = merge(&parts, &out);
            if done.code != 7 {
                break done.code;
            }
            assert!(done.err.contains("round"), "{}", done.err);
        };
        assert_eq!(code, 0);
        assert!(rounds > 1);
        let own = folder.path().join(format!("own{shards}"));
        fs::create_dir(&own).unwrap();
        assert!(files_below(&out) == direct(&plan, &own));
    }
}

#[test]
fn parts_of_the_same_chunks_that_differ_are_told_loudly() {
    let folder = tempfile::tempdir().unwrap();
    let parts = folder.path().join("parts");
    shard(&small(), (0, 2), &parts);
    shard(&small(), (1, 2), &parts);
    let file = &part_files(&parts)[0];
    let mut bytes = fs::read(file).unwrap();
    let text = bytes.len() - 32;
    // Another last byte of the sums, with a checksum that is right.
    bytes[text - 1] ^= 1;
    let checksum = hex(&patchbench_report::sha256(&bytes[..text]));
    bytes[text..].copy_from_slice(&checksum);
    fs::write(file.with_extension("other"), bytes).unwrap();
    let done = merge(&parts, &folder.path().join("merged"));
    assert_eq!(done.code, 6);
    assert!(
        done.err.contains("are of the same chunks and differ"),
        "{}",
        done.err
    );
}

fn hex(text: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).unwrap();
    (0..text.len()).step_by(2).map(digits).collect()
}

/// The part of a small plan, with every arithmetic that this machine has: one golden hash for all.
#[test]
#[expect(clippy::print_stderr, reason = "what is skipped is said aloud")]
fn every_arithmetic_gives_the_golden_part() {
    let folder = tempfile::tempdir().unwrap();
    let mut forced = 0;
    for name in ["", "baseline", "avx2", "avx512"] {
        let parts = folder.path().join(format!("parts-{name}"));
        let mut command = patchbench();
        command
            .args(words(&small()))
            .args(["--shard", "0/1", "--out"])
            .arg(&parts);
        if !name.is_empty() {
            command.env("PATCHBENCH_ARITHMETIC", name);
        }
        let done = command.output().unwrap();
        if !done.status.success() {
            let said = String::from_utf8(done.stderr).unwrap();
            assert!(said.contains("this machine has no"), "{said}");
            eprintln!("skipped: this machine has no {name}");
            continue;
        }
        forced += u32::from(!name.is_empty());
        let files = part_files(&parts);
        let hash = patchbench_report::sha256(&fs::read(&files[0]).unwrap());
        assert_eq!(hash, GOLDEN, "{name}");
    }
    assert!(forced > 0);
    let wrong = patchbench()
        .arg("man")
        .env("PATCHBENCH_ARITHMETIC", "x87")
        .output()
        .unwrap();
    assert_eq!(wrong.status.code(), Some(2));
}

/// SHA-256 of the part file of [`small`] in one shard. It changes with the scenario, with what a part holds
/// and with the version, never with the machine.
const GOLDEN: &str = "707719213bb410be29f942daa9b812342afa20fbf05263cd69eb44104d75e306";
