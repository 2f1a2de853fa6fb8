//! Launches as users see them.

use super::*;

fn launch(shards: u64, missing: (&[u64], &str)) -> Launch {
    Launch {
        plan: "0123456789ab".to_owned(),
        program: "patchbench".to_owned(),
        words: ["sweep", "my fleet.toml", "--vary", "nodes.web.count=50,100"]
            .map(str::to_owned)
            .to_vec(),
        folder: "parts".to_owned(),
        result: None,
        round: 0,
        shards,
        missing: (missing.0.to_vec(), missing.1.to_owned()),
        next_round: None,
    }
}

fn whole() -> Launch {
    launch(4, (&[0, 1, 2, 3], "0-3"))
}

fn pods() -> KubernetesOptions {
    KubernetesOptions {
        image: "example.invalid/patchbench:1".to_owned(),
        claim: "work".to_owned(),
        mount: "/work".to_owned(),
        namespace: Some("planning".to_owned()),
        parallelism: Some(2),
        cpu: "1".to_owned(),
        memory: "1Gi".to_owned(),
    }
}

fn jobs() -> BatchOptions {
    BatchOptions {
        image: "example.invalid/patchbench:1".to_owned(),
        queue: "sweeps".to_owned(),
        file_system: "fs-12345678".to_owned(),
        mount: "/work".to_owned(),
        vcpus: 1,
        memory: 1024,
    }
}

#[test]
fn slurm_gets_an_array_and_a_merge_that_waits_for_it() {
    let text = slurm_script(&whole(), &["--partition=short".to_owned()]);
    insta::assert_snapshot!("slurm", text);
}

#[test]
fn slurm_gets_only_what_is_missing_and_launches_the_next_round() {
    let mut resumed = launch(16, (&[3, 7, 8], "3,7-8"));
    resumed.next_round = Some(
        ["patchbench", "launch", "slurm", "parts", "--submit"]
            .map(str::to_owned)
            .to_vec(),
    );
    let text = slurm_script(&resumed, &[]);
    assert!(text.contains("--array=3,7-8 "), "{text}");
    assert!(text.contains("PATCHBENCH_SHARDS=16 "), "{text}");
    // Not where this round left no part: tasks that all fail would be launched for ever.
    for line in [
        "[ \"$code\" -eq 7 ] || exit \"$code\"\n",
        "set -- parts/part-0123456789ab-0-*\n[ -e \"$1\" ] || exit 6\nexec patchbench launch slurm parts --submit\n",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn kubernetes_gets_an_indexed_job_that_names_the_shards_where_some_are_missing() {
    insta::assert_snapshot!("kubernetes", kubernetes_script(&whole(), &pods()));
    let [job, _] = kubernetes_documents(&launch(16, (&[3, 7, 8], "3,7-8")), &pods());
    assert_eq!(job["spec"]["completions"], 3);
    let variables = &job["spec"]["template"]["spec"]["containers"][0]["env"];
    assert_eq!(variables[0]["value"], "16");
    assert_eq!(variables[1]["value"], "3,7-8");
    assert_eq!(job["metadata"]["generateName"], "patchbench-0123456789ab-");
    let threads = |cpu: &str| {
        let options = KubernetesOptions {
            cpu: cpu.to_owned(),
            ..pods()
        };
        let [job, _] = kubernetes_documents(&whole(), &options);
        job["spec"]["template"]["spec"]["containers"][0]["env"][1]["value"].clone()
    };
    assert_eq!(["2", "1.5", "500m", "2500m"].map(threads), ["2", "2", "1", "3"]);
}

#[test]
fn batch_gets_an_array_or_a_single_job_and_no_more_than_it_takes() {
    insta::assert_snapshot!("batch", batch_script(&whole(), &jobs()).unwrap());
    let [_, shards, merge] = batch_documents(&launch(16, (&[3], "3")), &jobs()).unwrap();
    assert_eq!(shards.get("arrayProperties"), None);
    let variables = &shards["containerOverrides"]["environment"];
    assert_eq!(
        (&variables[1]["name"], &variables[1]["value"]),
        (&"PATCHBENCH_SHARD".into(), &"3".into())
    );
    assert_eq!(merge["retryStrategy"]["attempts"], 1);
    let many: Vec<u64> = (0..10_001).collect();
    assert!(batch_documents(&launch(10_001, (&many, "0-10000")), &jobs()).is_err());
}
