//! How precise estimates became, in words.

use std::fmt::Write as _;

use patchbench_study::PrecisionReached;

use crate::compare::figure;

/// A line for each response whose interval is wider than wanted, or one that says that none is.
pub(crate) fn precision_lines(reached: &[PrecisionReached], text: &mut String) {
    let open: Vec<&PrecisionReached> = reached.iter().filter(|reached| !reached.is_met()).collect();
    if open.is_empty() && !reached.is_empty() {
        let told: Vec<String> = reached.iter().map(told).collect();
        let _ = writeln!(text, "as precise as wanted: {}", told.join("; "));
    }
    for open in open {
        let wanted = figure(open.wanted, open.unit);
        let _ = writeln!(text, "not as precise as wanted (± {wanted}): {}", told(open));
    }
}

fn told(reached: &PrecisionReached) -> String {
    let half_width = figure(reached.half_width, reached.unit);
    format!("{} of {} ± {half_width}", reached.of, reached.response)
}
