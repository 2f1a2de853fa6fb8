"""Sets patching up with the real AWS CLI, saves what the server answers, imports that, and compares.

usage: moto_check.py PATCHBENCH DIR; the server is where AWS_ENDPOINT_URL says.
"""

import json
import subprocess
import sys
import time
import tomllib
import urllib.request
from os import environ
from pathlib import Path

PATCHBENCH, DIR = sys.argv[1], Path(sys.argv[2])

BASELINES = {
    "Prod-Windows": {
        "system": "WINDOWS",
        "group": "Prod",
        "rules": [
            {"filter": {"MSRC_SEVERITY": ["Critical"], "CLASSIFICATION": ["SecurityUpdates", "CriticalUpdates"]}, "days": 5},
            {"filter": {"PRODUCT": ["WindowsServer2022"]}, "days": 21},
        ],
        "rejected": ["KB5034441"],
    },
    "Test-Linux": {
        "system": "AMAZON_LINUX_2023",
        "group": "Test",
        "rules": [{"filter": {"CLASSIFICATION": ["Security"]}, "days": 0}],
        "rejected": [],
    },
}
WINDOWS = {
    "Tuesday-Night": {
        "schedule": "cron(0 2 ? * TUE#2 *)", "schedule_timezone": "Europe/Berlin", "duration": 4, "cutoff": 1,
        "group": "Prod", "operation": "Install", "max_concurrency": "10%", "max_errors": "2",
    },
    "Daily": {
        "schedule": "rate(1 day)", "schedule_timezone": None, "duration": 3, "cutoff": 0,
        "group": "Test", "operation": "Scan", "max_concurrency": "5", "max_errors": "0",
    },
}
NODES = {"Prod": 3, "Test": 2}

# What moto does not answer, so that its documented answer is written instead.
NOT_IN_MOTO = ["get-patch-baseline", "describe-patch-groups", "get-maintenance-window-task", "describe-instance-information"]


