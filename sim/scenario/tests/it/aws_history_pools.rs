//! Behaviours fitted to saved answers of AWS, put into the pools of a scenario.

use patchbench_scenario::{Limits, import_history, load_text, template};
use serde_json::Value;

use crate::aws_commands::rendered;
use crate::aws_history::{SUCCESS, commands, invocation, invocations, node, tags};

/// A folder with scans of a patch group below it.
fn saved() -> tempfile::TempDir {
    let list: Vec<Value> = (0..30)
        .map(|n| invocation("c", &node(n), SUCCESS, 1.7e9, 30.0))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved");
    std::fs::create_dir(&saved).unwrap();
    let tags = tags((0..30).map(|n| (node(n), "Web Servers")));
    for (name, text) in [
        ("list.json", invocations(&list)),
        ("commands.json", commands(&[("c", "Scan")])),
        ("tags.json", tags),
    ] {
        std::fs::write(saved.join(name), text).unwrap();
    }
    folder
}

/// An import of an account writes the ids of its nodes into their pools; what a list says stays in the list.
#[test]
fn pools_with_ids_use_the_behaviours_and_nodes_of_a_list_do_not() {
    let folder = saved();
    // The list has a node that is called as a pool is.
    let list = "id,operating_system,patch_group\nweb,WINDOWS,Web Servers\nlisted-2,WINDOWS,Web Servers\n";
    std::fs::write(folder.path().join("nodes.csv"), list).unwrap();
    let pool = "\noperating_system = \"WINDOWS\"\ntags = { \"Patch Group\" = \"Web Servers\" }";
    let lone = pool.replace("\noperating", "operating").replace('\n', ", ");
    let wanted = "behavior = \"measured-web-servers\"";
    for (pools, expected, hinted) in [
        (
            format!("[nodes.web]\nids = [\"i-1\", \"i-2\"]{pool}\n"),
            vec!["web"],
            false,
        ),
        (
            format!("[nodes.web]\nids = [\n  \"i-1\",\n]  # two\n{pool}\n[nodes.app]\ncount = 3{pool}\n"),
            vec!["web", "app"],
            false,
        ),
        (
            format!("[nodes]\nweb = {{ ids = [\"i-1\"], {lone} }}\n"),
            vec!["web"],
            false,
        ),
        (
            format!("[nodes.listed]\npath = \"nodes.csv\"\n[nodes.web]\nids = [\"i-1\"]{pool}\n"),
            vec!["web"],
            true,
        ),
        ("[nodes.web]\npath = \"nodes.csv\"\n".to_owned(), vec![], true),
    ] {
        let text = template();
        let (start, rest) = text.split_once("[nodes.web]").unwrap();
        let rest = &rest[rest.find("\n[").unwrap()..];
        let scenario = folder.path().join("base.toml");
        std::fs::write(&scenario, format!("{start}{pools}{rest}")).unwrap();
        let history = import_history(&folder.path().join("saved"), Some(&scenario), false);
        let told = rendered(&history.imported);
        let made = history.imported.scenario.unwrap_or_else(|| panic!("{told}"));
        assert_eq!(made.matches(wanted).count(), expected.len(), "{pools}\n{made}");
        let hints = history.imported.dropped.join("\n");
        assert_eq!(
            hints.contains("put measured-web-servers into its column"),
            hinted,
            "{hints}"
        );
        for name in expected {
            assert!(hints.contains(&format!("[nodes.{name}] has behavior")), "{hints}");
        }
        let files = patchbench_scenario::Directory::new(folder.path());
        let loaded = load_text("s.toml", &made, &files, &[], &Limits::default());
        let config = loaded.scenario.unwrap_or_else(|| panic!("{made}")).config;
        for pool in &config.pools {
            let measured = config.behaviors[pool.behavior].name == "measured-web-servers";
            let listed = pool
                .names
                .iter()
                .flatten()
                .any(|name| name == "web" || name == "listed-2");
            assert_eq!(measured, !listed, "{}", pool.name);
        }
    }
}
