//! Which shard a process is: from the command line, or from the engine that started it.

use crate::args::{Missing, ShardOption};

/// The index that an engine gives its tasks, and the number of tasks where it says that, too.
const ENGINES: [(&str, Option<&str>); 5] = [
    ("HQ_TASK_ID", None),
    ("SLURM_ARRAY_TASK_ID", Some("SLURM_ARRAY_TASK_COUNT")),
    ("JOB_COMPLETION_INDEX", None),
    ("AWS_BATCH_JOB_ARRAY_INDEX", Some("AWS_BATCH_JOB_ARRAY_SIZE")),
    ("PATCHBENCH_SHARD", None),
];

/// How many shards there are, from the environment.
pub(super) const COUNT: &str = "PATCHBENCH_SHARDS";
/// The shards that a resubmission is about: tasks are numbered from 0 again.
pub(super) const LIST: &str = "PATCHBENCH_SHARD_LIST";

/// A shard of so many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Which {
    pub(super) index: u64,
    pub(super) shards: u64,
    /// What looks odd and is none of our business.
    pub(super) warning: Option<String>,
}

/// Which shard it is; `planned` is the number of shards that the plan names.
pub(super) fn which(
    option: ShardOption,
    planned: Option<u64>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Which, String> {
    match option {
        ShardOption::Of { index, shards } => Ok(Which {
            index,
            shards,
            warning: None,
        }),
        ShardOption::Auto => from_engine(planned, variable),
    }
}

fn from_engine(planned: Option<u64>, variable: &dyn Fn(&str) -> Option<String>) -> Result<Which, String> {
    let shards = match variable(COUNT) {
        Some(text) => number(COUNT, &text)?,
        None => planned.ok_or_else(|| {
            format!("how many shards there are is not known\n   = help: set {COUNT}, or write --shard i/n")
        })?,
    };
    if shards == 0 || shards > Missing::MOST_SHARDS {
        let most = Missing::MOST_SHARDS;
        return Err(format!("{COUNT} is {shards}; there are 1 to {most} shards"));
    }
    let (name, size, task) = task(variable)?;
    let list = variable(LIST).map(|text| parse_list(&text)).transpose()?;
    let index = match &list {
        Some(list) => *usize::try_from(task)
            .ok()
            .and_then(|task| list.get(task))
            .ok_or_else(|| {
                format!(
                    "{name} is {task}, and {LIST} names {} shards, counted from 0",
                    list.len()
                )
            })?,
        None => task,
    };
    if index >= shards {
        return Err(format!(
            "shard {index} was asked for, and there are {shards}, counted from 0\n   = help: the tasks of an \
array are numbered 0-{}",
            shards - 1
        ));
    }
    let size = size.and_then(&variable).and_then(|text| text.parse::<u64>().ok());
    let warning = size
        .filter(|size| list.is_none() && *size > shards)
        .map(|size| format!("warning: the array has {size} tasks for {shards} shards"));
    Ok(Which {
        index,
        shards,
        warning,
    })
}

/// The variable that says which task this is, the one that says how many there are, and the number.
fn task(
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<(&'static str, Option<&'static str>, u64), String> {
    let set: Vec<(&str, Option<&str>, String)> = ENGINES
        .into_iter()
        .filter_map(|(name, size)| variable(name).map(|text| (name, size, text)))
        .collect();
    let names: Vec<&str> = set.iter().map(|(name, ..)| *name).collect();
    let told = match names.as_slice() {
        // HyperQueue runs its tasks inside jobs of Slurm.
        [_] | ["HQ_TASK_ID", "SLURM_ARRAY_TASK_ID"] => &set[0],
        [] => {
            let known: Vec<&str> = ENGINES.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "no engine says which shard this is\n   = help: one of {} must be set, or write --shard i/n",
                known.join(", ")
            ));
        }
        several => {
            return Err(format!(
                "{} are set: which one says which shard this is?\n   = help: unset all but one, or write \
--shard i/n",
                several.join(" and ")
            ));
        }
    };
    Ok((told.0, told.1, number(told.0, &told.2)?))
}

