//! The frame of every page: head, style, sections with a list of them, script.

use crate::words::command_text;
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Looks, light and dark and in print.
const STYLE: &str = include_str!("style.css");
/// What moves: hovering, zooming, sorting, filtering, downloads.
const SCRIPT: &str = include_str!("script.js");

/// A page.
pub(crate) struct Page {
    /// Its title.
    pub(crate) title: String,
    /// A line below it.
    pub(crate) subtitle: String,
    pub(crate) sections: Vec<Section>,
}

/// A section.
pub(crate) struct Section {
    /// Its id in the page.
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) body: Markup,
}

impl Section {
    /// A section with its body.
    pub(crate) fn new(id: &'static str, title: &'static str, body: Markup) -> Self {
        Self { id, title, body }
    }
}

/// The whole page.
pub(crate) fn page(page: Page) -> String {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (page.title) " – patchbench" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    h1 { (page.title) }
                    p.subtitle { (page.subtitle) }
                    nav aria-label="Sections" {
                        @for section in &page.sections {
                            a href={ "#" (section.id) } { (section.title) }
                        }
                    }
                }
                main {
                    @for section in page.sections {
                        section id=(section.id) aria-labelledby={ (section.id) "-title" } {
                            h2 id={ (section.id) "-title" } { (section.title) }
                            (section.body)
                        }
                    }
                }
                footer { "Made by patchbench " (env!("CARGO_PKG_VERSION")) "; a prediction, not a record." }
                div #tip role="status" aria-live="polite" hidden {}
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    markup.into_string()
}

/// Where a result comes from, and the command that repeats it.
pub(super) fn provenance(command: &[String], facts: &[(&str, String)]) -> Markup {
    html! {
        p { "Repeat this result with" }
        pre { code #command { "patchbench " (command_text(command)) } }
        dl.facts {
            dt { "program" } dd { "patchbench " (env!("CARGO_PKG_VERSION")) }
            @for (name, value) in facts { dt { (name) } dd { (value) } }
        }
        p.about {
            "The folder of this page also holds the tables as CSV, the charts as SVG and PNG, "
            code { "summary.json" } ", and " code { "manifest.json" } " with the hashes of all inputs and files."
        }
    }
}
