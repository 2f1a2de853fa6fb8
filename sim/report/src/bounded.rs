//! Markdown that fits a comment on a pull request, whatever it is about.

/// Most bytes of a summary: comments hold 64 KiB, and a step of a CI system adds words of its own.
pub(crate) const MOST_BYTES: usize = 60_000;
/// Room for what is said where a summary is cut off.
const CLOSING: usize = 1_000;

/// The text, cut off between lines where it is too long; then it names the files that have everything. Builders
/// keep their tables short, so that the cut is for what nobody foresaw, such as very long names.
pub(crate) fn bounded(mut text: String, everything: &str) -> String {
    if text.len() <= MOST_BYTES {
        return text;
    }
    let room = text.floor_char_boundary(MOST_BYTES - CLOSING);
    // A line that is longer than half of the text is cut itself, so that something is left.
    let line = text[..room].rfind('\n').filter(|end| *end > room / 2);
    text.truncate(line.map_or(room, |end| end + 1));
    if line.is_none() {
        text.push_str("…\n");
    }
    close(&mut text);
    text.push_str("\n**Cut off here, so that this summary fits a comment: everything is in ");
    text.push_str(everything);
    text.push_str(".**\n");
    text
}

/// Ends code blocks and folded parts that are open.
fn close(text: &mut String) {
    let (mut code, mut folded) = (false, 0_usize);
    for line in text.lines() {
        if line.starts_with("```") {
            code = !code;
        } else if !code {
            folded += line.matches("<details>").count();
            folded = folded.saturating_sub(line.matches("</details>").count());
        }
    }
    if code {
        text.push_str("```\n");
    }
    // No summary nests them deeper than this.
    for _ in 0..folded.min(9) {
        text.push_str("\n</details>\n");
    }
}

/// Adds a table, folded behind a line when it is long: people look at the rest first.
pub(crate) fn table(title: &str, rows: usize, table: &str, text: &mut String) {
    if rows <= UNFOLDED {
        text.push_str(table);
        return;
    }
    text.push_str("<details><summary>");
    text.push_str(title);
    text.push_str("</summary>\n\n");
    text.push_str(table);
    text.push_str("</details>\n\n");
}

/// Rows of a table that is shown without folding it.
const UNFOLDED: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_is_left_alone() {
        let text = "a\n".repeat(MOST_BYTES / 2);
        assert_eq!(bounded(text.clone(), "`x.csv`"), text);
    }

    #[test]
    fn what_is_too_long_is_cut_between_lines_and_closed() {
        for line in ["| é |\n", "😀\n", "abc\n"] {
            let text = format!(
                "<details><summary>x</summary>\n\n```text\n{}",
                line.repeat(30_000)
            );
            let cut = bounded(text, "`x.csv`");
            assert!(cut.len() <= MOST_BYTES && cut.len() > MOST_BYTES - 2 * CLOSING);
            let end = "```\n\n</details>\n\n**Cut off here, so that this summary fits a comment: everything is in \
                       `x.csv`.**\n";
            let kept = cut.strip_suffix(end).unwrap();
            assert!(kept.ends_with(line));
        }
    }

    #[test]
    fn a_line_that_is_longer_than_everything_is_cut_between_characters() {
        for before in 0..4 {
            let text = format!("# Title\n{}{}", "a".repeat(before), "😀".repeat(50_000));
            let cut = bounded(text, "`x.csv`");
            assert!(cut.len() <= MOST_BYTES && cut.contains("😀…\n\n**Cut off here"));
        }
    }
}
