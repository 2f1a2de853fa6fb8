//! Playing designs together: the same replications for all.

use patchbench_model::world::Plan;

use super::{CompareOptions, Contender};
use crate::precision::{PrecisionReached, Width};
use crate::{
    ApprovalRow, DesignOutcome, PairedDifference, Precision, Progress, Replications, Response, Selector,
    Unselected, approvals, headline, run_replications,
};

/// What is kept of a design that was played.
pub(super) struct Played {
    pub(super) outcome: DesignOutcome,
    pub(super) approvals: Vec<ApprovalRow>,
}

impl Played {
    fn new(contender: &Contender, plan: &Plan<'_>, replications: &Replications, only: Option<&str>) -> Self {
        let scenario = &contender.scenario;
        let of_patch =
            |row: &ApprovalRow| only.is_some_and(|name| row.patch == name || row.kb.as_deref() == Some(name));
        let mut approvals = if only.is_some() {
            approvals(plan, scenario.study.seed)
        } else {
            Vec::new()
        };
        approvals.retain(of_patch);
        Self {
            outcome: DesignOutcome::new((scenario, plan), replications, only),
            approvals,
        }
    }
}

/// Plays all designs: as often as the first one asks for, or until the differences from it are precise.
pub(super) fn play(
    contenders: &[Contender],
    options: CompareOptions<'_>,
    confidence: f64,
    progress: &dyn Progress,
) -> Result<(Vec<Played>, Vec<PrecisionReached>), Unselected> {
    if let Some(precision) = options.precision {
        return until_precise(contenders, precision, (options, confidence), progress);
    }
    let one = |contender: &Contender| {
        let plan = Plan::new(&contender.scenario.config);
        let study = contender.scenario.study;
        let played = run_replications(&plan, study.seed, study.replications, progress);
        Played::new(contender, &plan, &played, options.only)
    };
    Ok((contenders.iter().map(one).collect(), Vec::new()))
}

/// All designs get the same number of replications, until the interval of every difference that is asked
/// for is narrow enough.
fn until_precise(
    contenders: &[Contender],
    precision: &Precision,
    (options, confidence): (CompareOptions<'_>, f64),
    progress: &dyn Progress,
) -> Result<(Vec<Played>, Vec<PrecisionReached>), Unselected> {
    let plans: Vec<Plan<'_>> = contenders
        .iter()
        .map(|contender| Plan::new(&contender.scenario.config))
        .collect();
    let mut replications = vec![Replications::default(); contenders.len()];
    let mut wanted = precision.first_count();
    loop {
        let mut played = Vec::new();
        for ((contender, plan), own) in contenders.iter().zip(&plans).zip(&mut replications) {
            own.play_until(plan, contender.scenario.study.seed, wanted, progress);
            played.push(Played::new(contender, plan, own, options.only));
        }
        let reached = reached(&played, precision, confidence)?;
        match precision.needed(&reached, wanted) {
            Some(needed) => wanted = needed,
            None => return Ok((played, reached)),
        }
    }
}

fn reached(
    played: &[Played],
    precision: &Precision,
    confidence: f64,
) -> Result<Vec<PrecisionReached>, Unselected> {
    let Some((base, others)) = played.split_first() else {
        return Ok(Vec::new());
    };
    let mut all = Vec::new();
    for target in &precision.targets {
        let own: Vec<&Response> = match &target.response {
            Some(selector) => vec![selector.select(&base.outcome.responses)?],
            None => headline(&base.outcome.responses),
        };
        for response in own {
            let selector = target.response.clone();
            let selector = selector.unwrap_or_else(|| Selector::of(response.key.metric));
            let others = others
                .iter()
                .filter_map(|other| selector.select(&other.outcome.responses).ok());
            for other in others {
                let width = width_of(response, other, target.width, confidence);
                // A time that is wanted of all headline responses is meant for those that are times.
                match width {
                    Err(_) if target.response.is_none() => {}
                    width => all.push(width?),
                }
            }
        }
    }
    Ok(all)
}

/// How narrow the interval of a difference is; a relative width is one of the base.
fn width_of(
    base: &Response,
    other: &Response,
    width: Width,
    confidence: f64,
) -> Result<PrecisionReached, Unselected> {
    let found = PairedDifference::between(base, other, confidence, false);
    let summary = base.summary();
    let level = summary.mean.or(summary.p50).unwrap_or(0.0);
    let wanted = width.in_unit(base.unit, level).ok_or_else(|| Unselected {
        message: format!("a time is no width for {}", base.key),
        note: format!("its unit is {}", base.unit),
        meant: None,
    })?;
    let half = found
        .interval
        .map_or(f64::INFINITY, |interval| (interval.high - interval.low) / 2.0);
    Ok(PrecisionReached {
        response: base.key.to_string(),
        of: "difference",
        unit: base.unit,
        wanted,
        half_width: half,
    })
}
