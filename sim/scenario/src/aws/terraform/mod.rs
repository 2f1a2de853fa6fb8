//! Plans and states of Terraform, as `terraform show -json` prints them. Semantics, section 9.3.
//!
//! The resources before and after (`document`) have the attributes of Terraform's provider (`attributes`); ids
//! that are known only after apply are found by the expressions (`references`) of the `configuration`. What is
//! after, and what is before, is played each by itself (`player`, `values`).

mod attributes;
mod configuration;
mod document;
mod player;
mod references;
mod values;

use std::collections::BTreeSet;
use std::path::Path;

use super::account::Account;
use super::baseline::baseline;
use super::node::Node;
use super::passage::Passage;
use super::shape::{Checker, Notation};
use super::{Imported, Importer, LARGEST};
use crate::Severity;
use crate::codes;
use crate::files::{Unread, begins_with, input_name, read_input};
use crate::numbers::counted;
use crate::problem::Problem;
use document::{Document, Resource};
use player::{Played, Player, READ};

/// What becomes of a rule with both a delay and a cut-off date (setting `rule_both`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RuleBoth {
    /// The date is used, as the provider sends only the date; told as a warning.
    #[default]
    DateWins,
    /// An error, as in a scenario.
    Error,
}

/// What a plan changes: two scenarios that assume the same where the plan says nothing.
#[derive(Clone, Debug)]
pub struct TerraformChange {
    /// What there is without the plan. Its notes and warnings are those that `after` does not have.
    pub before: Imported,
    /// What there is when the plan is applied.
    pub after: Imported,
}

/// More brackets inside each other are refused. Modules within modules, and rules of web firewalls, go deep.
const DEEPEST: usize = 200;

/// Reads the values of one `aws_ssm_patch_baseline` from JSON, as `terraform show -json` prints them,
/// into a `[baseline.…]` of a scenario.
pub fn terraform_baseline(name: &str, text: &str, both: RuleBoth) -> Imported {
    let mut importer = Importer::new(name, text);
    let body = importer
        .tree()
        .and_then(|node| importer.baseline_values(&node))
        .and_then(|values| attributes::baseline(&importer.problems, &values, both))
        .and_then(|body| baseline(&importer.problems, &body));
    let written = body.map(|baseline| super::write::baseline(&baseline, &importer.sources));
    importer.finish(written)
}

/// Imports what a plan leads to, or what a state has: a file that `terraform show -json` printed, or `-` for
/// standard input.
pub fn import_terraform(path: &Path, both: RuleBoth) -> Imported {
    let name = input_name(path);
    match read_input(path, LARGEST) {
        Ok(text) => import_terraform_text(&name, &text, both),
        Err(error) => unread(path, &error),
    }
}

/// Imports a text that `terraform show -json` printed.
pub fn import_terraform_text(name: &str, text: &str, both: RuleBoth) -> Imported {
    let mut importer = Importer::new(name, text);
    let Some(root) = importer.tree() else {
        return importer.finish(None);
    };
    let Some(document) = document::document(&importer.problems, &root) else {
        return importer.finish(None);
    };
    let account = importer.after(&document, both);
    let file = file_name(name);
    importer.scenario(
        &account,
        &format!("imported from {file}"),
        &origin("Imported", &file),
    )
}

/// Imports what there is before a plan and after it.
pub fn import_terraform_change(path: &Path, both: RuleBoth) -> TerraformChange {
    let name = input_name(path);
    match read_input(path, LARGEST) {
        Ok(text) => import_terraform_change_text(&name, &text, both),
        Err(error) => TerraformChange {
            before: Importer::new(&name, "").finish(None),
            after: unread(path, &error),
        },
    }
}

/// Imports what there is before a plan and after it, from a text that `terraform show -json` printed.
pub fn import_terraform_change_text(name: &str, text: &str, both: RuleBoth) -> TerraformChange {
    let (mut importer, mut earlier) = (Importer::new(name, text), Importer::new(name, text));
    let root = importer.tree();
    let document = root
        .as_ref()
        .and_then(|root| document::document(&importer.problems, root));
    let Some(document) = document else {
        return TerraformChange {
            before: earlier.finish(None),
            after: importer.finish(None),
        };
    };
    let after = importer.after(&document, both);
    let before = earlier.before(&document, both);
    let file = file_name(name);
    if !importer.problems.has_errors() {
        importer.must_patch(
            &after,
            "after",
            "nothing is left to compare: import the state before it alone",
        );
    }
    let before = before.filter(|before| {
        let help = "write what it leads to alone, with --out FILE";
        earlier.problems.has_errors() || earlier.must_patch(before, "before", help)
    });
    let before = before.unwrap_or_default();
    let common = common(&after, &before);
    let before = earlier.scenario_assuming(
        &before,
        &of_instances(&common, &before),
        &format!("before {file}"),
        &origin("What was before", &file),
    );
    let after = importer.scenario_assuming(
        &after,
        &of_instances(&common, &after),
        &format!("after {file}"),
        &origin("What is after", &file),
    );
    TerraformChange {
        before: not_told(before, &after),
        after,
    }
}

