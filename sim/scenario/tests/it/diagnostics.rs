//! Every kind of bad input with the text that a planner reads.
//!
//! `tests/corpus` holds one scenario for each mistake (and some with several). The golden text of
//! each is a snapshot of the same name. A first comment `# --set path=value` gives an override.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use patchbench_scenario::{
    Limits, Loaded, Override, codes, export_aws, import_answers_texts, import_commands, import_history, load,
};

/// Scenarios of one folder of the corpus, in order of their names.
fn scenarios(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(Path::new("tests/corpus").join(folder)).unwrap();
    let mut found: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    found.sort();
    found
}

fn overrides(path: &Path) -> Vec<Override> {
    let bytes = std::fs::read(path).unwrap();
    String::from_utf8_lossy(&bytes)
        .lines()
        .map_while(|line| line.strip_prefix("# --set "))
        .map(|change| Override::parse(change).unwrap())
        .collect()
}

fn read(path: &Path) -> Loaded {
    load(path, &overrides(path), &Limits::default())
}

fn rendered(loaded: &Loaded) -> String {
    let texts: Vec<String> = loaded
        .problems
        .iter()
        .map(|problem| problem.render_plain(&loaded.sources))
        .collect();
    texts.join("\n")
}

/// Compares each scenario of a folder with its golden text.
fn golden(folder: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path(format!("snapshots/{folder}"));
    settings.bind(|| {
        for path in scenarios(folder) {
            let name = path.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, rendered(&read(&path)));
        }
    });
}

macro_rules! golden {
    ($($test:ident: $folder:literal,)*) => {
        $(#[test] fn $test() { golden($folder) })*
        const FOLDERS: &[&str] = &[$($folder),*];
    };
}

golden! {
    files_that_are_no_toml: "syntax",
    keys_that_are_wrong_or_missing: "keys",
    values_that_cannot_be: "values",
    schedules_that_aws_refuses: "schedules",
    baselines_that_aws_refuses: "baselines",
    names_that_refer_to_nothing: "references",
    streams_assertions_and_studies: "study",
    factors_of_sweeps: "sweep",
    node_lists: "nodes",
    release_files: "releases",
    overrides_of_the_command_line: "set",
    dated_changes: "changes",
    valid_but_surprising: "lints",
    sizes_beyond_the_limits: "sizes",
    many_problems_at_once: "several",
    commands_and_patch_policies: "surfaces",
    nodes_and_patches_that_fail: "faults",
}

/// Runbooks of command lines, which are imported instead.
const RUNBOOKS: &str = "tests/corpus/runbooks";

fn runbooks() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(RUNBOOKS).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

#[test]
fn runbooks_that_cannot_be_imported_as_they_are() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots/runbooks");
    settings.bind(|| {
        for path in runbooks() {
            let imported = import_commands(&path);
            let problems = imported.problems.iter();
            let texts: Vec<String> = problems
                .map(|problem| problem.render_plain(&imported.sources))
                .chain([imported.dropped.join("\n")])
                .collect();
            let name = path.file_stem().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, texts.join("\n"));
        }
    });
}

/// Folders of answers of AWS.
fn histories() -> Vec<PathBuf> {
    let folders = std::fs::read_dir("tests/corpus/histories").unwrap();
    let mut folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    folders
}

#[test]
fn histories_of_which_much_is_left_out() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots/histories");
    settings.bind(|| {
        for path in histories() {
            let imported = import_history(&path, None, false).imported;
            let problems = imported.problems.iter();
            let texts: Vec<String> = problems
                .map(|problem| problem.render_plain(&imported.sources))
                .chain([imported.dropped.join("\n"), String::new()])
                .chain(imported.scenario)
                .collect();
            let name = path.file_name().unwrap().to_str().unwrap();
            insta::assert_snapshot!(name, texts.join("\n"));
        }
    });
}

#[test]
fn every_folder_of_the_corpus_is_tested() {
    let folders: BTreeSet<String> = std::fs::read_dir("tests/corpus")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let known = FOLDERS.iter().copied().chain(["runbooks", "found", "histories"]);
    let tested: BTreeSet<String> = known.map(str::to_owned).collect();
    assert_eq!(folders, tested);
}

#[test]
fn every_code_is_shown_by_some_scenario() {
    const PAGE: &str = r#"{"WindowIdentities": [], "NextToken": "AAEB"}"#;
    let shown: BTreeSet<&str> = FOLDERS
        .iter()
        .flat_map(|folder| scenarios(folder))
        .flat_map(|path| read(&path).problems)
        .chain(runbooks().iter().flat_map(|path| import_commands(path).problems))
        .chain(
            export_aws(&read(Path::new("../../scenarios/front-end-servers.toml")))
                .unwrap()
                .problems,
        )
        .chain(
            histories()
                .iter()
                .flat_map(|path| import_history(path, None, false).imported.problems),
        )
        .chain(import_answers_texts(&[("answers.json", PAGE)], false).problems)
        .map(|problem| problem.code)
        .collect();
    let known: BTreeSet<&str> = codes::ALL.iter().map(|(code, _)| *code).collect();
    assert_eq!(shown, known);
}