def aws(*words, query=None):
    """The answer of a command of the real AWS CLI."""
    more = ["--query", query] if query else []
    done = subprocess.run(["aws", *words, "--output", "json", *more], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"aws {' '.join(words)}\n{done.stderr}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def wait():
    for _ in range(150):
        try:
            urllib.request.urlopen(environ["AWS_ENDPOINT_URL"] + "/moto-api/").read()
            return
        except OSError:
            time.sleep(0.2)
    sys.exit("the server does not come up")


def shorthand(known):
    def rule(rule):
        filters = ",".join(f"{{Key={key},Values=[{','.join(values)}]}}" for key, values in rule["filter"].items())
        return f"{{PatchFilterGroup={{PatchFilters=[{filters}]}},ApproveAfterDays={rule['days']}}}"

    return "PatchRules=[" + ",".join(rule(entry) for entry in known["rules"]) + "]"


def create():
    """Sets everything up; returns what moto will not tell again, as AWS documents its answers."""
    answers = {}
    mappings = []
    for name, known in BASELINES.items():
        words = ["ssm", "create-patch-baseline", "--name", name, "--operating-system", known["system"], "--approval-rules", shorthand(known)]
        if known["rejected"]:
            words += ["--rejected-patches", *known["rejected"]]
        id = aws(*words, query="BaselineId")
        aws("ssm", "register-patch-baseline-for-patch-group", "--baseline-id", id, "--patch-group", known["group"])
        rules = [
            {
                "PatchFilterGroup": {"PatchFilters": [{"Key": key, "Values": values} for key, values in rule["filter"].items()]},
                "ComplianceLevel": "UNSPECIFIED", "ApproveAfterDays": rule["days"], "EnableNonSecurity": False,
            }
            for rule in known["rules"]
        ]
        answers[f"get-patch-baseline-{id}"] = {
            "BaselineId": id, "Name": name, "OperatingSystem": known["system"], "GlobalFilters": {"PatchFilters": []},
            "ApprovalRules": {"PatchRules": rules}, "ApprovedPatches": [], "ApprovedPatchesComplianceLevel": "UNSPECIFIED",
            "ApprovedPatchesEnableNonSecurity": False, "RejectedPatches": known["rejected"],
            "RejectedPatchesAction": "ALLOW_AS_DEPENDENCY", "PatchGroups": [known["group"]],
            "CreatedDate": 1550244180.465, "ModifiedDate": "2024-05-01T10:00:00.123000+02:00", "Sources": [],
        }
        identity = {"BaselineId": id, "BaselineName": name, "OperatingSystem": known["system"], "DefaultBaseline": False}
        mappings.append({"PatchGroup": known["group"], "BaselineIdentity": identity})
    answers["describe-patch-groups"] = {"Mappings": mappings}

    for name, known in WINDOWS.items():
        zone = ["--schedule-timezone", known["schedule_timezone"]] if known["schedule_timezone"] else []
        window = aws(
            "ssm", "create-maintenance-window", "--name", name, "--schedule", known["schedule"], "--duration", str(known["duration"]),
            "--cutoff", str(known["cutoff"]), "--no-allow-unassociated-targets", *zone, query="WindowId",
        )
        target = aws(
            "ssm", "register-target-with-maintenance-window", "--window-id", window, "--resource-type", "INSTANCE",
            "--targets", f"Key=tag:Patch Group,Values={known['group']}", "--name", known["group"], query="WindowTargetId",
        )
        parameters = {"RunCommand": {"Parameters": {"Operation": [known["operation"]], "RebootOption": ["RebootIfNeeded"]}, "TimeoutSeconds": 600}}
        task = aws(
            "ssm", "register-task-with-maintenance-window", "--window-id", window, "--targets", f"Key=WindowTargetIds,Values={target}",
            "--task-arn", "AWS-RunPatchBaseline", "--task-type", "RUN_COMMAND", "--name", "patch", "--priority", "1",
            "--max-concurrency", known["max_concurrency"], "--max-errors", known["max_errors"],
            "--task-invocation-parameters", json.dumps(parameters), query="WindowTaskId",
        )
        answers[f"get-maintenance-window-task-{window}-{task}"] = {
            "WindowId": window, "WindowTaskId": task, "TaskArn": "AWS-RunPatchBaseline", "TaskType": "RUN_COMMAND", "Name": "patch",
            "Targets": [{"Key": "WindowTargetIds", "Values": [target]}], "TaskParameters": {}, "TaskInvocationParameters": parameters,
            "Priority": 1, "MaxConcurrency": known["max_concurrency"], "MaxErrors": known["max_errors"],
        }

    image = aws("ec2", "describe-images", query="Images[0].ImageId")
    information = []
    for group, count in NODES.items():
        ids = aws("ec2", "run-instances", "--image-id", image, "--count", str(count), query="Instances[].InstanceId")
        aws("ec2", "create-tags", "--resources", *ids, "--tags", f"Key=Patch Group,Value={group}", "Key=Owner,Value=Platform Team")
        platform = {"PlatformType": "Windows", "PlatformName": "Microsoft Windows Server 2022 Datacenter", "PlatformVersion": "10.0.20348"}
        if group == "Test":
            platform = {"PlatformType": "Linux", "PlatformName": "Amazon Linux", "PlatformVersion": "2023"}
        information += [{"InstanceId": id, "PingStatus": "Online", "ResourceType": "EC2Instance", **platform} for id in ids]
    answers["describe-instance-information"] = {"InstanceInformationList": information}
    return answers


def save(instead):
    """Saves everything by the script that patchbench prints, and what moto lacks as AWS documents it."""
    script = subprocess.run([PATCHBENCH, "import", "aws-cli", "--print-script"], capture_output=True, text=True, check=True).stdout
    done = subprocess.run(["bash", "-c", script, "collect", str(DIR)], capture_output=True, text=True)
    lines = [line for line in done.stderr.splitlines() if line.startswith("not saved: ")]
    missed = {next((known for known in NOT_IN_MOTO if f" {known}" in line), line) for line in lines}
    unknown = missed - set(NOT_IN_MOTO)
    if unknown:
        sys.exit(f"the script could not save {unknown}\n{done.stderr}")
    for name, answer in instead.items():
        file = DIR / f"{name}.json"
        if file.exists():
            continue
        print(f"moto has no {name}: its documented answer is written instead")
        file.write_text(json.dumps(answer, indent=4))
    print(f"saved by the real AWS CLI: {len(list(DIR.iterdir())) - len(instead)} answers")


def same(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found!r} in the scenario, {expected!r} in the commands")


def compare(scenario):
    """Whether the scenario says what the commands said."""
    same("baselines", sorted(scenario["baseline"]), sorted(BASELINES))
    for name, known in BASELINES.items():
        found = scenario["baseline"][name]
        same(f"{name}: system", found["operating_system"], known["system"])
        same(f"{name}: groups", found["patch_groups"], [known["group"]])
        rules = [{"filter": rule["filter"], "days": rule["approve_after_days"]} for rule in found["rule"]]
        same(f"{name}: rules", rules, known["rules"])
        same(f"{name}: rejected", found.get("rejected_patches", []), known["rejected"])
    same("windows", sorted(scenario["window"]), sorted(WINDOWS))
    for name, known in WINDOWS.items():
        found = scenario["window"][name]
        for key in ["schedule", "schedule_timezone", "duration", "cutoff"]:
            same(f"{name}: {key}", found.get(key), known[key])
        same(f"{name}: target", found["target"], {known["group"]: {"tag:Patch Group": [known["group"]]}})
        (task,) = found["task"]
        for key in ["operation", "max_concurrency", "max_errors"]:
            same(f"{name}: {key}", task[key], known[key])
        same(f"{name}: timeout", task["timeout"], "600s")
        same(f"{name}: task's target", task["targets"], [known["group"]])
    pools = list(scenario["nodes"].values())
    count = {pool["tags"]["Patch Group"]: len(pool["ids"]) for pool in pools}
    same("nodes", count, NODES)
    ids = sorted(id for pool in pools for id in pool["ids"])
    machines = aws("ec2", "describe-instances", query="Reservations[].Instances[].InstanceId")
    same("ids", ids, sorted(machines))


def main():
    wait()
    save(create())
    scenario = DIR.parent / "scenario.toml"
    for words in [
        ["import", "aws-cli", str(DIR), "--out", str(scenario)],
        ["check", str(scenario)],
        ["run", str(scenario), "--reps", "20", "--out", str(DIR.parent / "result")],
    ]:
        done = subprocess.run([PATCHBENCH, *words], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"patchbench {' '.join(words)} ends with {done.returncode}\n{done.stdout}{done.stderr}")
    compare(tomllib.loads(scenario.read_text()))
    (DIR / "describe-patch-groups.json").unlink()
    task = next(DIR.glob("get-maintenance-window-task-*"))
    task.unlink()
    refused = subprocess.run([PATCHBENCH, "import", "aws-cli", str(DIR)], capture_output=True, text=True)
    same("exit code without an answer", refused.returncode, 3)
    same("what is missing is named", "get-maintenance-window-task" in refused.stderr, True)
    print("the scenario says what the commands said")


main()
