//! Inputs that fuzzing found to break a reader: all that must hold of any input holds of them.
//!
//! `tests/corpus/found/TARGET` keeps each as `.ci/fuzz` wrote it.

#[path = "../../examples/fuzz/targets.rs"]
#[allow(dead_code, reason = "fuzzing has further uses for it")]
mod targets;

use std::path::Path;
use std::time::{Duration, Instant};

use targets::{Input, TARGETS};

#[test]
fn inputs_that_broke_a_reader_do_so_no_more() {
    let mut read = 0;
    for folder in std::fs::read_dir("tests/corpus/found").unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_str().unwrap();
        let target = TARGETS.iter().find(|target| target.name == name);
        let target = target.unwrap_or_else(|| panic!("{name} is no target"));
        for file in std::fs::read_dir(&folder).unwrap() {
            check(target, &file.unwrap().path());
            read += 1;
        }
    }
    assert!(read > 0);
}

fn check(target: &targets::Target, path: &Path) {
    let kept = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let start = Instant::now();
    if let Err(failure) = (target.run)(&Input::decode(&kept)) {
        panic!("{}: {failure}", path.display());
    }
    assert!(start.elapsed() < Duration::from_secs(10), "{}", path.display());
}

#[test]
fn an_input_is_read_as_it_is_kept() {
    let input = Input {
        files: vec![
            ("a.toml".to_owned(), "a = 1\n\n".to_owned()),
            ("b".to_owned(), "\u{feff}no end%".to_owned()),
        ],
    };
    assert_eq!(Input::decode(&input.encode()).files, input.files);
}
