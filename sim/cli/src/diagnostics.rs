//! Draws problems with the source that they are about.

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use patchbench_scenario::{Loaded, Problem, Severity, Sources};

use crate::terminal::Terminal;

/// At most this many problems are shown.
const MOST: usize = 20;

/// Tells all problems; warnings and notes only unless quiet.
pub(crate) fn tell(loaded: &Loaded, terminal: &Terminal) {
    tell_all(&loaded.problems, &loaded.sources, terminal);
}

/// Tells problems that point into these sources.
pub(crate) fn tell_all(problems: &[Problem], sources: &Sources, terminal: &Terminal) {
    let wanted = |problem: &&Problem| problem.severity == Severity::Error || !terminal.quiet();
    let problems: Vec<&Problem> = problems.iter().filter(wanted).collect();
    for problem in problems.iter().take(MOST) {
        terminal.problem(&render(problem, sources, terminal.colour()));
    }
    if problems.len() > MOST {
        terminal.problem(&format!("… and {} more", problems.len() - MOST));
    }
}

/// In colour as a drawn snippet, otherwise in plain text that a screen reader can follow.
fn render(problem: &Problem, sources: &Sources, colour: bool) -> String {
    if colour {
        format!("{}\n", draw(problem, sources))
    } else {
        problem.render_plain(sources)
    }
}

fn draw(problem: &Problem, sources: &Sources) -> String {
    let level = match problem.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = Group::with_title(level.primary_title(&*problem.message).id(problem.code));
    for (index, label) in problem.labels.iter().enumerate() {
        let kind = if index == 0 {
            AnnotationKind::Primary
        } else {
            AnnotationKind::Context
        };
        if label.is_whole_file() {
            group = group.element(Origin::path(sources.name(label.source)));
            continue;
        }
        let text = sources.text(label.source);
        let span = label.span.start.min(text.len())..label.span.end.min(text.len());
        let annotation = kind.span(span).label(label.text.as_deref());
        group = group.element(
            Snippet::source(text)
                .path(sources.name(label.source))
                .annotation(annotation),
        );
    }
    for note in &problem.notes {
        group = group.element(Level::NOTE.message(&**note));
    }
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(&**help));
    }
    Renderer::styled().render(&[group])
}
