//! Functions that make texts of texts: `Fn::Sub`, `Fn::Join`, `Fn::Split`.

use super::super::node::{Data, Node};
use super::intrinsics::{Resolver, VALUE};
use super::template::plain;
use crate::codes;
use crate::read::Place;

impl Resolver<'_> {
    /// `Fn::Sub`: a text with `${names}`, or that with a map of further names.
    pub(super) fn substitute(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let empty = Node::new(argument.place.clone(), Data::Map(Vec::new()));
        let (template, map) = match (&argument.data, argument.items()) {
            (Data::Text(_), _) => (argument, &empty),
            (_, [template, map]) if template.text().is_some() => (template, map),
            _ => {
                let message = "Fn::Sub takes a text, or a text and a map of names".to_owned();
                return self.error(codes::REQUEST, message, &argument.place, None);
            }
        };
        let map = self.value(map)?;
        let mut parts = Vec::new();
        let whole = template.text().unwrap_or_default();
        let mut rest = whole;
        while let Some((before, after)) = rest.split_once("${") {
            let at = whole.len() - after.len() - "${".len();
            let Some((name, after)) = after.split_once('}') else {
                let message = "`${` has no `}`".to_owned();
                let place = part_of(template, at, "${".len());
                return self.error(
                    codes::REQUEST,
                    message,
                    &place,
                    Some("write ${!Name} for the text ${Name}"),
                );
            };
            parts.push(Node::text_at(NOWHERE, before));
            let place = part_of(template, at, name.len() + "${}".len());
            // Each has a place of its own, so that what it stands for can be marked there.
            let start = (template.place.1.start + at).min(place.1.end);
            let node = Node::new((place.0, start..place.1.end), Data::Null);
            parts.push(self.substituted(&node, &place, &map, name)?);
            rest = after;
        }
        parts.push(Node::text_at(NOWHERE, rest));
        parts.retain(|part| part.text() != Some(""));
        self.joined(node, &parts, "")
    }

    /// What stands for `${name}`.
    fn substituted(&mut self, node: &Node, place: &Place, map: &Node, name: &str) -> Option<Node> {
        if let Some(literal) = name.strip_prefix('!') {
            return Some(Node::text_at(NOWHERE, format!("${{{literal}}}")));
        }
        if let Some(value) = map.get(name) {
            return Some(value.clone());
        }
        if name == "AWS::NoValue" {
            let message = "AWS::NoValue is no part of a text".to_owned();
            return self.error(codes::REQUEST, message, place, None);
        }
        match name.split_once('.') {
            Some((of, attribute)) => self.attribute_of(node, of, attribute, place),
            None => self.named(node, name, place),
        }
    }

    pub(super) fn join(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let [delimiter, list] = self.arguments(argument, "Fn::Join takes a delimiter and a list")?;
        let list = self.value(&list)?;
        let Some(delimiter) = delimiter.text() else {
            return self.error(
                codes::REQUEST,
                "the delimiter of Fn::Join is a text".to_owned(),
                &delimiter.place,
                None,
            );
        };
        if let Some(origin) = self.origin(&list).cloned() {
            return Some(self.stand_in(node, "Fn::Join", origin.within()));
        }
        let Data::List(items) = &list.data else {
            return self.error(
                codes::REQUEST,
                format!("Fn::Join takes a list, not {}", list.kind()),
                &list.place,
                None,
            );
        };
        self.joined(node, items, delimiter)
    }

    /// Texts in a row; what one of them stands for, the whole does.
    fn joined(&mut self, node: &Node, parts: &[Node], delimiter: &str) -> Option<Node> {
        if let [part] = parts
            && part.text().is_some()
            && let Some(origin) = self.origin(part).cloned()
        {
            let text = part.text().unwrap_or_default().to_owned();
            return Some(self.stand_in(node, &text, origin));
        }
        let mut text = String::new();
        for (index, part) in parts.iter().enumerate() {
            let Some(piece) = plain(part) else {
                return self.error(
                    codes::REQUEST,
                    format!("a text is expected here, not {}", part.kind()),
                    &part.place,
                    None,
                );
            };
            self.spend(piece.len() + delimiter.len() + VALUE, &node.place)?;
            text.push_str(if index == 0 { "" } else { delimiter });
            text.push_str(&piece);
        }
        let origins = parts.iter().filter_map(|part| self.origin(part));
        let origin = origins.max_by_key(|origin| origin.rank()).cloned();
        let made = Node::text_at(node.place.clone(), text);
        // A mark that a part left at the place of the whole is not that of the whole.
        self.origins.remove(&(node.place.0, node.place.1.start));
        if let Some(origin) = origin {
            self.mark(&node.place, origin.within());
        }
        Some(made)
    }

    pub(super) fn split(&mut self, node: &Node, argument: &Node) -> Option<Node> {
        let [delimiter, text] = self.arguments(argument, "Fn::Split takes a delimiter and a text")?;
        let text = self.value(&text)?;
        if let Some(origin) = self.origin(&text).cloned() {
            return Some(self.stand_in(node, "Fn::Split", origin.within()));
        }
        let (Some(delimiter), Some(whole)) = (delimiter.text().filter(|text| !text.is_empty()), plain(&text))
        else {
            return self.error(
                codes::REQUEST,
                "Fn::Split takes a delimiter and a text".to_owned(),
                &argument.place,
                None,
            );
        };
        // Counted before it is made: many parts take more than their texts.
        let parts = whole.matches(delimiter).count() + 1;
        self.spend(parts * VALUE + whole.len(), &node.place)?;
        let part = |part: &str| Node::text_at(text.place.clone(), part);
        let parts = whole.split(delimiter).map(part).collect();
        Some(Node::new(node.place.clone(), Data::List(parts)))
    }
}

/// Of texts that nothing is told about.
const NOWHERE: Place = (usize::MAX, 0..0);

/// The place of a part of a text; that of all of it where it is not written as it is.
fn part_of(text: &Node, at: usize, length: usize) -> Place {
    let place = &text.place;
    let start = place.1.start + at;
    match text.text() {
        Some(whole) if whole.len() == place.1.len() => (place.0, start..start + length),
        _ => place.clone(),
    }
}
