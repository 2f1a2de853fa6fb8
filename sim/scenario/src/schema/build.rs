//! Building blocks of a schema.

use serde_json::{Map, Value, json};

/// A table whose keys are known; others are refused.
pub(super) struct Table {
    description: &'static str,
    keys: Map<String, Value>,
    required: Vec<&'static str>,
    rules: Map<String, Value>,
}

impl Table {
    pub(super) fn new(description: &'static str) -> Self {
        Self {
            description,
            keys: Map::new(),
            required: Vec::new(),
            rules: Map::new(),
        }
    }

    /// A key that must be there.
    pub(super) fn required(mut self, key: &'static str, meaning: &str, value: Value) -> Self {
        self.required.push(key);
        self.optional(key, meaning, value)
    }

    /// A key that may be there.
    pub(super) fn optional(mut self, key: &'static str, meaning: &str, value: Value) -> Self {
        self.keys.insert(key.to_owned(), described(meaning, value));
        self
    }

    /// A key that is known and has no place here.
    pub(super) fn refused(mut self, key: &'static str) -> Self {
        self.keys.insert(key.to_owned(), Value::Bool(false));
        self
    }

    /// A further rule, such as `oneOf`.
    pub(super) fn rule(mut self, keyword: &str, value: Value) -> Self {
        self.rules.insert(keyword.to_owned(), value);
        self
    }

    pub(super) fn build(self) -> Value {
        let mut schema = Map::new();
        schema.insert("description".to_owned(), self.description.into());
        schema.insert("type".to_owned(), "object".into());
        schema.insert("properties".to_owned(), Value::Object(self.keys));
        if !self.required.is_empty() {
            schema.insert("required".to_owned(), self.required.into());
        }
        schema.insert("additionalProperties".to_owned(), false.into());
        schema.extend(self.rules);
        Value::Object(schema)
    }
}

/// A schema with a description in front; without one it keeps its own.
pub(super) fn described(meaning: &str, value: Value) -> Value {
    let mut schema = Map::new();
    if !meaning.is_empty() {
        schema.insert("description".to_owned(), meaning.into());
    }
    if let Value::Object(value) = value {
        schema.extend(value);
    }
    Value::Object(schema)
}

/// A schema with the value that stands for an absent key.
pub(super) fn by_default(value: Value, default: impl Into<Value>) -> Value {
    let Value::Object(mut schema) = value else {
        return value;
    };
    schema.insert("default".to_owned(), default.into());
    Value::Object(schema)
}

/// A schema of `$defs`.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

/// A text of so many characters.
pub(super) fn text_of(least: usize, most: usize) -> Value {
    json!({ "type": "string", "minLength": least, "maxLength": most })
}

pub(super) fn flag() -> Value {
    json!({ "type": "boolean" })
}

/// A whole number from here on.
pub(super) fn integer_from(low: i64) -> Value {
    json!({ "type": "integer", "minimum": low })
}

/// A whole number within a range.
pub(super) fn integer(low: i64, high: i64) -> Value {
    json!({ "type": "integer", "minimum": low, "maximum": high })
}

/// One of a few words.
pub(super) fn choice<'a>(words: impl IntoIterator<Item = &'a str>) -> Value {
    json!({ "type": "string", "enum": words.into_iter().collect::<Vec<_>>() })
}

/// One of the words that the reader takes.
pub(super) fn choice_of<T>(choices: &[(&str, T)]) -> Value {
    choice(choices.iter().map(|(word, _)| *word))
}

/// A list.
pub(super) fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// Tables with names of the user's own.
pub(super) fn named(table: Value) -> Value {
    json!({ "type": "object", "additionalProperties": table })
}

/// Exactly one of these keys.
pub(super) fn one_of(keys: &[&str]) -> Value {
    let one = |key: &&str| json!({ "required": [key] });
    keys.iter().map(one).collect()
}
