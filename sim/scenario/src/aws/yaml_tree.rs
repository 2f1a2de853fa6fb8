//! CloudFormation's YAML as a tree of values with their places. A short tag becomes the long form of its
//! function: `!Sub text` is `{"Fn::Sub": text}`.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle, Span, StrInput, Tag};

use super::node::{DEEPEST, Data, Members, Node, Pair};
use crate::codes;
use crate::problem::Problem;
use crate::read::Problems;
use crate::suggest::nearest;

/// The short tags with the functions that they stand for.
const FUNCTIONS: [(&str, &str); 21] = [
    ("Ref", "Ref"),
    ("Condition", "Condition"),
    ("And", "Fn::And"),
    ("Base64", "Fn::Base64"),
    ("Cidr", "Fn::Cidr"),
    ("Equals", "Fn::Equals"),
    ("FindInMap", "Fn::FindInMap"),
    ("GetAtt", "Fn::GetAtt"),
    ("GetAZs", "Fn::GetAZs"),
    ("GetStackOutput", "Fn::GetStackOutput"),
    ("If", "Fn::If"),
    ("ImportValue", "Fn::ImportValue"),
    ("Join", "Fn::Join"),
    ("Length", "Fn::Length"),
    ("Not", "Fn::Not"),
    ("Or", "Fn::Or"),
    ("Select", "Fn::Select"),
    ("Split", "Fn::Split"),
    ("Sub", "Fn::Sub"),
    ("ToJsonString", "Fn::ToJsonString"),
    ("Transform", "Fn::Transform"),
];

/// The tags of YAML itself begin so.
const CORE: &str = "tag:yaml.org,2002:";

