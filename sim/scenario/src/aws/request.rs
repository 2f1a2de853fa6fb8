//! From the words of a command to a request whose members are checked.

use super::api::{OPERATIONS, Operation};
use super::json::json;
use super::node::{Data, Node, Pair};
use super::passage::Passage;
use super::shape::{Checker, Member, Notation, Role, Shape};
use super::shorthand::shorthand;
use super::words::Line;
use crate::FileReader;
use crate::codes;
use crate::problem::{Problem, Sources};
use crate::read::{Place, Problems};
use crate::suggest::{listing, nearest};

/// A request of an operation that is read.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: &'static Operation,
    pub(crate) body: Node,
}

/// What a command line turned out to be.
pub(crate) enum Reading {
    Request(Request),
    /// A command that is left out, and why.
    Dropped(String),
    /// It could not be read, and that was told.
    Refused,
}

/// What reading commands needs besides their words.
pub(crate) struct Reader<'a> {
    pub(crate) problems: &'a Problems,
    pub(crate) sources: &'a mut Sources,
    pub(crate) files: &'a dyn FileReader,
    /// What was dropped: a place, what, and why.
    pub(crate) dropped: Vec<(Place, String)>,
}

/// Options of every command of the AWS CLI that take a value.
const GLOBAL_VALUES: [&str; 10] = [
    "region",
    "profile",
    "output",
    "query",
    "endpoint-url",
    "ca-bundle",
    "cli-read-timeout",
    "cli-connect-timeout",
    "cli-binary-format",
    "color",
];

/// Options of every command of the AWS CLI that take none.
const GLOBAL_FLAGS: [&str; 7] = [
    "debug",
    "no-verify-ssl",
    "no-paginate",
    "no-sign-request",
    "no-cli-pager",
    "no-cli-auto-prompt",
    "cli-auto-prompt",
];

/// An option with its words.
struct Given {
    name: String,
    place: Place,
    words: Vec<Passage>,
}

