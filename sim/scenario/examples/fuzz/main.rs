//! Fuzzing of everything that reads texts: `cargo run -p patchbench-scenario --example fuzz -- 60`, or
//! `.ci/fuzz 60`, which also limits memory.
//!
//! No input may panic, take more than ten seconds, or more memory than the process is let have; a refusal has
//! a place in the text, and what an import writes is a scenario without errors (`targets`). Changes (`changes`)
//! begin at every text that the tests have (`seeds`), and an input that brings problems not seen before is
//! changed further. It is a tool of development and no part of the product, so it prints; it needs no other
//! compiler than the product does. Another reader is one more line of `targets::TARGETS`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool of development")]

mod changes;
#[path = "../../tests/it/mutations.rs"]
mod mutations;
mod seeds;
mod targets;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use changes::Changer;
use seeds::Seeds;
use targets::{Input, Said, TARGETS, Target};

/// An input that takes longer hangs.
const LIMIT: Duration = Duration::from_secs(10);

/// Inputs kept to change further, for each target, besides the seeds.
const MOST_KEPT: usize = 3_000;

/// Longer inputs are not changed further.
const LONGEST_KEPT: usize = 100_000;

/// The file `totals` is written this often, for runs that are cut short.
const TOLD: Duration = Duration::from_secs(20);

