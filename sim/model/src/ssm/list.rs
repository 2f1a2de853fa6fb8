//! Entries of the approved and rejected lists. Semantics, section 2.6.

use super::Family;
use crate::catalog::Patch;

/// Whether an approved or rejected entry names the patch: by knowledge base number, id, CVE id,
/// advisory id (the id up to the product), or package name with `*` for any run of characters.
/// Compared without regard to case.
pub fn lists(entry: &str, patch: &Patch) -> bool {
    let entry = entry.trim();
    let same = |text: &str| entry.eq_ignore_ascii_case(text);
    if same(&patch.id) || patch.kb.as_deref().is_some_and(same) {
        return true;
    }
    match patch.operating_system.family() {
        Family::Windows | Family::Mac | Family::Apt => same(&patch.title),
        Family::Rpm | Family::Suse => {
            let advisory = patch
                .id
                .rsplit_once(':')
                .is_some_and(|(advisory, _)| same(advisory));
            advisory || patch.cve_ids.iter().any(|cve| same(cve)) || wildcard(entry, &patch.title)
        }
    }
}

fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_ascii_lowercase(), text.to_ascii_lowercase());
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let mut last = None;
    for part in parts {
        last = Some(part);
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    match last {
        None => rest.is_empty(),
        Some(part) => part.is_empty() || rest.is_empty() || text.ends_with(part),
    }
}

#[cfg(test)]
mod tests {
    use super::wildcard;

    #[test]
    fn wildcards_stand_for_any_run() {
        for (pattern, text, expected) in [
            ("kernel", "kernel", true),
            ("kernel", "kernel-tools", false),
            ("kernel*", "kernel-tools", true),
            ("*tools", "kernel-tools", true),
            ("k*l-*s", "kernel-tools", true),
            ("k*l", "kernel-tools", false),
            ("*", "anything", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(wildcard(pattern, text), expected, "{pattern} against {text}");
        }
    }
}
