//! Several designs on common random numbers: what differs in the input, and what that does to the
//! responses.

mod play;

use patchbench_scenario::{Leaf, LeafChange, Scenario, differences};

use crate::ranking::{Ranking, bonferroni};
use crate::{
    ApprovalRow, Better, Change, DesignOutcome, PairedDifference, Precision, PrecisionReached,
    PrecisionTarget, Progress, Proportion, Response, ResponseKey, Selector, Summary, Unselected, Verdict,
    headline,
};

/// A scenario that takes part in a comparison.
#[derive(Clone, Debug)]
pub struct Contender {
    /// What it is called.
    pub name: String,
    /// The scenario; seed and number of replications are those of the first one.
    pub scenario: Scenario,
    /// All its values.
    pub leaves: Vec<Leaf>,
}

/// What is compared.
#[derive(Clone, Copy, Debug, Default)]
pub struct CompareOptions<'a> {
    /// Responses in the order in which they are shown; the first one ranks the designs. Without any: the
    /// headline ones.
    pub metrics: &'a [Selector],
    /// Differences up to these widths count as none.
    pub least_effects: &'a [PrecisionTarget],
    /// How narrow the intervals of the differences are to be.
    pub precision: Option<&'a Precision>,
    /// Look at this patch alone, by id or knowledge base number.
    pub only: Option<&'a str>,
}

/// A design that was compared.
#[derive(Clone, Debug)]
pub struct ComparedDesign {
    /// What it is called.
    pub name: String,
    /// Hash of its scenario.
    pub scenario_hash: String,
    /// What its replications say.
    pub outcome: DesignOutcome,
    /// How its scenario differs from that of the base; seed, replications and name apart.
    pub changes: Vec<LeafChange>,
    /// Whether it is the same world as the base: no response can differ.
    pub identical: bool,
    /// Approvals of the one patch that is looked at.
    pub approvals: Vec<ApprovalRow>,
}

/// One response in all designs.
#[derive(Clone, Debug)]
pub struct ComparedResponse {
    /// What it is about, in the base.
    pub key: ResponseKey,
    /// Its unit.
    pub unit: &'static str,
    /// What is better; `None` where neither is.
    pub better: Option<Better>,
    /// Differences up to this count as none.
    pub least_effect: f64,
    /// Its estimates by design; absent where a design does not have it.
    pub estimates: Vec<Option<ResponseEstimate>>,
}

/// One response in one design.
#[derive(Clone, Debug)]
pub struct ResponseEstimate {
    /// Its distribution.
    pub summary: Summary,
    /// For probabilities: the proportion.
    pub proportion: Option<Proportion>,
    /// The difference from the base; absent for the base itself.
    pub difference: Option<PairedDifference>,
    /// What that amounts to; absent for the base, and where neither more nor less is better.
    pub change: Option<Change>,
}

/// Designs compared; the first one is the base.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The designs.
    pub designs: Vec<ComparedDesign>,
    /// Confidence of the interval of each difference from the base: with Bonferroni's correction, so that
    /// the intervals of one response hold for all designs together with 95 % confidence.
    pub confidence: f64,
    /// Responses that were asked for, then all others of the base.
    pub responses: Vec<ComparedResponse>,
    /// How many of them were asked for.
    pub chosen: usize,
    /// The designs ranked by the first response, where more than two are compared and one end of it is the
    /// better one.
    pub ranking: Option<Ranking>,
    /// How narrow the intervals of the differences became, where a precision was asked for.
    pub precision: Vec<PrecisionReached>,
}

impl Comparison {
    /// The responses that were asked for.
    pub fn chosen(&self) -> &[ComparedResponse] {
        &self.responses[..self.chosen]
    }

    /// Whether a design is worse than the base in a response that was asked for, or fails an assertion
    /// that the base passes.
    pub fn is_worse(&self, design: usize) -> bool {
        let mut estimates = self
            .chosen()
            .iter()
            .filter_map(|response| response.estimates[design].as_ref());
        let base = &self.designs[0].outcome.assertions;
        let passed = |name: &str| {
            let mut base = base.iter();
            base.any(|known| known.name == name && known.verdict == Verdict::Pass)
        };
        let mut own = self.designs[design].outcome.assertions.iter();
        estimates.any(|estimate| estimate.change == Some(Change::Worse))
            || own.any(|assertion| assertion.verdict == Verdict::Fail && passed(&assertion.name))
    }
}

/// Plays the designs on common random numbers and compares each with the first one.
///
/// # Errors
/// When a selector names no response of the base, or a least effect has another unit than its response.
pub fn compare(
    contenders: Vec<Contender>,
    options: CompareOptions<'_>,
    progress: &dyn Progress,
) -> Result<Comparison, Unselected> {
    let confidence = bonferroni(contenders.len().saturating_sub(1));
    let (played, precision) = play::play(&contenders, options, confidence, progress)?;
    let designs = designs(contenders, played);
    is_there(&designs, options.only)?;
    let first: Vec<ComparedResponse> = chosen(&designs, options)?
        .iter()
        .map(|row| compared(&designs, row, options, confidence))
        .collect::<Result<_, _>>()?;
    let ranking = ranking(&designs, &chosen(&designs, options)?, &first);
    let chosen = first.len();
    let mut responses = first;
    for response in &designs[0].outcome.responses {
        if responses[..chosen].iter().all(|known| known.key != response.key) {
            let row = same_key(&designs, &response.key);
            responses.push(compared(&designs, &row, options, confidence)?);
        }
    }
    Ok(Comparison {
        designs,
        confidence,
        responses,
        chosen,
        ranking,
        precision,
    })
}

