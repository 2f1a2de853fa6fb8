//! Times such as `PT1H3M0.091S`, as GetCommandInvocation gives them.

use chrono::TimeDelta;

/// An ISO 8601 duration of days, hours, minutes and seconds.
pub(super) fn elapsed(text: &str) -> Option<TimeDelta> {
    const UNITS: [(char, f64); 4] = [('D', 86_400.0), ('H', 3_600.0), ('M', 60.0), ('S', 1.0)];
    let mut rest = text.strip_prefix('P')?;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        rest = rest.strip_prefix('T').unwrap_or(rest);
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.'))?;
        let amount: f64 = rest[..digits].parse().ok()?;
        let unit = rest[digits..].chars().next()?;
        let (_, scale) = UNITS.iter().find(|(known, _)| *known == unit)?;
        seconds += amount * scale;
        rest = &rest[digits + 1..];
    }
    // Longer than any command may run.
    (seconds <= 1e7).then(|| TimeDelta::microseconds((seconds * 1e6).round() as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_to_fractions_of_seconds_are_read() {
        let ms = |text| elapsed(text).map(|time| time.num_milliseconds());
        let read = ["PT0.091S", "PT1H3M2S", "P1DT1S"].map(ms);
        assert_eq!(read, [Some(91), Some(3_782_000), Some(86_401_000)]);
        let refused = [
            "",
            "5",
            "PT",
            "PTS",
            "PT5",
            "PT1X",
            "PT1..2S",
            "PT99999999999S",
            "PT1é",
        ]
        .map(ms);
        assert_eq!(refused, [None; 9]);
    }
}