fn number(name: &str, text: &str) -> Result<u64, String> {
    let read = text.trim().parse();
    read.map_err(|_| format!("{name} is `{text}`, which is no number"))
}

/// Reads `3,7-9`.
pub(super) fn parse_list(text: &str) -> Result<Vec<u64>, String> {
    let wrong = || format!("{LIST} is `{text}`; write shards as 3,7-9");
    let mut list = Vec::new();
    for word in text.split(',') {
        let (from, until) = word.split_once('-').unwrap_or((word, word));
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| wrong());
        let (from, until) = (number(from)?, number(until)?);
        if from > until || until >= Missing::MOST_SHARDS {
            return Err(wrong());
        }
        list.extend(from..=until);
    }
    Ok(list)
}

/// Writes `3,7-9`.
pub(super) fn list_text(list: &[u64]) -> String {
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for shard in list {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *shard => *last = *shard,
            _ => runs.push((*shard, *shard)),
        }
    }
    let text = |(from, until): &(u64, u64)| {
        if from == until {
            from.to_string()
        } else {
            format!("{from}-{until}")
        }
    };
    runs.iter().map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn auto(planned: Option<u64>, set: &[(&str, &str)]) -> Result<(u64, u64), String> {
        let variable = |name: &str| {
            let found = set.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        which(ShardOption::Auto, planned, &variable).map(|which| (which.index, which.shards))
    }

    #[test]
    fn the_index_comes_from_every_engine_and_the_count_from_plan_or_environment() {
        for (name, _) in ENGINES {
            assert_eq!(auto(Some(16), &[(name, "3")]), Ok((3, 16)), "{name}");
            let own = [(name, "3"), (COUNT, "4")];
            assert_eq!(auto(Some(16), &own), Ok((3, 4)), "{name}");
            assert!(auto(None, &[(name, "3")]).unwrap_err().contains(COUNT), "{name}");
            assert!(auto(Some(3), &[(name, "3")]).is_err(), "{name}");
            assert!(auto(Some(3), &[(name, "x")]).is_err(), "{name}");
        }
    }

    #[test]
    fn a_count_that_an_engine_says_is_never_taken() {
        let resubmitted = [("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "1")];
        assert_eq!(auto(Some(16), &resubmitted), Ok((7, 16)));
    }

    #[test]
    fn two_engines_are_one_too_many_unless_one_runs_inside_the_other() {
        let inside = [("HQ_TASK_ID", "2"), ("SLURM_ARRAY_TASK_ID", "5")];
        assert_eq!(auto(Some(16), &inside), Ok((2, 16)));
        let both = [("JOB_COMPLETION_INDEX", "2"), ("PATCHBENCH_SHARD", "2")];
        assert!(auto(Some(16), &both).unwrap_err().contains(" and "));
        assert!(auto(Some(16), &[]).unwrap_err().contains("no engine"));
    }

    #[test]
    fn a_list_maps_tasks_to_shards() {
        let task = |index| [("JOB_COMPLETION_INDEX", index), (LIST, "3,7-9")];
        assert_eq!(auto(Some(16), &task("0")), Ok((3, 16)));
        assert_eq!(auto(Some(16), &task("2")), Ok((8, 16)));
        assert!(auto(Some(16), &task("4")).is_err());
        assert!(auto(Some(8), &task("3")).is_err());
    }

    #[test]
    fn lists_are_read_as_they_are_written() {
        for (list, text) in [
            (vec![], ""),
            (vec![3], "3"),
            (vec![0, 1, 2, 5, 7, 8], "0-2,5,7-8"),
        ] {
            assert_eq!(list_text(&list), text);
            if !text.is_empty() {
                assert_eq!(parse_list(text), Ok(list));
            }
        }
        for wrong in ["", "a", "3-1", "1,,2", "1-2-3", "99999999999"] {
            assert!(parse_list(wrong).is_err(), "{wrong}");
        }
    }
}