impl Reader<'_> {
    /// Reads one command line.
    pub(crate) fn request(&mut self, line: &Line) -> Reading {
        let mut words = skip_global(&line.words);
        let mut next = || {
            let word = words.first()?;
            words = &words[1..];
            Some(word)
        };
        let (service, name) = (next(), next());
        let (Some(service), Some(name)) = (service, name) else {
            return Reading::Dropped("no service and operation".to_owned());
        };
        let of_service = || OPERATIONS.iter().filter(|known| known.service == service.text);
        let Some(operation) = of_service().find(|known| known.name == name.text) else {
            return self.unknown_operation(service, name);
        };
        let Some(given) = self.options(words, name) else {
            return Reading::Refused;
        };
        match self.body(operation, &given, &line.place) {
            Some(body) => Reading::Request(Request { operation, body }),
            None => Reading::Refused,
        }
    }

    /// An operation that is not read: left out, unless it looks like a misspelt one.
    fn unknown_operation(&self, service: &Passage, name: &Passage) -> Reading {
        let known = OPERATIONS
            .iter()
            .filter(|known| known.service == service.text)
            .map(|known| known.name);
        // Operations that exist differ from each other by more than a letter or two.
        let close = |meant: &&str| {
            meant.split('-').next() == name.text.split('-').next()
                && meant.len().abs_diff(name.text.len()) <= 2
        };
        let begun = || {
            let whole = |meant: &&str| name.text.len() > 8 && meant.starts_with(name.text.as_str());
            known.clone().find(whole)
        };
        if let Some(meant) = nearest(&name.text, known.clone()).filter(close).or_else(begun) {
            let message = format!("aws {} has no operation `{}`", service.text, name.text);
            let problem = Problem::error(codes::REQUEST, message).at(name.all());
            self.problems.push(problem.meant(Some(meant)));
            return Reading::Refused;
        }
        // What takes back or changes what was read would make the scenario another one.
        let changes = ["update-", "delete-", "deregister-"]
            .iter()
            .any(|verb| name.text.starts_with(verb));
        let patching = ["maintenance-window", "patch-baseline"]
            .iter()
            .any(|what| name.text.contains(what));
        if service.text == "ssm" && changes && patching {
            let message = format!("{} is not read: the scenario is as it was before it", name.text);
            let problem = Problem::warning(codes::IMPORT, message).at(name.all());
            self.problems
                .push(problem.help("change the commands above to what holds after it"));
        }
        Reading::Dropped(format!("aws {} {} is not simulated", service.text, name.text))
    }

    /// Sorts words into options.
    fn options(&self, words: &[Passage], operation: &Passage) -> Option<Vec<Given>> {
        let mut all: Vec<Given> = Vec::new();
        let mut fine = true;
        for word in words {
            if let Some(option) = word.text.strip_prefix("--") {
                let (name, value) = match option.split_once('=') {
                    Some((name, _)) => (name, Some(word.from(2 + name.len() + 1))),
                    None => (option, None),
                };
                all.push(Given {
                    name: name.to_owned(),
                    place: word.place(0..2 + name.len()),
                    words: value.into_iter().collect(),
                });
            } else if word.text.starts_with(['–', '—']) {
                fine = false;
                let message = format!(
                    "`{}` begins with a dash that is none of the keyboard's",
                    word.text
                );
                let name = word.text.trim_start_matches(['–', '—', '-']);
                let problem = Problem::error(codes::COMMAND_LINE, message).at(word.all());
                self.problems.push(problem.help(format!("write --{name}")));
            } else if let Some(option) = all.last_mut() {
                option.words.push(word.clone());
            } else if fine {
                fine = false;
                let message = format!(
                    "an option such as --name is expected after {}, not a value",
                    operation.text
                );
                self.problems
                    .push(Problem::error(codes::COMMAND_LINE, message).at(word.all()));
            }
        }
        fine.then_some(all)
    }

    fn body(&mut self, operation: &'static Operation, given: &[Given], command: &Place) -> Option<Node> {
        let mut fine = true;
        let mut pairs: Vec<Pair> = Vec::new();
        // Members whose option was misspelt: one mistake, not two.
        let mut meant: Vec<&str> = Vec::new();
        for option in given {
            if GLOBAL_VALUES.contains(&option.name.as_str()) || GLOBAL_FLAGS.contains(&option.name.as_str()) {
                continue;
            }
            if option.name == "cli-input-yaml" {
                let problem = Problem::error(codes::REQUEST, "--cli-input-yaml is not read");
                let problem = problem.at(option.place.clone());
                self.problems
                    .push(problem.help("write the request as JSON: --cli-input-json file://FILE"));
                return None;
            }
            if option.name == "cli-input-json" {
                let found = self.input(operation, option);
                fine &= found.is_some();
                pairs.splice(0..0, found.unwrap_or_default());
                continue;
            }
            let Some((member, on)) = member_of(operation, &option.name) else {
                fine = false;
                meant.extend(self.unknown_option(operation, option));
                continue;
            };
            let Some(node) = self.member(member, on, option) else {
                fine = false;
                continue;
            };
            pairs.retain(|known| known.key != member.name);
            match member.role {
                Role::Read => pairs.push(Pair {
                    key: member.name.to_owned(),
                    place: option.place.clone(),
                    node,
                }),
                Role::Dropped(why) => self.drop(option.place.clone(), &format!("--{}", option.name), why),
            }
        }
        for member in operation.members.iter().filter(|member| member.required) {
            let there = pairs.iter().any(|pair| pair.key == member.name);
            let tried = given.iter().any(|option| option.name == option_name(member.name));
            if !there && !tried && !meant.contains(&member.name) {
                fine = false;
                let message = format!("{} needs --{}", operation.name, option_name(member.name));
                self.problems
                    .push(Problem::error(codes::REQUEST, message).at(command.clone()));
            }
        }
        fine.then(|| Node::new(command.clone(), Data::Map(pairs)))
    }

    fn drop(&mut self, place: Place, what: &str, why: &str) {
        self.dropped.push((place, format!("{what}: {why}")));
    }

    /// `--cli-input-json`: the whole request.
    fn input(&mut self, operation: &'static Operation, option: &Given) -> Option<Vec<Pair>> {
        let word = self.one(option)?;
        let node = self.json_of(&word, "--cli-input-json")?;
        let shape = Shape::Structure(operation.members);
        // A member that is missing here may be an option of its own.
        let given: Vec<Pair> = node.pairs().to_vec();
        let mut pairs = Vec::new();
        for pair in given {
            let Some(member) = operation.members.iter().find(|member| member.name == pair.key) else {
                self.checked(&node, &shape, operation.name, Notation::Json);
                return None;
            };
            let node = self.checked(&pair.node, &member.shape, member.name, Notation::Json)?;
            pairs.push(Pair { node, ..pair });
        }
        Some(pairs)
    }

    /// Tells an option that the operation does not have; returns the member that was meant.
    fn unknown_option(&self, operation: &Operation, option: &Given) -> Option<&'static str> {
        let members = operation.members.iter();
        let names: Vec<(&'static str, String)> = members
            .map(|member| (member.name, format!("--{}", option_name(member.name))))
            .collect();
        let options = || names.iter().map(|(_, option)| option.as_str());
        let given = format!("--{}", option.name);
        let meant = nearest(&given, options());
        let message = format!("{} has no option `{given}`", operation.name);
        self.problems.push(
            Problem::error(codes::REQUEST, message)
                .at(option.place.clone())
                .note(format!("options: {}", listing(options())))
                .meant(meant),
        );
        let known = names.iter().find(|(_, option)| Some(option.as_str()) == meant);
        known.map(|(member, _)| *member)
    }

    /// The value of an option as its member wants it.
    fn member(&mut self, member: &'static Member, on: bool, option: &Given) -> Option<Node> {
        let name = format!("--{}", option.name);
        match &member.shape {
            Shape::Flag => {
                if let Some(word) = option.words.first() {
                    let message = format!("{name} takes no value");
                    let help = format!("write --{0} or --no-{0}", option_name(member.name));
                    let problem = Problem::error(codes::REQUEST, message).at(word.all());
                    self.problems.push(problem.help(help));
                    return None;
                }
                Some(Node::new(option.place.clone(), Data::Flag(on)))
            }
            Shape::List(of, ..) => {
                let (items, notation) = self.several(option, of)?;
                let place = option.words.first().map_or(option.place.clone(), Passage::all);
                let list = Node::new(place, Data::List(items));
                self.checked(&list, &member.shape, member.name, notation)
            }
            Shape::Structure(_) | Shape::Map(_) | Shape::Anything => {
                let word = self.one(option)?;
                let (node, notation) = self.structure(&word, &name)?;
                self.checked(&node, &member.shape, member.name, notation)
            }
            shape => {
                let word = self.one(option)?;
                let node = Node::text_at(word.all(), &word.text);
                self.checked(&node, shape, member.name, Notation::Words)
            }
        }
    }

    /// The items of a list: several words, or one JSON list.
    fn several(&mut self, option: &Given, of: &Shape) -> Option<(Vec<Node>, Notation)> {
        let name = format!("--{}", option.name);
        let structures = matches!(of, Shape::Structure(_) | Shape::Map(_));
        let mut items = Vec::new();
        let mut notation = Notation::Words;
        if option.words.is_empty() {
            return self.no_value(option);
        }
        for word in &option.words {
            let word = self.loaded(word)?;
            let begins = word.text.trim_start();
            if begins.starts_with('[') || (structures && begins.starts_with('{')) {
                let node = self.json_of(&word, &name)?;
                notation = Notation::Json;
                match node.data {
                    Data::List(found) => items.extend(found),
                    _ => items.push(node),
                }
            } else if structures {
                items.push(self.structure(&word, &name)?.0);
            } else {
                items.push(Node::text_at(word.all(), &word.text));
            }
        }
        Some((items, notation))
    }

    /// A structure in JSON or shorthand.
    fn structure(&mut self, word: &Passage, name: &str) -> Option<(Node, Notation)> {
        if word.text.trim_start().starts_with(['{', '[']) {
            return Some((self.json_of(word, name)?, Notation::Json));
        }
        match shorthand(word, self.files) {
            Ok(read) => {
                for pair in &read.replaced {
                    let message = format!(
                        "`{}` stands twice in one structure: the last one counts",
                        pair.key
                    );
                    self.problems
                        .push(Problem::warning(codes::REQUEST, message).at(pair.place.clone()));
                }
                Some((read.node, Notation::Words))
            }
            Err(mistake) => {
                self.problems.push(mistake.problem(word, name));
                None
            }
        }
    }

    /// Reads JSON; where backslashes were left in for another shell, once more without them.
    fn json_of(&mut self, word: &Passage, name: &str) -> Option<Node> {
        let mistake = match json(word) {
            Ok(node) => return Some(node),
            Err(mistake) => mistake,
        };
        if word.text.contains("\\\"")
            && let Ok(node) = json(&word.without_before('\\', '"'))
        {
            self.problems.push(
                Problem::warning(codes::IMPORT, format!("{name}: the JSON is read without its backslashes"))
                    .at(word.all())
                    .note("\\\" within single quotes is for the Windows command line; a Unix shell passes the backslashes on, and the AWS CLI refuses them"),
            );
            return Some(node);
        }
        self.problems.push(mistake.problem(word, name));
        None
    }

    /// The only word of an option.
    fn one(&mut self, option: &Given) -> Option<Passage> {
        match option.words.as_slice() {
            [word] => self.loaded(word),
            [] => self.no_value(option),
            [_, more, ..] => {
                let message = format!("--{} takes one value", option.name);
                let problem = Problem::error(codes::COMMAND_LINE, message).at(more.all());
                self.problems
                    .push(problem.help("put a value with blanks in quotes"));
                None
            }
        }
    }

    fn no_value<T>(&self, option: &Given) -> Option<T> {
        let message = format!("--{} has no value", option.name);
        self.problems
            .push(Problem::error(codes::COMMAND_LINE, message).at(option.place.clone()));
        None
    }

    /// A word, or what the file has that it names.
    fn loaded(&mut self, word: &Passage) -> Option<Passage> {
        if word.text.starts_with("fileb://") {
            let message = "the bytes of a file (fileb://) are no value of this option";
            let problem = Problem::error(codes::COMMAND_LINE, message).at(word.all());
            self.problems
                .push(problem.help("write file:// for a file with text"));
            return None;
        }
        let Some(path) = word.text.strip_prefix("file://") else {
            return Some(word.clone());
        };
        match self.files.read(path) {
            Ok(text) => {
                let source = self.sources.add(path, &text);
                Some(Passage::whole(source, &text))
            }
            Err(error) => {
                let message = format!("{path} cannot be read: {error}");
                self.problems
                    .push(Problem::error(codes::FILE, message).at(word.all()));
                None
            }
        }
    }

    fn checked(&mut self, node: &Node, shape: &Shape, name: &str, notation: Notation) -> Option<Node> {
        let mut checker = Checker {
            problems: self.problems,
            notation,
            dropped: Vec::new(),
        };
        let found = checker.value(node, shape, name);
        for (pair, why) in checker.dropped {
            self.drop(pair.place, &pair.key, why);
        }
        found
    }
}

/// The words from the service on.
fn skip_global(mut words: &[Passage]) -> &[Passage] {
    while let Some(option) = words.first().and_then(|word| word.text.strip_prefix("--")) {
        let with_value = GLOBAL_VALUES.contains(&option);
        words = &words[(1 + usize::from(with_value)).min(words.len())..];
    }
    words
}

/// The member that an option sets, and to what if it is a flag.
fn member_of(operation: &'static Operation, option: &str) -> Option<(&'static Member, bool)> {
    let find = |name: &str| {
        operation
            .members
            .iter()
            .find(|member| option_name(member.name) == name)
    };
    if let Some(member) = find(option) {
        return Some((member, true));
    }
    let member = find(option.strip_prefix("no-")?)?;
    matches!(member.shape, Shape::Flag).then_some((member, false))
}

/// The option of a member: `ApproveAfterDays` is `--approve-after-days`.
pub(super) fn option_name(member: &str) -> String {
    let mut name = String::new();
    let mut after_capital = true;
    for letter in member.chars() {
        if letter.is_ascii_uppercase() && !after_capital {
            name.push('-');
        }
        after_capital = letter.is_ascii_uppercase();
        name.push(letter.to_ascii_lowercase());
    }
    name
}
