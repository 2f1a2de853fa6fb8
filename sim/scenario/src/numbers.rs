//! Numbers in messages.

/// A whole number with its thousands set apart: `1,000,000`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit that suits them.
pub(crate) fn memory(bytes: u64) -> String {
    const UNITS: [&str; 3] = ["kB", "MB", "GB"];
    let mut size = bytes.div_ceil(1_000);
    let mut unit = 0;
    while size >= 10_000 && unit + 1 < UNITS.len() {
        size /= 1_000;
        unit += 1;
    }
    format!("{} {}", grouped(size), UNITS[unit])
}

/// `1 node`, `2 nodes`, `3 patches`.
pub(crate) fn counted(count: u64, what: &str) -> String {
    let plural = match count {
        1 => "",
        _ if what.ends_with("ch") => "es",
        _ => "s",
    };
    format!("{} {what}{plural}", grouped(count))
}

#[cfg(test)]
mod tests {
    use super::{counted, grouped, memory};

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(counted(1, "node"), "1 node");
        assert_eq!(counted(1_000, "node"), "1,000 nodes");
        assert_eq!(counted(2, "patch"), "2 patches");
    }

    #[test]
    fn memory_comes_in_units_that_can_be_read() {
        for (bytes, text) in [
            (1, "1 kB"),
            (4_000_000, "4,000 kB"),
            (4_000_000_000, "4,000 MB"),
            (8_589_934_592, "8,589 MB"),
            (u64::MAX, "18,446,744,073 GB"),
        ] {
            assert_eq!(memory(bytes), text);
        }
    }
}