fn file_name(name: &str) -> String {
    let file = Path::new(name).file_name();
    file.map_or_else(|| name.to_owned(), |file| file.to_string_lossy().into_owned())
}

fn origin(what: &str, file: &str) -> String {
    match what {
        "Imported" => format!("Imported from {file} by `patchbench import terraform`."),
        _ => format!("{what} {file}, by `patchbench import terraform`."),
    }
}

/// A file that is no text, or cannot be read.
fn unread(path: &Path, error: &Unread) -> Imported {
    let name = input_name(path);
    let stored = || path.is_file() && begins_with(path, b"PK\x03\x04");
    if error.read.starts_with("PK\u{3}\u{4}") || stored() {
        let file = if path.is_file() {
            file_name(&name)
        } else {
            "plan.out".to_owned()
        };
        let message = format!("{name} is a plan as Terraform stores it");
        let problem = Problem::error(codes::FILE, message);
        let problem = problem.help(format!("print it: terraform show -json {file} > plan.json"));
        return Importer::refused(&name, &Unread::from(String::new()), problem);
    }
    let problem = Problem::error(codes::FILE, format!("{name} cannot be read: {error}"));
    let help = "in PowerShell: terraform show -json plan.out | Out-File -Encoding utf8 plan.json";
    let utf_16 = error.to_string().contains("UTF-16");
    let problem = if utf_16 { problem.help(help) } else { problem };
    Importer::refused(&name, error, problem)
}

/// What both sides of a plan have: where neither says something, the same is assumed for both.
fn common(after: &Account, before: &Account) -> Account {
    let groups: BTreeSet<&String> = after
        .baselines
        .iter()
        .flat_map(|known| &known.patch_groups)
        .collect();
    let mut common = Account::default();
    for known in &before.baselines {
        let mut known = known.clone();
        known.patch_groups.retain(|group| !groups.contains(group));
        known.is_default = false;
        common.baselines.push(known);
    }
    common.baselines.splice(0..0, after.baselines.iter().cloned());
    common.windows.extend(after.windows.iter().cloned());
    common.windows.extend(before.windows.iter().cloned());
    common
}

fn of_instances(common: &Account, side: &Account) -> Account {
    Account {
        baselines: common.baselines.clone(),
        windows: common.windows.clone(),
        commands: Vec::new(),
        instances: side.instances.clone(),
        whole_fleet: false,
    }
}

/// What is before, without what is told of what is after.
fn not_told(mut before: Imported, after: &Imported) -> Imported {
    let all = after.problems.iter();
    let told: BTreeSet<_> = all.map(|told| (told.code, told.message.as_str())).collect();
    before.problems.retain(|problem| {
        problem.severity == Severity::Error || !told.contains(&(problem.code, problem.message.as_str()))
    });
    // Behind the file and the line.
    let text = |dropped: &str| dropped.splitn(3, ':').nth(2).map(str::to_owned);
    let told: BTreeSet<Option<String>> = after.dropped.iter().map(|dropped| text(dropped)).collect();
    before.dropped.retain(|dropped| !told.contains(&text(dropped)));
    before
}

