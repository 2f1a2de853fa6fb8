//! `patchbench explain`

use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveTime};
use patchbench_kernel::SimTime;
use patchbench_model::clock::from_utc;
use patchbench_model::world::Plan;
use patchbench_report::{funnel_json, funnel_text, node_json, node_text, opening_json, opening_text};
use patchbench_scenario::{Limits, Scenario, codes};
use patchbench_study::explain::{Explainer, Unknown};
use serde_json::Value;

use super::load_with;
use super::run::study_options;
use crate::args::{Explain, ExplainFormat};
use crate::exit::Exit;
use crate::terminal::Terminal;

pub(crate) fn explain(arguments: &Explain, terminal: &mut Terminal) -> Exit {
    match code(&arguments.subject) {
        Some(code) => explain_code(&code, terminal),
        None => explain_scenario(arguments, terminal),
    }
}

/// The subject as a diagnostic code: it looks like one, and there is no file of that name.
fn code(subject: &Path) -> Option<String> {
    let text = subject.to_str()?;
    let (letters, digits) = text.split_at_checked(2)?;
    let looks = letters.eq_ignore_ascii_case("PB")
        && !digits.is_empty()
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    (looks && !subject.exists()).then(|| text.to_owned())
}

fn explain_code(code: &str, terminal: &mut Terminal) -> Exit {
    if let Some(text) = codes::explain(code) {
        terminal.answer(format!("{}: {text}\n", code.to_uppercase()));
        return Exit::Fine;
    }
    let last = codes::ALL.last().map_or("", |(code, _)| *code);
    terminal.problem(&format!(
        "error: there is no diagnostic code `{code}`; they run from PB001 to {last}"
    ));
    Exit::WrongCommandLine
}

fn explain_scenario(arguments: &Explain, terminal: &mut Terminal) -> Exit {
    if arguments.patch.is_none() && arguments.window.is_none() {
        terminal.problem(
            "error: what is to be explained? Give --patch (with or without --node) or --window; \
             or a diagnostic code such as PB012 alone",
        );
        return Exit::WrongCommandLine;
    }
    let options = study_options(arguments.seed, None);
    let scenario = match load_with(
        &arguments.subject,
        &arguments.scenario,
        (options, &Limits::default()),
        terminal,
    ) {
        Ok(scenario) => scenario,
        Err(exit) => return exit,
    };
    match answer(arguments, &scenario) {
        Ok((text, json)) => {
            match arguments.format {
                ExplainFormat::Human => terminal.answer(text),
                ExplainFormat::Json => terminal.answer(format!("{json:#}\n")),
            }
            Exit::Fine
        }
        Err(problem) => {
            terminal.problem(&problem);
            Exit::WrongCommandLine
        }
    }
}

/// The answer as text and as JSON, or what is wrong with the question.
fn answer(arguments: &Explain, scenario: &Scenario) -> Result<(String, Value), String> {
    let plan = Plan::new(&scenario.config);
    let explainer = Explainer::new(&plan, scenario.study.seed, arguments.replication);
    let settings = &scenario.settings;
    if let Some(window) = &arguments.window {
        let (window, opening) = explainer.find_opening(window, arguments.on).map_err(unknown)?;
        let told = explainer.opening(window, opening);
        return Ok((opening_text(&told, settings), opening_json(&told, settings)));
    }
    let name = arguments.patch.as_deref().unwrap_or_default();
    let at = moment(arguments.at.as_deref(), scenario)?;
    let patches = explainer.find_patches(name).map_err(unknown)?;
    if let Some(node) = &arguments.node {
        let node = explainer.find_node(node).map_err(unknown)?;
        let told = explainer.node(node, &patches, at);
        return Ok((node_text(&told, settings), node_json(&told, settings)));
    }
    let told = explainer.funnel(&patches, at);
    Ok((funnel_text(&told, settings), funnel_json(&told, settings)))
}

fn unknown(unknown: Unknown) -> String {
    let meant = unknown
        .meant
        .as_ref()
        .map_or_else(String::new, |name| format!("\n   = help: did you mean `{name}`?"));
    format!("error: {unknown}\n   = note: {}{meant}", unknown.note)
}

/// The instant that was asked about: within the simulated period, its end when none was given.
fn moment(text: Option<&str>, scenario: &Scenario) -> Result<SimTime, String> {
    let (start, horizon) = (scenario.config.start, scenario.config.horizon);
    let Some(text) = text else { return Ok(horizon) };
    let day =
        || NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let at = DateTime::parse_from_rfc3339(text)
        .map(|at| at.to_utc())
        .or_else(|_| day())
        .map_err(|_| {
            format!("error: --at `{text}` is no instant; write 2024-01-16T17:00:00Z or 2024-01-16")
        })?;
    let at = from_utc(at);
    if at < start || at > horizon {
        return Err(format!(
            "error: --at {text} is outside the simulated period, {start} to {horizon}"
        ));
    }
    Ok(at)
}