/// Reads a text with one YAML document. Problems are told; without a tree the text is no YAML at all.
pub(super) fn yaml(problems: &Problems, text: &str, source: usize) -> Option<Node> {
    // A byte order mark is no part of the document.
    let begin = text.len() - text.trim_start_matches('\u{feff}').len();
    let body = &text[begin..];
    let mut reader = Reader {
        parser: Parser::new_from_str(body),
        offsets: body
            .char_indices()
            .map(|(at, _)| begin + at)
            .chain([text.len()])
            .collect(),
        text,
        source,
        problems,
        told: RefCell::default(),
    };
    match reader.document() {
        Ok(node) => Some(node),
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

struct Reader<'t> {
    parser: Parser<'t, StrInput<'t>>,
    /// Bytes before each character.
    offsets: Vec<usize>,
    text: &'t str,
    source: usize,
    problems: &'t Problems,
    /// Messages that were told: each is told where it first applies.
    told: RefCell<BTreeSet<String>>,
}

impl<'t> Reader<'t> {
    fn document(&mut self) -> Result<Node, Problem> {
        let mut root = None;
        while let Some((event, span)) = self.next()? {
            match event {
                Event::StreamEnd => break,
                Event::Scalar(..) | Event::SequenceStart(..) | Event::MappingStart(..) | Event::Alias(_) => {
                    if root.is_some() {
                        return Err(self.problem("a second document in the file", &span));
                    }
                    root = Some(self.node(event, span, 1)?);
                }
                _ => {}
            }
        }
        root.ok_or_else(|| {
            let problem = Problem::error(codes::SYNTAX, "the file is empty").at((self.source, 0..0));
            problem.help("save the template in it: YAML or JSON with `Resources`, such as `cdk synth` prints")
        })
    }

    fn next(&mut self) -> Result<Option<(Event<'t>, Span)>, Problem> {
        match self.parser.next_event() {
            None => Ok(None),
            Some(Ok(found)) => Ok(Some(found)),
            Some(Err(error)) => {
                let at = self.offset(error.marker().index());
                let message = format!("this is no YAML: {}", error.info());
                Err(Problem::error(codes::SYNTAX, message).at((self.source, at..at)))
            }
        }
    }

    /// The value that an event begins.
    fn node(&mut self, event: Event<'t>, span: Span, depth: usize) -> Result<Node, Problem> {
        if depth > DEEPEST {
            let message = format!("lists and maps are nested more than {DEEPEST} deep");
            return Err(self.problem(message, &span));
        }
        let mut place = self.place(&span);
        let (data, tag) = match event {
            Event::Scalar(text, style, _, tag) => {
                let data = scalar(text, style, tag.as_deref());
                let inner = self.within_quotes(self.behind_tag(place.clone()), style);
                let node = Node::new((self.source, inner), data);
                return Ok(self.tagged(node, place, tag.as_deref(), &span));
            }
            Event::SequenceStart(_, tag) => (Data::List(self.items(&mut place, depth)?), tag),
            Event::MappingStart(_, tag) => (Data::Map(self.pairs(&mut place, depth)?), tag),
            Event::Alias(_) => {
                let problem = self.problem("CloudFormation takes no YAML aliases", &span);
                self.tell(problem.help("write the value again in place of each *alias"));
                (Data::Text(String::new()), None)
            }
            _ => return Err(self.problem("a value is missing here", &span)),
        };
        let node = Node::new((self.source, place), data);
        let whole = node.place.1.clone();
        Ok(self.tagged(node, whole, tag.as_deref(), &span))
    }

    fn items(&mut self, place: &mut Range<usize>, depth: usize) -> Result<Vec<Node>, Problem> {
        let mut items = Vec::new();
        while let Some((event, span)) = self.next()? {
            if event == Event::SequenceEnd {
                place.end = place.end.max(self.place(&span).start);
                break;
            }
            items.push(self.node(event, span, depth + 1)?);
        }
        Ok(items)
    }

    fn pairs(&mut self, place: &mut Range<usize>, depth: usize) -> Result<Vec<Pair>, Problem> {
        let mut members = Members::default();
        while let Some((event, span)) = self.next()? {
            let key = match event {
                Event::MappingEnd => {
                    place.end = place.end.max(self.place(&span).start);
                    break;
                }
                Event::Scalar(key, ..) => key.into_owned(),
                _ => return Err(self.problem("a key is a text", &span)),
            };
            if key == "<<" {
                let problem = self.problem("CloudFormation takes no YAML merge keys", &span);
                self.tell(problem.help("write the members themselves in place of `<<`"));
            }
            let Some((event, at)) = self.next()? else { break };
            let node = self.node(event, at, depth + 1)?;
            let place = (self.source, self.place(&span));
            if let Some(replaced) = members.insert(Pair { key, place, node }) {
                self.tell(twice(&replaced));
            }
        }
        Ok(members.into_pairs())
    }

    /// A value with a tag, which stands in `whole` with it: the function that it is short for.
    fn tagged(&self, node: Node, whole: Range<usize>, tag: Option<&Tag>, span: &Span) -> Node {
        let Some(tag) = tag else { return node };
        let name = format!("{}{}", tag.handle, tag.suffix);
        if let Some(core) = name.strip_prefix(CORE) {
            if !["str", "int", "float", "bool", "null", "seq", "map"].contains(&core) {
                self.tell(self.problem(format!("CloudFormation takes no YAML of type `!!{core}`"), span));
            }
            return node;
        }
        let short = name.trim_start_matches('!');
        if short.is_empty() {
            return node;
        }
        let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| *known == short) else {
            let problem = self.problem(format!("CloudFormation has no short form `!{short}`"), span);
            self.tell(problem.meant(nearest(short, FUNCTIONS.map(|(known, _)| known))));
            return node;
        };
        let place = (self.source, whole);
        let node = match *function {
            "Fn::GetAtt" => attribute(node),
            _ => node,
        };
        let pair = Pair {
            key: (*function).to_owned(),
            place: place.clone(),
            node,
        };
        Node::new(place, Data::Map(vec![pair]))
    }

    fn tell(&self, problem: Problem) {
        /// More are not told: a text like this was not written by hand.
        const MOST: usize = 50;
        let mut told = self.told.borrow_mut();
        if told.len() < MOST && told.insert(problem.message.clone()) {
            self.problems.push(problem);
        }
    }

    fn problem(&self, message: impl Into<String>, span: &Span) -> Problem {
        Problem::error(codes::SYNTAX, message).at((self.source, self.place(span)))
    }

    fn place(&self, span: &Span) -> Range<usize> {
        self.offset(span.start.index())..self.offset(span.end.index())
    }

    fn offset(&self, characters: usize) -> usize {
        let last = self.offsets.len() - 1;
        self.offsets[characters.min(last)]
    }

    /// The place of a scalar without the tag and anchor before it.
    fn behind_tag(&self, mut place: Range<usize>) -> Range<usize> {
        while let Some(text) = self
            .text
            .get(place.clone())
            .filter(|text| text.starts_with(['!', '&']))
        {
            let Some(word) = text.find(char::is_whitespace) else {
                break;
            };
            let blanks = text[word..].len() - text[word..].trim_start().len();
            place.start += word + blanks;
        }
        place
    }

    /// The place of a text without its quotes, so that a part of it can be pointed at.
    fn within_quotes(&self, place: Range<usize>, style: ScalarStyle) -> Range<usize> {
        let quoted = matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted);
        let opens = self.text[place.start..].starts_with(['"', '\'']);
        if quoted && opens && place.len() > 2 {
            return place.start + 1..place.end - 1;
        }
        place
    }
}

