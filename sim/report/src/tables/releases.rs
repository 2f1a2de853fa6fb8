//! The table of `patchbench releases`: patches in the columns of a release stream file.

use patchbench_model::catalog::{Patch, PatchSet};

use super::column;
use crate::table::{Cell, Column, Kind, Table};

pub(super) const DESCRIPTION: &str =
    "one row per patch; a stream of `kind = \"file\"` reads the same columns";

pub(super) const COLUMNS: &[Column] = &[
    column("id", Kind::Text, "", "id of the patch, unique in its stream"),
    column("kb", Kind::Text, "", "knowledge base number"),
    column("title", Kind::Text, "", "title"),
    column(
        "released_at",
        Kind::Instant,
        "",
        "release, or issue of the advisory",
    ),
    column(
        "available_at",
        Kind::Instant,
        "",
        "when nodes can first fetch it; empty: at its release",
    ),
    column(
        "updated_at",
        Kind::Instant,
        "",
        "later edit of the advisory, which the approval delay counts from",
    ),
    column("built_at", Kind::Instant, "", "build of an rpm package"),
    column("operating_system", Kind::Text, "", "operating system"),
    column(
        "product",
        Kind::Text,
        "",
        "product; empty: every product of the system",
    ),
    column("product_family", Kind::Text, "", "product family"),
    column("patch_set", Kind::Text, "", "OS or APPLICATION"),
    column("classification", Kind::Text, "", "classification"),
    column("severity", Kind::Text, "", "vendor severity"),
    column("priority", Kind::Text, "", "priority of a Debian package"),
    column("section", Kind::Text, "", "archive section of a Debian package"),
    column(
        "security_source",
        Kind::Text,
        "",
        "whether it comes from a security source, true or false",
    ),
    column("cve_ids", Kind::Text, "", "CVEs that it repairs, between blanks"),
    column(
        "supersedes",
        Kind::Text,
        "",
        "ids that it replaces, between blanks",
    ),
];

/// The table of `patchbench releases`.
pub fn releases_table(patches: &[Patch]) -> Table {
    Table {
        name: "releases",
        description: DESCRIPTION,
        columns: COLUMNS,
        rows: patches.iter().map(row).collect(),
    }
}

fn row(patch: &Patch) -> Vec<Cell> {
    let patch_set = match patch.patch_set {
        PatchSet::Os => "OS",
        PatchSet::Application => "APPLICATION",
    };
    vec![
        patch.id.as_str().into(),
        patch.kb.as_deref().into(),
        patch.title.as_str().into(),
        patch.released_at.into(),
        patch.available_at.into(),
        patch.updated_at.into(),
        patch.built_at.into(),
        patch.operating_system.as_str().into(),
        patch.product.as_deref().into(),
        patch.product_family.as_deref().into(),
        patch_set.into(),
        patch.classification.as_deref().into(),
        patch.severity.as_deref().into(),
        patch.priority.as_deref().into(),
        patch.section.as_deref().into(),
        if patch.security_source { "true" } else { "false" }.into(),
        patch.cve_ids.join(" ").into(),
        patch.supersedes.join(" ").into(),
    ]
}
