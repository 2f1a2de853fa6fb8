//! "Did you mean": the nearest of several names, and names in a row.

/// Longer names are compared with nothing: nobody misspells them by a letter or two.
const LONGEST_NAME: usize = 128;

/// At most this many names are listed.
const MOST_NAMES: usize = 40;

/// The known name that was probably meant, if one is near.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    let lower = name.to_lowercase();
    let distance = |candidate: &'a str| {
        let most = (1 + candidate.len().max(name.len()) / 5).min(candidate.len().saturating_sub(1));
        let comparable = candidate.len().abs_diff(name.len()) <= most && candidate.len() <= LONGEST_NAME;
        let edits = comparable.then(|| strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()))?;
        (edits <= most).then_some((edits, candidate))
    };
    // Among equally near ones, the one that differs in signs alone.
    let letters = |text: &str| text.to_lowercase().replace(|c: char| !c.is_alphanumeric(), "");
    known
        .into_iter()
        .filter_map(distance)
        .min_by_key(|(edits, candidate)| (*edits, letters(candidate) != letters(name)))
        .map(|(_, candidate)| candidate)
}

/// Names in a row, each once; many are cut off with a count.
pub(crate) fn listing<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut shown: Vec<&str> = Vec::new();
    let mut more = 0usize;
    for name in names {
        if shown.len() == MOST_NAMES {
            more += 1;
        } else if !shown.contains(&name) {
            shown.push(name);
        }
    }
    match (shown.is_empty(), more) {
        (true, _) => "none".to_owned(),
        (false, 0) => shown.join(", "),
        (false, more) => format!("{}, and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::{listing, nearest};

    #[test]
    fn a_letter_or_two_are_forgiven_and_no_more() {
        let keys = ["duration", "cutoff", "enabled", "in"];
        assert_eq!(nearest("duraton", keys), Some("duration"));
        assert_eq!(nearest("Cut-Off", keys), Some("cutoff"));
        assert_eq!(nearest("inn", keys), Some("in"));
        assert_eq!(nearest("period", keys), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("LINUX2", ["LINUX", "LINUX_2"]), Some("LINUX_2"));
        assert_eq!(nearest(&"x".repeat(1_000_000), keys), None);
    }

    #[test]
    fn long_lists_of_names_are_cut_off() {
        let names: Vec<String> = (0..100).map(|number| format!("n{number}")).collect();
        let text = listing(names.iter().map(String::as_str));
        assert!(text.ends_with("n39, and 60 more"), "{text}");
        assert_eq!(listing(["a", "b", "a"]), "a, b");
        assert_eq!(listing([]), "none");
    }
}