/// The one patch that is looked at must be released in some design.
fn is_there(designs: &[ComparedDesign], only: Option<&str>) -> Result<(), Unselected> {
    match only {
        Some(name) if designs.iter().all(|design| design.approvals.is_empty()) => Err(Unselected {
            message: format!("no design releases a patch `{name}`"),
            note: "`patchbench approvals FILE` lists the patches with their ids and knowledge base numbers"
                .to_owned(),
            meant: None,
        }),
        _ => Ok(()),
    }
}

fn designs(contenders: Vec<Contender>, played: Vec<play::Played>) -> Vec<ComparedDesign> {
    let base = contenders
        .first()
        .map(|base| (base.scenario.clone(), base.leaves.clone()));
    let design = |(contender, played): (Contender, play::Played)| {
        let (scenario, leaves) = (contender.scenario, contender.leaves);
        let same = |base: &Scenario| base.hash == scenario.hash || base.config == scenario.config;
        let (identical, changes) = base.as_ref().map_or_else(
            || (false, Vec::new()),
            |(base, known)| (same(base), changes(known, &leaves)),
        );
        ComparedDesign {
            name: contender.name,
            scenario_hash: scenario.hash,
            outcome: played.outcome,
            changes,
            identical,
            approvals: played.approvals,
        }
    };
    contenders.into_iter().zip(played).map(design).collect()
}

/// Differences of the world: seed and replications are common, and a name is only a name.
fn changes(base: &[Leaf], own: &[Leaf]) -> Vec<LeafChange> {
    let mut changes = differences(base, own);
    let of_the_world = |change: &LeafChange| {
        let path: Vec<&str> = change.path().0.iter().map(String::as_str).collect();
        !matches!(
            path.as_slice(),
            ["name" | "study" | "sweep"] | ["study" | "sweep", ..]
        )
    };
    changes.retain(of_the_world);
    changes
}

/// One response in all designs, where they have it.
type Row<'d> = Vec<Option<&'d Response>>;

fn same_key<'d>(designs: &'d [ComparedDesign], key: &ResponseKey) -> Row<'d> {
    let own = |design: &'d ComparedDesign| {
        let mut responses = design.outcome.responses.iter();
        responses.find(|response| response.key == *key)
    };
    designs.iter().map(own).collect()
}

/// The responses that were asked for; a selector may choose one of another window or group in another
/// design, where there is only one.
fn chosen<'d>(
    designs: &'d [ComparedDesign],
    options: CompareOptions<'_>,
) -> Result<Vec<Row<'d>>, Unselected> {
    let Some(base) = designs.first() else {
        return Ok(Vec::new());
    };
    let by_selector = |selector: &Selector| {
        let others = designs[1..].iter();
        let mut row = vec![Some(selector.select(&base.outcome.responses)?)];
        row.extend(others.map(|design| selector.select(&design.outcome.responses).ok()));
        Ok(row)
    };
    if options.metrics.is_empty() {
        let headline = headline(&base.outcome.responses).into_iter();
        let selectors = headline.map(|response| Selector::of(response.key.metric));
        return selectors.map(|selector| by_selector(&selector)).collect();
    }
    options.metrics.iter().map(by_selector).collect()
}

fn compared(
    designs: &[ComparedDesign],
    row: &Row<'_>,
    options: CompareOptions<'_>,
    confidence: f64,
) -> Result<ComparedResponse, Unselected> {
    let base = row.first().copied().flatten().ok_or_else(|| Unselected {
        message: "the base does not have the response".to_owned(),
        note: "the first design is the base".to_owned(),
        meant: None,
    })?;
    let better = Better::of(base.key.metric);
    let least_effect = least_effect(base, options.least_effects)?;
    let estimate = |(number, response): (usize, Option<&Response>)| {
        let response = response?;
        let identical = designs[number].identical;
        let difference =
            (number > 0).then(|| PairedDifference::between(base, response, confidence, identical));
        Some(ResponseEstimate {
            summary: response.summary(),
            proportion: response.proportion(),
            difference,
            change: difference
                .zip(better)
                .map(|(found, better)| found.change(better, least_effect)),
        })
    };
    Ok(ComparedResponse {
        key: base.key.clone(),
        unit: base.unit,
        better,
        least_effect,
        estimates: row.iter().copied().enumerate().map(estimate).collect(),
    })
}

/// The least effect that is meant for a response: one that names it, otherwise one for all; one for all
/// that is a time counts for times only.
fn least_effect(response: &Response, given: &[PrecisionTarget]) -> Result<f64, Unselected> {
    let level = |response: &Response| {
        let summary = response.summary();
        summary.mean.or(summary.p50).unwrap_or(0.0)
    };
    let named = given.iter().rev().find(|target| {
        let selector = target.response.as_ref();
        selector.is_some_and(|selector| selector.select(std::slice::from_ref(response)).is_ok())
    });
    if let Some(target) = named {
        return target
            .width
            .in_unit(response.unit, level(response))
            .ok_or_else(|| Unselected {
                message: format!("a time is no effect on {}", response.key),
                note: format!("its unit is {}", response.unit),
                meant: None,
            });
    }
    let general = given.iter().rev().filter(|target| target.response.is_none());
    let mut widths = general.filter_map(|target| target.width.in_unit(response.unit, level(response)));
    Ok(widths.next().unwrap_or(0.0))
}

/// By the first response, if one end of it is the better one and more than two designs have it.
fn ranking(designs: &[ComparedDesign], rows: &[Row<'_>], compared: &[ComparedResponse]) -> Option<Ranking> {
    let (row, first) = (rows.first()?, compared.first()?);
    let all: Option<Vec<&Response>> = row.iter().copied().collect();
    let all = all.filter(|all| all.len() > 2 && all.len() == designs.len())?;
    Some(Ranking::of(&all, first.better?, first.least_effect))
}