/// The problem of a member that another one of its name replaces.
pub(super) fn twice(replaced: &Pair) -> Problem {
    let message = format!("`{}` stands twice in one map: the last one counts", replaced.key);
    Problem::warning(codes::DUPLICATE, message).at(replaced.place.clone())
}

/// What a scalar is: with quotes or a tag a text, otherwise by its looks, as YAML 1.1 has it.
fn scalar(text: Cow<'_, str>, style: ScalarStyle, tag: Option<&Tag>) -> Data {
    let core = tag.is_some_and(|tag| tag.handle == CORE && tag.suffix != "str");
    if style != ScalarStyle::Plain || (tag.is_some() && !core) {
        return Data::Text(text.into_owned());
    }
    match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Data::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Data::Flag(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Data::Flag(false),
        number if is_number(number) => Data::Number(text.into_owned()),
        _ => Data::Text(text.into_owned()),
    }
}

/// A number in decimal digits; others, such as `0x1f` or `1:30`, stay what they look like.
fn is_number(text: &str) -> bool {
    let begins = text.trim_start_matches(['-', '+', '.']);
    begins.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_digit() || "+-.eE".contains(c))
        && text.parse::<f64>().is_ok()
}

/// `!GetAtt a.b`: the list of both.
fn attribute(node: Node) -> Node {
    let Data::Text(text) = &node.data else { return node };
    let Some((of, name)) = text.split_once('.') else {
        return node;
    };
    let part = |text: &str| Node::text_at(node.place.clone(), text);
    Node::new(node.place.clone(), Data::List(vec![part(of), part(name)]))
}

#[cfg(test)]
mod tests {
    use super::super::node::{Data, Node};
    use super::yaml;
    use crate::read::Problems;