impl Importer<'_> {
    /// The source as JSON.
    fn tree(&mut self) -> Option<Node> {
        let start = self.text.len() - self.text.trim_start_matches('\u{feff}').len();
        let mut passage = Passage::at(self.source, start);
        passage.push(&self.text[start..], start);
        if let Some((message, help)) = no_json(&passage.text) {
            let problem = Problem::error(codes::IMPORT, message).at((self.source, start..start + 1));
            self.problems.push(problem.help(help));
            return None;
        }
        match super::json::json_deep(&passage, DEEPEST) {
            Ok(node) => Some(node),
            Err(mistake) => {
                self.problems.push(mistake.problem(&passage, "JSON"));
                None
            }
        }
    }

    /// The values of a baseline alone, which must be those of one.
    fn baseline_values(&mut self, node: &Node) -> Option<Node> {
        let mut checker = Checker {
            problems: &self.problems,
            notation: Notation::Json,
            dropped: Vec::new(),
        };
        let (_, others) = attributes::BASELINE.known(node);
        let mut values = attributes::set(node);
        // What the resource does not have is told even if it is empty.
        for pair in others {
            if values.get(&pair.key).is_none() {
                values = player::with(&values, &pair.key, pair.node);
            }
        }
        let found = checker.value(&values, &attributes::BASELINE, player::BASELINE);
        let told = checker.dropped.into_iter();
        let told: Vec<_> = told
            .map(|(pair, why)| (pair.place, format!("{}: {why}", pair.key)))
            .collect();
        self.dropped.extend(told);
        found
    }

    fn after(&mut self, document: &Document<'_>, both: RuleBoth) -> Account {
        let before = document.before.as_deref().unwrap_or_default();
        let account = self.played(&document.after, document, before, both);
        let patching = |known: &&Resource<'_>| READ.contains(&known.kind);
        if !document.after.iter().any(|known| patching(&known)) && !self.problems.has_errors() {
            let message = "none of its resources says anything about patching";
            let problem = Problem::error(codes::IMPORT, message).at((self.source, 0..0));
            let types = crate::suggest::listing(READ);
            self.problems
                .push(problem.note(format!("types that are read: {types}")));
        }
        account
    }

    /// What was before, unless the file does not say it.
    fn before(&mut self, document: &Document<'_>, both: RuleBoth) -> Option<Account> {
        let Some(before) = &document.before else {
            let message = "this is a state: only a plan has a before and an after";
            let problem = Problem::error(codes::IMPORT, message).at((self.source, 0..0));
            let help =
                "terraform plan -out plan.out, then terraform show -json plan.out > plan.json; or --out FILE";
            self.problems.push(problem.help(help));
            return None;
        };
        Some(self.played(before, document, &[], both))
    }

    /// Whether something patches on one side of a plan.
    fn must_patch(&self, account: &Account, side: &str, help: &str) -> bool {
        let patches = account.windows.iter().any(|window| !window.tasks.is_empty());
        if !patches {
            let message = format!("{side} this plan nothing patches: there is nothing to compare");
            let problem = Problem::error(codes::IMPORT, message).at((self.source, 0..0));
            self.problems.push(problem.help(help));
        }
        patches
    }

    fn played<'n>(
        &mut self,
        side: &[Resource<'n>],
        document: &Document<'n>,
        before: &[Resource<'n>],
        both: RuleBoth,
    ) -> Account {
        let Played {
            account,
            dropped,
            read,
            linked,
        } = Player::new(&self.problems, both, side, document.configuration, before).play();
        self.dropped.extend(dropped);
        self.read = read;
        if linked > 0 {
            let ids = counted(linked as u64, "id");
            let message =
                format!("{ids} known only after apply: linked by the expressions of the configuration");
            let problem = Problem::new(codes::IMPORT, Severity::Note, message);
            self.problems.push(problem.at((self.source, 0..0)));
        }
        account
    }
}

/// What a text is that is no JSON, and what to do.
fn no_json(text: &str) -> Option<(&'static str, &'static str)> {
    const HELP: &str =
        "print a plan: terraform plan -out plan.out, then terraform show -json plan.out > plan.json";
    let text = text.trim_start();
    if text.is_empty() {
        return Some((
            "the file is empty: did terraform show -json print an error?",
            HELP,
        ));
    }
    if text.starts_with(['{', '[']) {
        // A log has an object on each line.
        let log = text.starts_with("{\"@level\"");
        return log.then_some(("this is the log of `terraform plan -json`, not the plan", HELP));
    }
    let begins = |line: &str| {
        let word = line.split_whitespace().next().unwrap_or_default();
        let blocks = [
            "resource",
            "terraform",
            "provider",
            "module",
            "variable",
            "locals",
            "data",
            "output",
        ];
        blocks.contains(&word) && line.trim_end().ends_with(['{', '}'])
    };
    if text.lines().take(1_000).any(begins) {
        return Some(("this is a configuration of Terraform, not a plan or state", HELP));
    }
    let shown = text.contains("Terraform will perform") || text.contains("OpenTofu will perform");
    shown.then_some(("this is a plan as it is shown, not as JSON", HELP))
}
