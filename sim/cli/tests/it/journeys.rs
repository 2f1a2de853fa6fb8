//! Whole journeys of planners and researchers, typed as they would type them, in a folder with their files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A folder with the files of the journeys, to type commands in.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/journeys");
        for entry in std::fs::read_dir(files).unwrap() {
            let path = entry.unwrap().path();
            std::fs::copy(&path, folder.path().join(path.file_name().unwrap())).unwrap();
        }
        Self(folder)
    }

    /// What a command line that begins with `patchbench` shows: standard output, and the exit code unless
    /// it is 0. Problems and warnings are shown, too; notes are not.
    fn types(&self, line: &str) -> String {
        let words = line.strip_prefix("patchbench ").unwrap();
        let script = format!("exec \"$PATCHBENCH\" {words} 2>errors");
        let done = Command::new("sh")
            .args(["-c", &script])
            .env("PATCHBENCH", assert_cmd::cargo::cargo_bin("patchbench"))
            .current_dir(self.0.path())
            .output()
            .unwrap();
        let mut text = format!("$ {line}\n{}", String::from_utf8(done.stdout).unwrap());
        let errors = std::fs::read_to_string(self.path("errors")).unwrap();
        let shown = errors
            .split_inclusive('\n')
            .filter(|line| line.starts_with("error") || line.starts_with("warning"));
        text.extend(shown);
        if let Some(code) = done.status.code().filter(|code| *code != 0) {
            let _ = writeln!(text, "exit {code}");
        }
        text
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

#[test]
fn j5_which_of_four_designs_is_best_and_is_the_difference_real() {
    let desk = Desk::new();
    let told = desk
        .types("patchbench compare blog.toml wider.toml tolerant.toml faster.toml --reps 200 --out out/cmp");
    insta::assert_snapshot!("journey-5-four-designs", told);
    for file in ["summary.json", "summary.md", "replications.csv", "manifest.json"] {
        assert!(desk.path("out/cmp").join(file).exists(), "{file}");
    }
}

#[test]
fn j8_what_are_our_options_after_a_critical_flaw() {
    let desk = Desk::new();
    let told = desk.types(
        "patchbench compare base.toml \
         --variant \"approve now\"  --set 'baseline.prod.approved_patches=[\"KB5099999\"]' \
         --variant \"extra window\" --set 'baseline.prod.approved_patches=[\"KB5099999\"]' \
         --set window.oob.enabled=true --only KB5099999 --markdown options.md",
    );
    insta::assert_snapshot!("journey-8-options", told);
    let options = std::fs::read_to_string(desk.path("options.md")).unwrap();
    assert!(options.contains("| extra window | prod | Thu 12-03 09:00Z | Fri 12-04 20:00Z | 1.5 d |"));
}

#[test]
fn j9_does_the_pull_request_still_meet_fourteen_days() {
    let desk = Desk::new();
    let line =
        "patchbench compare before.toml after.toml --markdown summary.md --fail-if-worse --min-effect 0.5d";
    let strict = format!("{line} --inconclusive=fail");
    let text = format!("{}{}", desk.types(line), desk.types(&strict));
    insta::assert_snapshot!("journey-9-pull-request", text);
    let summary = std::fs::read_to_string(desk.path("summary.md")).unwrap();
    assert_eq!(
        summary.matches("# Comparison").count(),
        2,
        "a collected summary is appended to"
    );
}

#[test]
fn j2_does_our_tuesday_window_fit_sixty_servers() {
    let desk = Desk::new();
    let told = desk.types(
        "patchbench sweep fe.toml --vary window.prod.task.patch.max_concurrency=2,4,6,8,9,10,15 --metric fit",
    );
    let answer = desk.types(
        "patchbench fit fe.toml --least window.prod.task.patch.max_concurrency=1..15 \
         --set 'assert=[{metric=\"started_before_cutoff\",at_least=1,in=0.95}]'",
    );
    insta::assert_snapshot!("journey-2-fit", format!("{told}{answer}"));
}

#[test]
fn j4_how_likely_is_it_that_the_error_threshold_stops_us() {
    let desk = Desk::new();
    let told = desk.types(
        "patchbench run stop50.toml --metric stop --vary behavior.server.failure=0.01,0.02,0.05,0.10 \
         --vary 'window.prod.task.patch.max_errors=\"0\",\"1\",\"10%\"'",
    );
    insta::assert_snapshot!("journey-4-stop", told);
}

#[test]
fn j6_delay_by_window_day_by_failure_rate() {
    let desk = Desk::new();
    let listed = desk.types(
        "patchbench sweep paper.toml --vary baseline.prod.rule.0.approve_after_days=0..14 \
         --vary window.prod.schedule=@schedules.txt --vary behavior.server.failure=0.01,0.05 --list",
    );
    // How long it would take depends on the machine.
    let (runs, rest) = listed.split_once("; about").unwrap();
    let shown = rest.split_once("Nothing played").unwrap().1;
    let played = desk.types(
        "patchbench sweep paper.toml --vary baseline.prod.rule.0.approve_after_days=0..14:7 \
         --vary window.prod.schedule=@schedules.txt --metric exposure --precision 10% --out out/map",
    );
    insta::assert_snapshot!("journey-6-map", format!("{runs}; …Nothing played{shown}{played}"));
}

#[test]
fn j7_can_i_get_exactly_my_colleagues_result() {
    let desk = Desk::new();
    desk.types("patchbench compare before.toml after.toml --reps 60 --out out/cmp");
    let same = desk.types("patchbench run --again out/cmp/manifest.json");
    let after = std::fs::read_to_string(desk.path("after.toml")).unwrap();
    std::fs::write(desk.path("after.toml"), after.replace("\"10%\"", "\"11%\"")).unwrap();
    let changed = desk.types("patchbench run --again out/cmp/manifest.json");
    insta::assert_snapshot!("journey-7-again", format!("{same}{changed}"));
}

#[test]
fn j1_when_do_my_rings_get_it() {
    let desk = Desk::new();
    let lines = [
        "patchbench approvals rings.toml --release 2026-11-10T18:00Z --severity Critical",
        "patchbench approvals rings.toml --release 2026-11-10T18:00Z --severity Important --format csv",
        "patchbench approvals rings.toml --release 2027-11-10",
        "patchbench approvals rings.toml --release tuesday",
    ];
    let told: Vec<String> = lines.iter().map(|line| desk.types(line)).collect();
    insta::assert_snapshot!("journey-1-rings", told.join(""));
}

#[test]
fn j3_all_windows_of_the_autumn_as_a_calendar() {
    let desk = Desk::new();
    let line =
        "patchbench windows plants.toml --window berlin --from 2026-10-10 --count 5 --ics out/berlin.ics";
    let told = desk.types(line);
    let calendar = std::fs::read_to_string(desk.path("out/berlin.ics")).unwrap();
    assert_eq!(calendar.matches("BEGIN:VEVENT\r\n").count(), 5);
    // A calendar of ours is replaced, and has the same bytes; another file is not touched.
    assert_eq!(desk.types(line), told);
    assert_eq!(
        std::fs::read_to_string(desk.path("out/berlin.ics")).unwrap(),
        calendar
    );
    let refused = desk.types(&line.replace("out/berlin.ics", "plants.toml"));
    assert!(refused.ends_with("exit 1\n"), "{refused}");
    let wrong = desk.types(&line.replace("--window berlin", "--window berln"));
    let shown = calendar.replace("\r\n", "\n");
    insta::assert_snapshot!("journey-3-autumn", format!("{told}{shown}{wrong}"));
}
