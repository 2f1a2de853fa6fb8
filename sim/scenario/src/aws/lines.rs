//! Lines of a written scenario, each with the source of its value behind it.

use std::cell::OnceCell;
use std::fmt::Write as _;
use std::ops::Range;

use super::places::{OBJECT, Places};
use super::toml::comment;
use crate::problem::Sources;
use crate::read::Place;

/// Counting the columns of a longer text again for each value would take too long.
const LONGEST_COUNTED: usize = 64 << 10;

/// Says where places stand.
pub(super) struct Citations<'s> {
    sources: &'s Sources,
    /// The line ends of each source.
    line_ends: Vec<OnceCell<Vec<usize>>>,
}

impl<'s> Citations<'s> {
    pub(super) fn new(sources: &'s Sources) -> Self {
        Self {
            sources,
            line_ends: vec![OnceCell::new(); sources.count()],
        }
    }

    /// `FILE:LINE`; in a source of one line `FILE:1:COLUMN`.
    pub(super) fn cite(&self, place: &Place) -> Option<String> {
        let (source, offset) = (place.0, place.1.start);
        let text = self.sources.text(source);
        let ends = self.line_ends.get(source)?.get_or_init(|| {
            let ends = text.match_indices('\n').map(|(at, _)| at);
            ends.collect()
        });
        let name = self.sources.name(source);
        let file = comment(name.rsplit(['/', '\\']).next().unwrap_or(name));
        let line = ends.partition_point(|end| *end < offset) + 1;
        let single = ends.first().is_none_or(|end| end + 1 == text.len());
        if single && text.len() <= LONGEST_COUNTED {
            let (line, column) = self.sources.line_column(source, offset);
            return Some(format!("{file}:{line}:{column}"));
        }
        Some(format!("{file}:{line}"))
    }
}

/// A scenario while it is written.
pub(super) struct Lines<'c, 's> {
    citations: &'c Citations<'s>,
    pub(super) text: String,
    /// Where lines with a source begin, in order, and the source.
    placed: Vec<(usize, Place)>,
}

/// A written text, and what its lines come from.
pub(super) struct Written {
    pub(super) text: String,
    placed: Vec<(usize, Place)>,
}

impl Written {
    /// The source of the line that these bytes of the text stand in; where they stand in it, if that can be
    /// told: a line may be made of several values, of which it cites the first.
    pub(super) fn source_of(&self, span: &Range<usize>, sources: &Sources) -> Option<Place> {
        let before = self.placed.partition_point(|(start, _)| *start <= span.start);
        let (start, place) = self.placed.get(before.checked_sub(1)?)?;
        if self.text.get(*start..span.start)?.contains('\n') {
            return None;
        }
        let value = self.text.get(span.clone()).unwrap_or_default();
        Some(value_behind(place, value, sources).unwrap_or_else(|| place.clone()))
    }
}

/// The first whole word behind a place that is this value.
fn value_behind(place: &Place, value: &str, sources: &Sources) -> Option<Place> {
    /// Characters that are looked through.
    const NEAR: usize = 4_000;
    let value = value.trim_matches(['"', '\'']);
    let behind = sources.text(place.0).get(place.1.start..)?;
    let end = behind
        .char_indices()
        .nth(NEAR)
        .map_or(behind.len(), |(end, _)| end);
    let near = &behind[..end];
    let of_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    let whole = |at: usize| {
        let (before, after) = (&near[..at], &near[at + value.len()..]);
        !before.ends_with(of_word) && !after.starts_with(of_word)
    };
    let mut found = near.match_indices(value).map(|(at, _)| at);
    let at = found.find(|at| whole(*at)).filter(|_| !value.is_empty())?;
    let start = place.1.start + at;
    Some((place.0, start..start + value.len()))
}

impl<'c, 's> Lines<'c, 's> {
    pub(super) const fn new(citations: &'c Citations<'s>) -> Self {
        Self {
            citations,
            text: String::new(),
            placed: Vec::new(),
        }
    }

    pub(super) fn written(self) -> Written {
        Written {
            text: self.text,
            placed: self.placed,
        }
    }

    /// An empty line between tables.
    pub(super) fn gap(&mut self) {
        self.text.push('\n');
    }

    /// Where a place stands, for a comment.
    pub(super) fn cite(&self, place: &Place) -> Option<String> {
        self.citations.cite(place)
    }

    /// The line that begins now comes from there.
    pub(super) fn comes_from(&mut self, place: Option<&Place>) {
        self.placed
            .extend(place.map(|place| (self.text.len(), place.clone())));
    }

    /// A line with the place of this key.
    fn line(&mut self, line: &str, places: &Places, key: &str) {
        let place = places.get(key);
        self.comes_from(place);
        let cited = place.and_then(|place| self.citations.cite(place));
        let _ = match cited {
            Some(cited) => writeln!(self.text, "{line}  # {cited}"),
            None => writeln!(self.text, "{line}"),
        };
    }

    /// `[TABLE]` or `[[TABLE]]`.
    pub(super) fn header(&mut self, header: &str, places: &Places) {
        self.line(header, places, OBJECT);
    }

    /// `key = value` that stands under its key.
    pub(super) fn said(&mut self, places: &Places, key: &str, value: &str) {
        self.line(&format!("{key} = {value}"), places, key);
    }

    /// The same, where there is a value.
    pub(super) fn may(&mut self, places: &Places, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.said(places, key, &value);
        }
    }

    /// `key = value` of which more is to be said than where it stands.
    pub(super) fn noted(&mut self, key: &str, value: &str, place: Option<&Place>, note: &str) {
        let cited = place.and_then(|place| self.citations.cite(place));
        let both: Vec<&str> = cited.as_deref().into_iter().chain([note]).collect();
        let _ = writeln!(self.text, "{key} = {value}  # {}", both.join(", "));
    }

    /// An entry whose key is the user's own.
    pub(super) fn entry(&mut self, places: &Places, entry: &str) {
        self.line(entry, places, "values");
    }

    /// `key = value` that stands there, or is AWS's default.
    pub(super) fn said_or(&mut self, places: &Places, key: &str, value: &str, why: &str) {
        if places.get(key).is_some() {
            self.said(places, key, value);
        } else {
            let _ = writeln!(self.text, "{key} = {value}  # assumed: {why}");
        }
    }
}

/// Marks every value as assumed that has no comment yet.
pub(super) fn all_assumed(text: &str) -> String {
    let mut marked = String::new();
    for line in text.lines() {
        let value = line.contains(" = ") && !line.starts_with(['[', '#']) && !line.contains("  # ");
        let _ = writeln!(marked, "{line}{}", if value { "  # assumed" } else { "" });
    }
    marked
}