    fn shown(node: &Node) -> String {
        match &node.data {
            Data::Null => "null".to_owned(),
            Data::Flag(flag) => flag.to_string(),
            Data::Number(text) => text.clone(),
            Data::Text(text) => format!("{text:?}"),
            Data::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" ")),
            Data::Map(pairs) => {
                let one = |pair: &super::Pair| format!("{}={}", pair.key, shown(&pair.node));
                format!("{{{}}}", pairs.iter().map(one).collect::<Vec<_>>().join(" "))
            }
        }
    }

    fn read(text: &str) -> String {
        let problems = Problems::default();
        let node = yaml(&problems, text, 0);
        let told: Vec<String> = problems.into_vec().into_iter().map(|p| p.message).collect();
        format!(
            "{}{}",
            node.as_ref().map(shown).unwrap_or_default(),
            told.join("; ")
        )
    }

    #[test]
    fn scalars_are_what_yaml_takes_them_for() {
        for (text, expected) in [
            (
                "[1, 1.50, -2, '3', \"4\", 0123456789012]",
                "[1 1.50 -2 \"3\" \"4\" 0123456789012]",
            ),
            (
                "[1.2.3, 2023-02-01, 20%, 0x1f, 1e3, .5, a-]",
                "[\"1.2.3\" \"2023-02-01\" \"20%\" \"0x1f\" 1e3 .5 \"a-\"]",
            ),
            (
                "[true, Yes, 'yes', off, ~, null, nan, inf]",
                "[true true \"yes\" false null null \"nan\" \"inf\"]",
            ),
            (
                "a: |\n  one\n  two\nb: >-\n  one\n  two\n",
                r#"{a="one\ntwo\n" b="one two"}"#,
            ),
            ("[!!str 5, !!int 5, ! 5, !Ref 5]", "[\"5\" 5 \"5\" {Ref=\"5\"}]"),
            ("\u{feff}ä: ü\n", "{ä=\"ü\"}"),
            ("{\"a\": [1, {\"b\": \"c\"}]}", "{a=[1 {b=\"c\"}]}"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn short_tags_are_the_long_form() {
        for (text, expected) in [
            ("!Ref A", "{Ref=\"A\"}"),
            ("!GetAtt A.Outputs.B", "{Fn::GetAtt=[\"A\" \"Outputs.B\"]}"),
            ("!GetAtt [A, !Ref B]", "{Fn::GetAtt=[\"A\" {Ref=\"B\"}]}"),
            ("!Sub 'a ${B}'", "{Fn::Sub=\"a ${B}\"}"),
            (
                "!Join\n - ''\n - - a\n   - !Sub b\n",
                "{Fn::Join=[\"\" [\"a\" {Fn::Sub=\"b\"}]]}",
            ),
            ("Fn::Base64: !Sub |\n  a\n", "{Fn::Base64={Fn::Sub=\"a\\n\"}}"),
            (
                "!And [!Condition A, !Not [!Equals [1, '1']]]",
                "{Fn::And=[{Condition=\"A\"} {Fn::Not=[{Fn::Equals=[1 \"1\"]}]}]}",
            ),
            (
                "!If [A, {b: c}, !Ref AWS::NoValue]",
                "{Fn::If=[\"A\" {b=\"c\"} {Ref=\"AWS::NoValue\"}]}",
            ),
            (
                "!Transform {Name: AWS::Include}",
                "{Fn::Transform={Name=\"AWS::Include\"}}",
            ),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_cloudformation_does_not_take_is_told() {
        let (deep, abyss) = ("[".repeat(100), "[".repeat(100_000));
        for (text, expected) in [
            ("", "the file is empty"),
            ("# nothing\n", "the file is empty"),
            ("a: [1, 2", "this is no YAML"),
            ("a:\n\t- b", "this is no YAML"),
            ("a: 1\n---\nb: 2", "a second document"),
            ("[a]: b", "a key is a text"),
            ("a: &a x\nb: *a", "no YAML aliases"),
            ("a: &a {x: y}\nb:\n  <<: *a", "no YAML merge keys"),
            ("a: !Reff b", "no short form `!Reff`"),
            ("a: !!binary b", "no YAML of type `!!binary`"),
            ("a: 1\na: 2", "{a=2}`a` stands twice"),
            (&abyss, "this is no YAML"),
            (&deep, "nested more than 32 deep"),
        ] {
            assert!(
                read(text).contains(expected),
                "{}: {}",
                &text[..text.len().min(30)],
                read(text)
            );
        }
    }
}
