//! Conditions of a template.

use super::super::node::{DEEPEST, Data, Node, Pair};
use super::intrinsics::{OF_CONDITIONS, Resolver};
use super::origins::Origin;
use super::template::plain;
use crate::codes;
use crate::suggest::nearest;

/// What a condition came to.
#[derive(Clone, Copy)]
pub(super) enum Truth {
    Known(bool),
    /// It cannot be worked out, and that was told.
    Failed,
}

impl Resolver<'_> {
    /// Whether the condition of a name holds.
    pub(super) fn named_condition(&mut self, name: &Node) -> Option<bool> {
        let place = &name.place;
        let Some(key) = name.text() else {
            let message = format!("the name of a condition is expected, not {}", name.kind());
            return self.error(codes::REQUEST, message, place, None);
        };
        match self.truths.get(key) {
            Some(Truth::Known(holds)) => return Some(*holds),
            Some(Truth::Failed) => {
                self.failed += 1;
                return None;
            }
            None => {}
        }
        if self.open.iter().any(|open| open == key) {
            let message = format!("condition {key} depends on itself");
            return self.error(codes::REFERENCE, message, place, None);
        }
        if self.open.len() >= DEEPEST {
            let message = format!("more than {DEEPEST} conditions depend on each other in a row");
            return self.error(codes::SIZE, message, place, None);
        }
        let Some(condition) = self.template.conditions.get(key) else {
            let meant = nearest(key, self.template.conditions.keys().copied());
            let help = meant.map(|meant| format!("did you mean `{meant}`?"));
            let message = format!("the template has no condition `{key}`");
            return self.error(codes::REFERENCE, message, place, help.as_deref());
        };
        self.open.push(key.to_owned());
        let holds = self.holds(condition);
        self.open.pop();
        let truth = holds.map_or(Truth::Failed, Truth::Known);
        self.truths.insert(key.to_owned(), truth);
        holds
    }

    fn holds(&mut self, node: &Node) -> Option<bool> {
        let [
            Pair {
                key, node: argument, ..
            },
        ] = node.pairs()
        else {
            return self.no_condition(node);
        };
        match key.as_str() {
            "Condition" => self.named_condition(argument),
            "Fn::Equals" => self.equals(argument),
            "Fn::And" => Some(self.several(argument, "Fn::And")?.into_iter().all(|holds| holds)),
            "Fn::Or" => Some(self.several(argument, "Fn::Or")?.into_iter().any(|holds| holds)),
            "Fn::Not" => {
                let [of] = self.arguments(argument, "Fn::Not takes a list of one condition")?;
                self.holds(&of).map(|holds| !holds)
            }
            _ => self.no_condition(node),
        }
    }

    fn no_condition(&mut self, node: &Node) -> Option<bool> {
        let message = format!(
            "a condition is expected: {} or Condition",
            OF_CONDITIONS.join(", ")
        );
        self.error(codes::REQUEST, message, &node.place, None)
    }

    fn several(&mut self, argument: &Node, name: &str) -> Option<Vec<bool>> {
        if !(2..=10).contains(&argument.items().len()) {
            let message = format!("{name} takes a list of 2 to 10 conditions");
            return self.error(codes::REQUEST, message, &argument.place, None);
        }
        // All of them are looked at, so that every problem is told.
        let found: Vec<Option<bool>> = argument.items().iter().map(|item| self.holds(item)).collect();
        found.into_iter().collect()
    }

    fn equals(&mut self, argument: &Node) -> Option<bool> {
        let both: [Node; 2] = self.arguments(argument, "Fn::Equals takes a list of two values")?;
        let [left, right] = both.each_ref().map(|value| self.compared(value));
        Some(left? == right?)
    }

    /// A value as it is compared; what it stands for must be known.
    fn compared(&mut self, node: &Node) -> Option<String> {
        let value = self.value(node)?;
        if let Some(origin) = self.origin(&value).cloned() {
            self.tell(&origin, &value.place);
            if !matches!(origin, Origin::Assumed(_)) {
                return None;
            }
        }
        match (&value.data, plain(&value)) {
            (_, Some(text)) => Some(text),
            (Data::List(items), _) => {
                let texts: Option<Vec<String>> = items.iter().map(plain).collect();
                texts.map(|texts| texts.join(","))
            }
            _ => self.error(
                codes::REQUEST,
                format!("a text is expected, not {}", value.kind()),
                &value.place,
                None,
            ),
        }
    }
}
