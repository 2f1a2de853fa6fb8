//! Kubernetes: an Indexed Job, and a Job that merges.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{END, Launch};

/// Where the pods run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubernetesOptions {
    /// Image with the program.
    pub image: String,
    /// A PersistentVolumeClaim that all pods can write: scenario, parts and result lie there.
    pub claim: String,
    /// Where it is mounted; also the working folder.
    pub mount: String,
    /// The namespace, if not the current one.
    pub namespace: Option<String>,
    /// Pods at a time, at most.
    pub parallelism: Option<u64>,
    /// CPUs of a pod, such as `2` or `500m`.
    pub cpu: String,
    /// Memory of a pod, such as `1Gi`.
    pub memory: String,
}

/// The Indexed Job of the shards, and the Job of the merge.
pub fn kubernetes_documents(launch: &Launch, options: &KubernetesOptions) -> [Value; 2] {
    let count = launch.missing.0.len() as u64;
    let shards = json!({
        "completionMode": "Indexed",
        "completions": count,
        "parallelism": options.parallelism.unwrap_or(count).min(count),
        "backoffLimitPerIndex": 3,
        "maxFailedIndexes": count,
        "podReplacementPolicy": "Failed",
        "podFailurePolicy": { "rules": [
            // A node that is drained is not the shard's fault.
            { "action": "Ignore", "onPodConditions": [{ "type": "DisruptionTarget", "status": "True" }] },
            // Wrong command line or scenario: trying again does not help.
            { "action": "FailIndex", "onExitCodes": { "containerName": "patchbench", "operator": "In", "values": [2, 3] } },
        ] },
        "template": pod(launch, options, &launch.shard_command()),
    });
    let merge = json!({
        "backoffLimit": 0,
        "template": pod(launch, options, &launch.merge_command()),
    });
    // Jobs that ended keep their names, so every launch has names of its own.
    let name = launch.name();
    [
        job(&format!("{name}-"), options, &shards),
        job(&format!("{name}-merge-"), options, &merge),
    ]
}

fn job(name: &str, options: &KubernetesOptions, spec: &Value) -> Value {
    let mut metadata = json!({ "generateName": name });
    if let Some(namespace) = &options.namespace {
        metadata["namespace"] = json!(namespace);
    }
    json!({ "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": spec })
}

fn pod(launch: &Launch, options: &KubernetesOptions, command: &str) -> Value {
    let mut variables = launch.variables();
    variables.push(("RAYON_NUM_THREADS", whole_cpus(&options.cpu).to_string()));
    let variables: Vec<Value> = variables
        .into_iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({ "spec": {
        "restartPolicy": "Never",
        "containers": [{
            "name": "patchbench",
            "image": options.image,
            // Kubernetes puts variables in place of $(NAME), and takes two dollar signs for one.
            "command": ["sh", "-c", format!("exec {command}").replace('$', "$$")],
            "workingDir": options.mount,
            "env": variables,
            "resources": {
                "requests": { "cpu": options.cpu, "memory": options.memory },
                "limits": { "memory": options.memory },
            },
            "volumeMounts": [{ "name": "work", "mountPath": options.mount }],
        }],
        "volumes": [{ "name": "work", "persistentVolumeClaim": { "claimName": options.claim } }],
    } })
}

/// Threads for so many CPUs, such as `2`, `1.5` or `500m`: at least one.
fn whole_cpus(cpu: &str) -> u64 {
    let (number, parts) = cpu.strip_suffix('m').map_or((cpu, 1.0), |milli| (milli, 1000.0));
    let cpus = number.parse::<f64>().unwrap_or(1.0) / parts;
    (cpus.ceil() as u64).max(1)
}

/// A script that creates the Job of the shards, waits for it and creates that of the merge.
pub fn kubernetes_script(launch: &Launch, options: &KubernetesOptions) -> String {
    let [shards, merge] = kubernetes_documents(launch, options);
    let namespace = options.namespace.as_ref();
    let namespace = namespace.map_or_else(String::new, |name| format!(" --namespace={name}"));
    let create = |document: &Value, more: &str| {
        format!("kubectl create{namespace}{more} -f - <<'{END}'\n{document:#}\n{END}\n")
    };
    let mut text = launch.head();
    let _ = write!(
        text,
        "job=$({})\n# It does not complete where a shard failed for good: launch again then, it names what is \
missing.\nkubectl wait{namespace} --for=condition=Complete --timeout=168h \"$job\"\n{}",
        create(&shards, " -o name"),
        create(&merge, ""),
    );
    text
}
