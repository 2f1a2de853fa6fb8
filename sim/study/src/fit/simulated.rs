//! Levels and designs that are played by simulation.

use patchbench_model::world::{Plan, RunRecord};
use patchbench_scenario::{Assertion, Scenario, nearest};

use crate::assertion::{holds, is_unwanted, required_share, sentence};
use crate::fit::{PILOT, PlayDesigns, PlayLevels};
use crate::metrics::responses;
use crate::{Better, Progress, Replications, Response, Selector, Unselected};

/// Records are kept for so many replications at a time; then only what is asked of them.
const BATCH: u64 = 1024;

/// What is asked of every level.
#[derive(Clone, Debug, PartialEq)]
pub struct Criterion {
    /// Name of the assertion.
    pub name: String,
    /// What it says, in words.
    pub sentence: String,
    /// In which share of the replications it is to hold; 1 minus the bound where the probability of an event
    /// is bounded from above, and holding means that it does not happen.
    pub required: f64,
    /// For the probability of an event: whether holding means that it happens.
    pub event: Option<bool>,
}

/// The assertions of these names, or all of them. A share that is given replaces that of the assertions;
/// probabilities have their bound.
///
/// # Errors
/// When there is no assertion, or none of a name.
pub fn criteria(
    scenario: &Scenario,
    names: &[String],
    share: Option<f64>,
) -> Result<Vec<Criterion>, Unselected> {
    if scenario.assertions.is_empty() {
        return Err(Unselected {
            message: "the scenario has no assertion that a level could meet".to_owned(),
            note: "write what must hold into the scenario: [[assert]], name = \"rare stops\", \
metric = \"stop\", at_most = 0.05"
                .to_owned(),
            meant: None,
        });
    }
    for name in names {
        if !scenario
            .assertions
            .iter()
            .any(|assertion| assertion.name == *name)
        {
            return Err(unknown(name, &scenario.assertions));
        }
    }
    if let Some(on_estimate) = chosen(scenario, names).find(|assertion| assertion.estimate.is_some()) {
        return Err(Unselected {
            message: format!(
                "assertion `{}` bounds an estimate over the replications",
                on_estimate.name
            ),
            note: "a level is found by how many replications meet a condition: write `in` instead of \
`estimate`, or name other assertions with --assert"
                .to_owned(),
            meant: None,
        });
    }
    let plan = Plan::new(&scenario.config);
    let wanted = chosen(scenario, names).map(|assertion| {
        let own = required_share(assertion);
        Criterion {
            name: assertion.name.clone(),
            sentence: sentence(&plan, &asked(assertion, share)),
            required: share
                .filter(|_| !assertion.metric.is_probability())
                .unwrap_or(own),
            event: assertion.metric.is_probability().then(|| !is_unwanted(assertion)),
        }
    });
    Ok(wanted.collect())
}

fn asked(assertion: &Assertion, share: Option<f64>) -> Assertion {
    let mut asked = assertion.clone();
    asked.in_share = share.unwrap_or(asked.in_share);
    asked
}

fn chosen<'s>(scenario: &'s Scenario, names: &'s [String]) -> impl Iterator<Item = &'s Assertion> {
    let all = scenario.assertions.iter();
    all.filter(|assertion| names.is_empty() || names.contains(&assertion.name))
}

fn unknown(name: &str, assertions: &[Assertion]) -> Unselected {
    let names: Vec<&str> = assertions
        .iter()
        .map(|assertion| assertion.name.as_str())
        .collect();
    Unselected {
        message: format!("there is no assertion `{name}` in the scenario"),
        note: format!("assertions: {}", names.join("; ")),
        meant: nearest(name, names.iter().copied()).map(str::to_owned),
    }
}

/// Levels of a factor: one scenario each.
pub struct SimulatedLevels<'s> {
    /// The scenarios, in ascending order of the levels.
    pub scenarios: &'s [Scenario],
    /// The assertions that are asked for; none: all.
    pub names: &'s [String],
    /// Who listens.
    pub progress: &'s dyn Progress,
}

impl PlayLevels for SimulatedLevels<'_> {
    fn count(&self) -> usize {
        self.scenarios.len()
    }

    fn play(&mut self, level: usize, from: u64, until: u64) -> Vec<Vec<Option<bool>>> {
        let scenario = &self.scenarios[level];
        let assertions: Vec<&Assertion> = chosen(scenario, self.names).collect();
        let mut said = vec![Vec::new(); assertions.len()];
        in_batches(scenario, (from, until), self.progress, &mut |plan, records| {
            for (said, assertion) in said.iter_mut().zip(&assertions) {
                said.extend(records.iter().map(|record| holds(plan, record, assertion)));
            }
        });
        said
    }
}

/// Settings of several factors: one scenario each.
pub struct SimulatedDesigns<'s> {
    /// The scenarios.
    pub scenarios: &'s [Scenario],
    /// What is measured.
    pub selectors: &'s [Selector],
    /// Who listens.
    pub progress: &'s dyn Progress,
}

impl SimulatedDesigns<'_> {
    /// The responses that are measured, with which figures are better, in a pilot of the first design.
    ///
    /// # Errors
    /// When a selector names no response, or one that is neither good nor bad by itself.
    pub fn responses(&self) -> Result<Vec<(Response, Better)>, Unselected> {
        let scenario = &self.scenarios[0];
        let plan = Plan::new(&scenario.config);
        let few = Replications::of_range(&plan, scenario.study.seed, (0, PILOT), &crate::Silent);
        let all = responses(&plan, &few.records);
        let one = |selector: &Selector| {
            let response = selector.select(&all)?;
            let better = Better::of(&selector.metric).ok_or_else(|| Unselected {
                message: format!("{selector} is neither better when it is small nor when it is large"),
                note: "choose a response such as exposure, stop, sla_attainment".to_owned(),
                meant: None,
            })?;
            Ok((response.clone(), better))
        };
        self.selectors.iter().map(one).collect()
    }
}

impl PlayDesigns for SimulatedDesigns<'_> {
    fn count(&self) -> usize {
        self.scenarios.len()
    }

    fn play(&mut self, design: usize, from: u64, until: u64) -> Result<Vec<Response>, Unselected> {
        let mut all: Vec<Response> = Vec::new();
        let mut failed = None;
        in_batches(
            &self.scenarios[design],
            (from, until),
            self.progress,
            &mut |plan, records| {
                let found = responses(plan, records);
                for (number, selector) in self.selectors.iter().enumerate() {
                    match (selector.select(&found), all.get_mut(number)) {
                        (Ok(response), Some(known)) => known.observations.extend(&response.observations),
                        (Ok(response), None) => all.push(response.clone()),
                        (Err(wrong), _) => failed = Some(wrong),
                    }
                }
            },
        );
        failed.map_or(Ok(all), Err)
    }
}

/// Plays replications of a scenario, so many at a time that their records do not fill the memory.
fn in_batches(
    scenario: &Scenario,
    (from, until): (u64, u64),
    progress: &dyn Progress,
    take: &mut dyn FnMut(&Plan<'_>, &[RunRecord]),
) {
    let plan = Plan::new(&scenario.config);
    for begin in (from..until).step_by(BATCH as usize) {
        let range = (begin, (begin + BATCH).min(until));
        let played = Replications::of_range(&plan, scenario.study.seed, range, progress);
        take(&plan, &played.records);
    }
}
