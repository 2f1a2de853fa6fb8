//! `patchbench launch`

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use patchbench_report::{
    BatchOptions, KubernetesOptions, Launch as Launched, batch_documents, batch_script, command_text,
    kubernetes_documents, kubernetes_script, short_plan, slurm_script,
};

use super::index::list_text;
use super::missing::{Overview, overview};
use super::planned::plan_anew;
use super::store::Store;
use super::tell;
use crate::args::{Launch, LaunchBatch, LaunchFormat, LaunchKubernetes, LaunchSlurm, Shared};
use crate::exit::Exit;
use crate::terminal::Terminal;

/// The driver for Dask, beside which it is documented.
const DASK: &str = include_str!("../../../engines/dask_driver.py");

pub(in crate::commands) fn launch(engine: &Launch, terminal: &mut Terminal) -> Exit {
    let launched = match engine {
        Launch::Dask => {
            terminal.answer(DASK);
            Ok(Exit::Fine)
        }
        Launch::Slurm(own) => ready(&own.shared, terminal, |launch| slurm(launch, own)),
        Launch::Kubernetes(own) => ready(&own.shared, terminal, |launch| Ok(kubernetes(launch, own))),
        Launch::Batch(own) => ready(&own.shared, terminal, |launch| batch(launch, own)),
    };
    launched.unwrap_or_else(|exit| exit)
}

fn slurm(mut launch: Launched, own: &LaunchSlurm) -> Result<String, String> {
    if own.shared.program.is_none() {
        launch.program = as_called();
    }
    if launch.next_round.is_some() {
        launch.next_round = Some(again(&launch, own));
    }
    if let Some(option) = own.sbatch.iter().find(|option| option.contains(['\n', '\r'])) {
        return Err(format!("`{}` is not one line", option.escape_debug()));
    }
    Ok(slurm_script(&launch, &own.sbatch))
}

/// The program as it was called: nodes of Slurm see the same folders. By its name alone it is found on the
/// path of the nodes, too.
fn as_called() -> String {
    let name = "patchbench".to_owned();
    let called = std::env::args_os()
        .next()
        .is_some_and(|called| Path::new(&called).components().count() > 1);
    let own = std::env::current_exe().ok().filter(|_| called);
    own.map_or(name, |own| own.display().to_string())
}

/// The words that launch the next round.
fn again(launch: &Launched, own: &LaunchSlurm) -> Vec<String> {
    let program = launch.program.as_str();
    let words = [
        program,
        "launch",
        "slurm",
        &launch.folder,
        "--submit",
        "--program",
        program,
    ];
    let mut words: Vec<String> = words.map(str::to_owned).to_vec();
    if let Some(result) = &launch.result {
        words.extend(["--out".to_owned(), result.clone()]);
    }
    words.extend(own.sbatch.iter().map(|option| format!("--sbatch={option}")));
    words
}

fn kubernetes(launch: Launched, own: &LaunchKubernetes) -> String {
    let options = KubernetesOptions {
        image: own.image.clone(),
        claim: own.claim.clone(),
        mount: own.mount.clone(),
        namespace: own.namespace.clone(),
        parallelism: own.parallelism,
        cpu: own.cpu.clone(),
        memory: own.memory.clone(),
    };
    match own.format {
        LaunchFormat::Script => kubernetes_script(&launch, &options),
        LaunchFormat::Json => {
            let items = kubernetes_documents(&launch, &options);
            let list = serde_json::json!({ "apiVersion": "v1", "kind": "List", "items": items });
            format!("{list:#}\n")
        }
    }
}

fn batch(launch: Launched, own: &LaunchBatch) -> Result<String, String> {
    let options = BatchOptions {
        image: own.image.clone(),
        queue: own.queue.clone(),
        file_system: own.file_system.clone(),
        mount: own.mount.clone(),
        vcpus: own.vcpus,
        memory: own.memory,
    };
    match own.format {
        LaunchFormat::Script => batch_script(&launch, &options),
        LaunchFormat::Json => {
            let [definition, shards, merge] = batch_documents(&launch, &options)?;
            let list = serde_json::json!({
                "RegisterJobDefinition": definition,
                "SubmitJob": shards,
                "SubmitJobMerge": merge,
            });
            Ok(format!("{list:#}\n"))
        }
    }
}

/// Plans the folder where that is not done yet, and prints or submits what plays its missing shards.
fn ready(
    shared: &Shared,
    terminal: &mut Terminal,
    text: impl FnOnce(Launched) -> Result<String, String>,
) -> Result<Exit, Exit> {
    let store = Store::new(&shared.folder);
    plan_anew(&store, shared, terminal)?;
    let launch = overview(&store, terminal, |overview| described(overview, &store, shared))?;
    let Some(launch) = launch else {
        let folder = command_text(&[store.folder.display().to_string()]);
        terminal.note(&format!(
            "nothing is missing; `patchbench merge {folder}` makes the result"
        ));
        return Ok(Exit::Fine);
    };
    let text = text(launch).map_err(|problem| tell(terminal, (problem, Exit::WrongCommandLine)))?;
    if shared.submit {
        return submit(&text).map_err(|problem| tell(terminal, (problem, Exit::CouldNotFinish)));
    }
    terminal.answer(text);
    Ok(Exit::Fine)
}

/// What is to be launched; nothing where nothing is missing.
fn described(overview: &Overview, store: &Store, shared: &Shared) -> Option<Launched> {
    let plan = &overview.plan;
    // More shards than chunks would be lists of those that have any. How many there are may change.
    let shards = plan.shards.min(overview.work.chunks());
    let missing = overview.missing(shards);
    let folder = store.folder.display().to_string();
    let result = shared.out.as_ref().map(|result| result.display().to_string());
    (!missing.is_empty()).then(|| Launched {
        plan: short_plan(&plan.plan).to_owned(),
        program: shared.program.clone().unwrap_or_else(|| "patchbench".to_owned()),
        words: plan.words.clone(),
        folder,
        result,
        round: overview.round.0,
        shards,
        missing: (missing.clone(), list_text(&missing)),
        next_round: overview.rounds.then(Vec::new),
    })
}

/// Runs a script.
fn submit(script: &str) -> Result<Exit, String> {
    let tell = |error: std::io::Error| format!("the script cannot be run: {error}");
    let mut shell = Command::new("sh").stdin(Stdio::piped()).spawn().map_err(tell)?;
    if let Some(mut input) = shell.stdin.take() {
        input.write_all(script.as_bytes()).map_err(tell)?;
    }
    match shell.wait().map_err(tell)? {
        status if status.success() => Ok(Exit::Fine),
        status => Err(format!(
            "submitting failed: {status}\n   = help: without --submit the script is printed"
        )),
    }
}
