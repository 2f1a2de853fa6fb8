//! AWS Batch: a job definition, an array job, and a job that merges when that has succeeded.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::Launch;
use crate::words::command_text;

/// Children that an array job may have.
const MOST_CHILDREN: usize = 10_000;
/// Characters of a list of shards: the overrides of a job may have 8,192 altogether.
const LONGEST_LIST: usize = 4_000;

/// Where the jobs run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// Image with the program.
    pub image: String,
    /// The job queue.
    pub queue: String,
    /// An EFS file system that all jobs can write: scenario, parts and result lie there.
    pub file_system: String,
    /// Where it is mounted; also the working folder.
    pub mount: String,
    /// CPUs of a job.
    pub vcpus: u32,
    /// Memory of a job in MiB.
    pub memory: u32,
}

/// Inputs of RegisterJobDefinition, of SubmitJob for the shards, and of SubmitJob for the merge, which takes
/// the id of the other job besides.
///
/// # Errors
/// When Batch cannot take so many shards, in words.
pub fn batch_documents(launch: &Launch, options: &BatchOptions) -> Result<[Value; 3], String> {
    let (missing, list) = &launch.missing;
    if missing.len() > MOST_CHILDREN {
        return Err(format!(
            "an array of AWS Batch has at most {MOST_CHILDREN} jobs, and {} shards are to be played\n   = help: \
--shards {MOST_CHILDREN} makes larger ones",
            missing.len()
        ));
    }
    if !launch.is_whole() && list.len() > LONGEST_LIST {
        return Err(format!(
            "the list of missing shards has {} characters, and AWS Batch takes {LONGEST_LIST}\n   = help: fewer and \
larger shards: --shards",
            list.len()
        ));
    }
    let name = launch.name();
    Ok([
        definition(launch, options),
        shards(launch, options, &name),
        merge(launch, options, &name),
    ])
}

fn definition(launch: &Launch, options: &BatchOptions) -> Value {
    json!({
        "jobDefinitionName": format!("patchbench-{}", launch.plan),
        "type": "container",
        "containerProperties": {
            "image": options.image,
            "command": command(options, &launch.shard_command()),
            "resourceRequirements": [
                { "type": "VCPU", "value": options.vcpus.to_string() },
                { "type": "MEMORY", "value": options.memory.to_string() },
            ],
            "environment": [{ "name": "RAYON_NUM_THREADS", "value": options.vcpus.to_string() }],
            "volumes": [{ "name": "work", "efsVolumeConfiguration": { "fileSystemId": options.file_system } }],
            "mountPoints": [{ "sourceVolume": "work", "containerPath": options.mount }],
        },
        "retryStrategy": { "attempts": 5, "evaluateOnExit": [
            { "onStatusReason": "Host EC2*", "action": "RETRY" },
            // Wrong command line or scenario: trying again does not help.
            { "onExitCode": "2", "action": "EXIT" },
            { "onExitCode": "3", "action": "EXIT" },
            { "onReason": "*", "action": "RETRY" },
        ] },
    })
}

fn command(options: &BatchOptions, command: &str) -> Value {
    let folder = command_text(std::slice::from_ref(&options.mount));
    json!(["sh", "-c", format!("cd {folder} && exec {command}")])
}

fn shards(launch: &Launch, options: &BatchOptions, name: &str) -> Value {
    let mut variables = launch.variables();
    let count = launch.missing.0.len();
    // An array has two jobs at least; a single one has no index.
    if count == 1 {
        variables.retain(|(name, _)| *name != "PATCHBENCH_SHARD_LIST");
        variables.push(("PATCHBENCH_SHARD", launch.missing.0[0].to_string()));
    }
    let variables: Vec<Value> = variables
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mut job = json!({
        "jobName": name,
        "jobQueue": options.queue,
        "jobDefinition": format!("patchbench-{}", launch.plan),
        "containerOverrides": { "environment": variables },
    });
    if count > 1 {
        job["arrayProperties"] = json!({ "size": count });
    }
    job
}

fn merge(launch: &Launch, options: &BatchOptions, name: &str) -> Value {
    json!({
        "jobName": format!("{name}-merge"),
        "jobQueue": options.queue,
        "jobDefinition": format!("patchbench-{}", launch.plan),
        "containerOverrides": { "command": command(options, &launch.merge_command()) },
        "retryStrategy": { "attempts": 1 },
    })
}

/// A script that registers the job definition and submits both jobs.
///
/// # Errors
/// When Batch cannot take so many shards, in words.
pub fn batch_script(launch: &Launch, options: &BatchOptions) -> Result<String, String> {
    let [definition, shards, merge] = batch_documents(launch, options)?;
    let input = |document: &Value| command_text(&[format!("{document:#}")]);
    let mut text = launch.head();
    let _ = write!(
        text,
        "aws batch register-job-definition --cli-input-json {}\n\
job=$(aws batch submit-job --query jobId --output text --cli-input-json {})\n\
# It is not started where a shard failed for good: `{} merge` says then what is missing.\n\
aws batch submit-job --depends-on \"jobId=$job\" --cli-input-json {}\n",
        input(&definition),
        input(&shards),
        launch.program,
        input(&merge),
    );
    Ok(text)
}
