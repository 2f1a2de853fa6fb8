//! Instants as answers of AWS have them. Semantics, section 9.

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Utc};

use super::node::{Data, Node};

/// ISO 8601 as the CLI and the console print it: RFC 3339, or an offset without a colon, or no seconds.
const FORMATS: [&str; 4] = [
    "%Y-%m-%dT%H:%M:%S%.f%#z",
    "%Y-%m-%d %H:%M:%S%.f%#z",
    "%Y-%m-%dT%H:%M%#z",
    "%Y-%m-%d %H:%M%#z",
];

/// An instant, written as epoch seconds with a fraction (what the service and version 1 of the CLI
/// say) or as ISO 8601 text with an offset or Z. A date is its midnight UTC. `None` for all else, for
/// a time of day without an offset, and outside the years 1970 to 2199.
pub(super) fn instant(node: &Node) -> Option<DateTime<Utc>> {
    let at = match &node.data {
        Data::Number(text) => epoch(text),
        Data::Text(text) => iso(text.trim()).or_else(|| epoch(text.trim())),
        _ => None,
    }?;
    (1970..2200).contains(&at.year()).then_some(at)
}

fn epoch(text: &str) -> Option<DateTime<Utc>> {
    let seconds: f64 = text.parse().ok()?;
    // A double holds microseconds of these years exactly enough, and not those of later ones.
    (0.0..8e9)
        .contains(&seconds)
        .then(|| DateTime::from_timestamp_micros((seconds * 1e6).round() as i64))?
}

fn iso(text: &str) -> Option<DateTime<Utc>> {
    let zoned = FORMATS
        .iter()
        .find_map(|format| DateTime::parse_from_str(text, format).ok());
    zoned.map(|at| at.to_utc()).or_else(|| {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
        Some(date.and_time(NaiveTime::MIN).and_utc())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read_and_nothing_else() {
        let text = |text: &str| instant(&Node::text_at((0, 0..0), text));
        let number = |text: &str| instant(&Node::new((0, 0..0), Data::Number(text.to_owned())));
        let shown = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339());
        let read = [
            (number("1582136283.089"), "2020-02-19T18:18:03.089+00:00"),
            (number("0"), "1970-01-01T00:00:00+00:00"),
            (number("1.5e9"), "2017-07-14T02:40:00+00:00"),
            (text("1582136283.089"), "2020-02-19T18:18:03.089+00:00"),
            (
                text("2021-08-04T11:03:50.590000-07:00"),
                "2021-08-04T18:03:50.590+00:00",
            ),
            (text("2020-02-19T18:18:03.419Z"), "2020-02-19T18:18:03.419+00:00"),
            (text("2021-05-03T11:00:56-0700"), "2021-05-03T18:00:56+00:00"),
            (text("2021-05-03 11:00:56+02:00"), "2021-05-03T09:00:56+00:00"),
            (text("2021-05-03T11:00Z"), "2021-05-03T11:00:00+00:00"),
            (text("2021-05-03"), "2021-05-03T00:00:00+00:00"),
        ];
        for (at, expected) in read {
            assert_eq!(shown(at).as_deref(), Some(expected));
        }
        let refused = [
            text("2021-08-046T11:03:50.590000-07:00"),
            text("2021-08-04T11:03:50"),
            text("1969-12-31T23:59:59Z"),
            text("2200-01-01T00:00:00Z"),
            text("soon"),
            text(""),
            text("NaN"),
            number("1e300"),
            number("-1"),
            number("1582136283089"),
            instant(&Node::new((0, 0..0), Data::Null)),
        ];
        assert_eq!(refused, [None; 11]);
    }
}
