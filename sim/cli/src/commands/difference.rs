//! The first difference between a file of a result and the same file made once more, by name.

use serde_json::Value;

/// The first difference of two files that are not equal.
pub(super) fn named(path: &str, there: &[u8], here: &[u8]) -> String {
    let found = match extension(path) {
        "jsonl" => event(there, here),
        "csv" => cell(path, there, here),
        _ => None,
    };
    found.unwrap_or_else(|| line(path, there, here))
}

/// What follows the last dot of a file's name, as we write it.
pub(super) fn extension(path: &str) -> &str {
    path.rsplit_once('.').map_or("", |(_, extension)| extension)
}

/// The first event of a trace that differs: its number, its instant, and what it is here and there.
fn event(there: &[u8], here: &[u8]) -> Option<String> {
    let lines = |bytes: &[u8]| -> Option<Vec<String>> {
        Some(
            std::str::from_utf8(bytes)
                .ok()?
                .lines()
                .map(str::to_owned)
                .collect(),
        )
    };
    let (there, here) = (lines(there)?, lines(here)?);
    let number = there
        .iter()
        .zip(&here)
        .take_while(|(there, here)| there == here)
        .count();
    let parsed = |lines: &[String]| lines.get(number).and_then(|line| serde_json::from_str(line).ok());
    let (there, here): (Option<Value>, Option<Value>) = (parsed(&there), parsed(&here));
    let at = |event: &Option<Value>| {
        event
            .as_ref()
            .and_then(|event| event["at"].as_str().map(str::to_owned))
    };
    let told = |event: Option<&Value>, other: Option<&Value>| {
        event.map_or_else(|| "the trace has ended".to_owned(), |event| told(event, other))
    };
    Some(format!(
        "event {number} differs at {}: here {}, there {}",
        at(&there).or_else(|| at(&here))?,
        told(here.as_ref(), there.as_ref()),
        told(there.as_ref(), here.as_ref())
    ))
}

/// An event in few words: what it is and about whom, and what else it says otherwise than the other one.
fn told(event: &Value, other: Option<&Value>) -> String {
    let about = ["fact", "node", "patch", "window", "task", "status"];
    let named = about.iter().filter_map(|key| event[*key].as_str());
    let mut words: Vec<String> = named.map(str::to_owned).collect();
    let fields = event.as_object().into_iter().flatten();
    let differing = fields.filter(|(key, value)| {
        let other = other.map(|other| &other[key.as_str()]);
        !about.contains(&key.as_str()) && other.is_some_and(|other| other != *value)
    });
    words.extend(differing.take(3).map(|(key, value)| format!("{key} {value}")));
    words.join(" ")
}

/// The first cell of a table that differs; a row is known by its first cells.
fn cell(path: &str, there: &[u8], here: &[u8]) -> Option<String> {
    let rows = |bytes: &[u8]| {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes);
        reader.records().collect::<Result<Vec<_>, _>>().ok()
    };
    let (there, here) = (rows(there)?, rows(here)?);
    let number = there
        .iter()
        .zip(&here)
        .take_while(|(there, here)| there == here)
        .count();
    let (Some(row_there), Some(row_here)) = (there.get(number), here.get(number)) else {
        let count = |rows: &[csv::StringRecord]| rows.len().saturating_sub(1);
        return Some(format!(
            "{path} has {} rows here, {} there",
            count(&here),
            count(&there)
        ));
    };
    let column = row_there
        .iter()
        .zip(row_here)
        .take_while(|(there, here)| there == here)
        .count();
    let name = there.first().and_then(|names| names.get(column)).unwrap_or("?");
    let key: Vec<&str> = row_there.iter().take(4).filter(|cell| !cell.is_empty()).collect();
    let shown = |row: &csv::StringRecord| match row.get(column) {
        None | Some("") => "nothing".to_owned(),
        Some(cell) => cell.to_owned(),
    };
    let first = if path == "replications.csv" {
        format!(
            "replication {} is the first that differs: ",
            row_there.get(0).unwrap_or("?")
        )
    } else {
        String::new()
    };
    let hint = if name == "fingerprint" || path == "replications.csv" {
        "; a first run with --trace would let the event be named"
    } else {
        ""
    };
    Some(format!(
        "{first}{path}, row {number} ({}), column {name}: {} here, {} there{hint}",
        key.join(", "),
        shown(row_here),
        shown(row_there)
    ))
}

/// The first line of a text that differs.
fn line(path: &str, there: &[u8], here: &[u8]) -> String {
    let (Ok(there), Ok(here)) = (std::str::from_utf8(there), std::str::from_utf8(here)) else {
        return format!("{path} differs");
    };
    let number = there
        .lines()
        .zip(here.lines())
        .take_while(|(there, here)| there == here)
        .count();
    let shown = |text: &str| {
        text.lines().nth(number).map_or_else(
            || "nothing".to_owned(),
            |line| line.trim().chars().take(80).collect(),
        )
    };
    let (here, there): (String, String) = (shown(here), shown(there));
    format!("{path}, line {}: here {here}, there {there}", number + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_event_that_differs_is_named() {
        let there = b"{\"at\":\"a\",\"fact\":\"x\"}\n{\"at\":\"b\",\"fact\":\"invocation_ended\",\"node\":\"fe-31\",\"opened\":\"o\"}\n";
        let here = b"{\"at\":\"a\",\"fact\":\"x\"}\n{\"at\":\"b\",\"fact\":\"invocation_ended\",\"node\":\"fe-17\",\"opened\":\"p\"}\n";
        assert_eq!(
            named("trace.jsonl", there, here),
            "event 1 differs at b: here invocation_ended fe-17 opened \"p\", there invocation_ended fe-31 opened \"o\""
        );
        assert_eq!(
            named("trace.jsonl", there, &here[..23]),
            "event 1 differs at b: here the trace has ended, there invocation_ended fe-31"
        );
    }

    #[test]
    fn the_first_cell_that_differs_is_named() {
        let there = b"replication,sent,fingerprint\n0,3,aa\n1,4,bb\n";
        let here = b"replication,sent,fingerprint\n0,3,aa\n1,5,cc\n";
        assert_eq!(
            named("replications.csv", there, here),
            "replication 1 is the first that differs: replications.csv, row 2 (1, 4, bb), column sent: 5 here, 4 there; \
             a first run with --trace would let the event be named"
        );
        assert_eq!(
            named("metrics.csv", b"a,b\n1,2\n", b"a,b\n"),
            "metrics.csv has 0 rows here, 1 there"
        );
    }
}
