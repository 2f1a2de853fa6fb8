//! The nodes of an imported account in its scenario.

use std::fmt::Write as _;

use super::account::Account;
use super::fleet::{Origin, Pool};
use super::lines::Lines;
use super::streams::windows_product;
use super::toml::{key, list, quoted};
use crate::numbers::grouped;

/// `[nodes.NAME]`
pub(super) fn pool(account: &Account, pool: &Pool, lines: &mut Lines<'_, '_>) {
    if let Some(why) = pool.guessed {
        let _ = writeln!(lines.text, "# assumed: {why}");
    }
    let platform = pool.platform.as_ref();
    let system = platform.and_then(|platform| platform.place.as_ref());
    let tagged = pool.grouped.as_ref().or(pool.tagged.first.as_ref());
    lines.comes_from(tagged.or(pool.named.first.as_ref()));
    let _ = writeln!(lines.text, "[nodes.{}]", key(&pool.name));
    if pool.ids.is_empty() {
        let _ = writeln!(lines.text, "count = {}  # assumed", pool.count());
    } else {
        let why = cited(&pool.named, lines).unwrap_or_else(|| "nodes that are named so".to_owned());
        lines.comes_from(pool.named.first.as_ref());
        let _ = writeln!(lines.text, "ids = {}", ids(&pool.ids, &why));
    }
    let linux = pool.some_linux.as_ref().and_then(|place| lines.cite(place));
    let why = match (system.and_then(|place| lines.cite(place)), platform, linux) {
        (Some(cited), ..) => format!("{cited}, of the first of them"),
        (None, Some(_), _) => "what EC2 says of them".to_owned(),
        (None, None, Some(linux)) => format!("assumed: some Linux, {linux}"),
        (None, None, None) => "assumed: that of the baseline".to_owned(),
    };
    lines.comes_from(system.or(pool.some_linux.as_ref()));
    let _ = writeln!(
        lines.text,
        "operating_system = {}  # {why}",
        quoted(&pool.operating_system)
    );
    if let Some(product) = platform.and_then(|platform| platform.product.as_ref()) {
        lines.comes_from(system);
        let _ = writeln!(lines.text, "product = {}  # {why}", quoted(product));
    } else if pool.operating_system == "WINDOWS" {
        let (product, why) = windows_product(account);
        let _ = writeln!(lines.text, "product = {}  # {why}", quoted(&product));
    }
    if !pool.tags.is_empty() {
        let one = |(name, value): (&String, &String)| format!("{} = {}", key(name), quoted(value));
        let tags: Vec<String> = pool.tags.iter().map(one).collect();
        let why = why_tagged(pool, lines);
        lines.comes_from(tagged);
        let _ = writeln!(lines.text, "tags = {{ {} }}  # {why}", tags.join(", "));
    }
}

/// Where something is said first, and in how many places more.
fn cited(origin: &Origin, lines: &Lines<'_, '_>) -> Option<String> {
    let first = lines.cite(origin.first.as_ref()?)?;
    Some(match origin.more() {
        0 => first,
        more => format!("{first} and {} more", grouped(more as u64)),
    })
}

/// Ids in a list; many go on several lines.
fn ids(ids: &[String], why: &str) -> String {
    const ON_A_LINE: usize = 4;
    if ids.len() <= ON_A_LINE {
        return format!("{}  # {why}", list(ids));
    }
    let quote = |line: &[String]| line.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ");
    let lines: Vec<String> = ids
        .chunks(ON_A_LINE)
        .map(|line| format!("  {},\n", quote(line)))
        .collect();
    format!("[  # {why}\n{}]", lines.concat())
}

/// Why a pool has its tags.
fn why_tagged(pool: &Pool, lines: &Lines<'_, '_>) -> String {
    match (cited(&pool.tagged, lines), pool.guessed_group) {
        (None, true) => GUESSED_GROUP.to_owned(),
        (Some(cited), true) => format!("{cited}; {GUESSED_GROUP}"),
        (Some(cited), false) if pool.guessed.is_some() => format!("assumed: as {cited} asks for"),
        (None, false) if pool.guessed.is_some() => {
            "assumed: as a target or a patch group asks for".to_owned()
        }
        (Some(cited), false) => cited,
        (None, false) => "the tags of these nodes".to_owned(),
    }
}

const GUESSED_GROUP: &str = "assumed: in the only patch group that has a baseline";