/// Since when the current input is read, and by which target.
static CURRENT: Mutex<Option<(Instant, &'static str)>> = Mutex::new(None);

/// Where the last panic was.
static PANIC: Mutex<String> = Mutex::new(String::new());

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    std::panic::set_hook(Box::new(|about| {
        *PANIC.lock().unwrap_or_else(PoisonError::into_inner) = about.to_string();
    }));
    match arguments.as_slice() {
        ["replay", target, file] => replay(target, Path::new(file)),
        [seconds, rest @ ..] => match (seconds.parse(), rest.first().unwrap_or(&"1").parse()) {
            (Ok(seconds), Ok(seed)) => {
                let folder = rest.get(1).unwrap_or(&"target/fuzz");
                let only = rest.get(2).copied();
                fuzz(Duration::from_secs(seconds), seed, Path::new(folder), only)
            }
            _ => usage(),
        },
        [] => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: fuzz SECONDS [SEED [FOLDER [TARGET]]], or fuzz replay TARGET FILE");
    ExitCode::from(2)
}

/// Reads one kept input again.
fn replay(target: &str, file: &Path) -> ExitCode {
    let Some(target) = TARGETS.iter().find(|known| known.name == target) else {
        return usage();
    };
    let bytes = match std::fs::read(file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("{}: {error}", file.display());
            return ExitCode::FAILURE;
        }
    };
    let start = Instant::now();
    let outcome = outcome(target, &Input::decode(&String::from_utf8_lossy(&bytes)));
    println!("{}: {:?}", target.name, start.elapsed());
    match outcome {
        Ok(said) => {
            println!("accepted: {}", said.accepted);
            said.kinds.iter().for_each(|kind| println!("  {kind}"));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            println!("{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Fuzzes in a thread of its own, so that an input that hangs can be told.
fn fuzz(time: Duration, seed: u64, folder: &Path, only: Option<&str>) -> ExitCode {
    let session = std::fs::create_dir_all(folder).and_then(|()| Session::new(seed, folder, only));
    let mut session = match session {
        Ok(session) => session,
        Err(error) => {
            eprintln!("{}: {error}", folder.display());
            return ExitCode::FAILURE;
        }
    };
    let worker = std::thread::spawn(move || session.run(time));
    while !worker.is_finished() {
        std::thread::sleep(Duration::from_millis(100));
        let current = *CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, target)) = current
            && since.elapsed() > LIMIT
        {
            let hanging = folder.join(format!("hang-{target}"));
            println!("{target} hangs: {}", hanging.display());
            if let Err(error) = std::fs::copy(folder.join("current"), &hanging) {
                eprintln!("the input is lost: {error}");
            }
            return ExitCode::FAILURE;
        }
    }
    match worker.join() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(_) => {
            let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
            println!("the fuzzer itself: {panic}");
            ExitCode::FAILURE
        }
    }
}

/// What is known of one target.
struct State {
    target: &'static Target,
    pool: Vec<Input>,
    seeds: usize,
    /// Kinds of problems, and those that accepted inputs had together.
    seen: BTreeSet<String>,
    spent: Duration,
    slowest: Duration,
    inputs: u64,
    accepted: u64,
}

struct Session {
    states: Vec<State>,
    changer: Changer,
    folder: PathBuf,
    /// Where the input stands that is being read, and the name of who reads it.
    current: File,
    current_target: File,
    /// Failures by what they say, so that each is kept once.
    failures: BTreeMap<String, PathBuf>,
    /// The most memory so far, in KiB, and the target that took it.
    peak: (u64, &'static str),
}

impl Session {
    fn new(seed: u64, folder: &Path, only: Option<&str>) -> std::io::Result<Self> {
        let mut missing = Vec::new();
        let seeds = Seeds::gather(&mut missing);
        for folder in missing {
            println!("skipped: no texts in {folder}");
        }
        let wanted = TARGETS
            .iter()
            .filter(|target| only.is_none_or(|only| only == target.name));
        let states = wanted.map(|target| {
            let pool = seeds.of(target);
            State {
                target,
                seeds: pool.len(),
                pool,
                seen: BTreeSet::new(),
                spent: Duration::ZERO,
                slowest: Duration::ZERO,
                inputs: 0,
                accepted: 0,
            }
        });
        Ok(Self {
            states: states.filter(|state| state.seeds > 0).collect(),
            changer: Changer::new(seed, seeds.words()),
            folder: folder.to_owned(),
            current: File::create(folder.join("current"))?,
            current_target: File::create(folder.join("current-target"))?,
            failures: BTreeMap::new(),
            peak: (0, ""),
        })
    }

    /// Goes on until the time is over; whether nothing failed.
    fn run(&mut self, time: Duration) -> bool {
        let start = Instant::now();
        for at in 0..self.states.len() {
            for seed in 0..self.states[at].seeds {
                let input = self.states[at].pool[seed].clone();
                self.step(at, input);
            }
        }
        let mut told = start;
        while start.elapsed() < time && !self.states.is_empty() {
            let spent = self.states.iter().map(|state| state.spent).enumerate();
            let at = spent.min_by_key(|(_, spent)| *spent).map_or(0, |(at, _)| at);
            let began = Instant::now();
            let input = self.changer.next(
                self.states[at].target,
                (&self.states[at].pool, self.states[at].seeds),
            );
            self.states[at].spent += began.elapsed();
            self.step(at, input);
            if told.elapsed() > TOLD {
                told = Instant::now();
                self.keep("totals", &self.told(start.elapsed()));
            }
        }
        print!("{}", self.told(start.elapsed()));
        self.failures.is_empty() && !self.states.is_empty()
    }

    /// Reads one input. It is on disk before, so that it is there whatever becomes of the process.
    fn step(&mut self, at: usize, input: Input) {
        let state = &mut self.states[at];
        let name = state.target.name;
        let kept = input.encode();
        // What is read is what is kept.
        let input = Input::decode(&kept);
        if let Err(error) = rewrite(&mut self.current, &kept) {
            eprintln!("{}: {error}", self.folder.display());
        }
        if let Err(error) = rewrite(&mut self.current_target, name) {
            eprintln!("{}: {error}", self.folder.display());
        }
        let start = Instant::now();
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = Some((start, name));
        let outcome = outcome(state.target, &input);
        *CURRENT.lock().unwrap_or_else(PoisonError::into_inner) = None;
        let took = start.elapsed();
        state.inputs += 1;
        state.spent += took;
        if took > state.slowest {
            state.slowest = took;
            self.keep(&format!("slowest-{name}"), &kept);
        }
        self.note_memory(name, &kept);
        match outcome {
            Ok(said) => self.learn(at, input, said),
            Err(failure) => self.fail(name, failure, &kept),
        }
    }

    /// An input that says something new is changed further.
    fn learn(&mut self, at: usize, input: Input, said: Said) {
        let state = &mut self.states[at];
        state.accepted += u64::from(said.accepted);
        let mut new = said.accepted
            && state
                .seen
                .insert(said.kinds.iter().cloned().collect::<Vec<_>>().join("\n"));
        for kind in said.kinds {
            new |= state.seen.insert(kind);
        }
        if !new || input.len() > LONGEST_KEPT || state.inputs as usize <= state.seeds {
            return;
        }
        if state.pool.len() < state.seeds + MOST_KEPT {
            state.pool.push(input);
        } else {
            let instead = state.seeds + self.changer.below(MOST_KEPT);
            state.pool[instead] = input;
        }
    }

    /// The first line says where; the input is kept once for each.
    fn fail(&mut self, target: &str, failure: String, kept: &str) {
        let first: String = failure
            .lines()
            .next()
            .unwrap_or("")
            .chars()
            .filter(|c| !c.is_ascii_digit() || failure.starts_with("panic"))
            .collect();
        let key = format!("{target}: {}", first.split('`').step_by(2).collect::<String>());
        if self.failures.contains_key(&key) {
            return;
        }
        let name = format!("failure-{target}-{}", self.failures.len());
        let path = self.folder.join(&name);
        println!("{target}: {failure}\n  kept: {}", path.display());
        self.keep(&name, kept);
        self.failures.insert(key, path);
    }

    fn keep(&self, name: &str, kept: &str) {
        if let Err(error) = std::fs::write(self.folder.join(name), kept) {
            eprintln!("{name} is lost: {error}");
        }
    }

    /// The input that made the process larger than it was, where the system tells its size.
    fn note_memory(&mut self, target: &'static str, kept: &str) {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        if let Some(peak) = peak
            && peak > self.peak.0
        {
            // Small steps are the pools growing.
            if peak > self.peak.0 + 20_000 {
                self.keep(&format!("largest-{target}"), kept);
            }
            self.peak = (peak, target);
        }
    }

    /// What was done so far, one line a target.
    fn told(&self, took: Duration) -> String {
        let mut told = String::new();
        for state in &self.states {
            let _ = writeln!(
                told,
                "{:15} {:8} inputs, {:7} accepted, {:5} seeds, {:5} kept, {:6} kinds, slowest {:6.0} ms",
                state.target.name,
                state.inputs,
                state.accepted,
                state.seeds,
                state.pool.len() - state.seeds,
                state.seen.len(),
                state.slowest.as_secs_f64() * 1e3
            );
        }
        let all: u64 = self.states.iter().map(|state| state.inputs).sum();
        let _ = writeln!(
            told,
            "{all} inputs in {:.0} s, {} failures, at most {} MiB (after {})",
            took.as_secs_f64(),
            self.failures.len(),
            self.peak.0 >> 10,
            self.peak.1
        );
        told
    }
}

/// Puts a text in a file's place. Emptying the file first would make some file systems wait for the disk.
fn rewrite(file: &mut File, text: &str) -> std::io::Result<()> {
    file.rewind()?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

/// What a target says of an input; a panic is a failure.
fn outcome(target: &Target, input: &Input) -> Result<Said, String> {
    std::panic::catch_unwind(|| (target.run)(input)).unwrap_or_else(|_| {
        let panic = PANIC.lock().unwrap_or_else(PoisonError::into_inner);
        Err(panic.clone())
    })
}
