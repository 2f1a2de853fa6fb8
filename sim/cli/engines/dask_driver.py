"""Plays the shards of a patchbench run or sweep on a Dask cluster, and merges them.

    pip install distributed==2026.8.0
    python dask_driver.py tcp://scheduler:8786 DIR --shards 200 -- run fleet.toml --reps 1000000

DIR is a folder of this machine; workers need no disk in common with it, only the program and the scenario
at the same paths. A shard uses all cores, so one worker of one thread a machine is enough:
`dask worker tcp://scheduler:8786 --nthreads 1`. Started again, it plays what is missing; shards and command
are then read from DIR. With --precision it plays round after round. Exit codes are those of `patchbench
merge`; 2 and 3 end all at once, since no second try mends a wrong command or scenario.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

from distributed import Client, as_completed


def files_of(folder):
    """The plan and the parts in a folder; hidden files are not finished."""
    names = ["plan.json", "part-*"]
    return {file.name: file.read_bytes() for name in names for file in Path(folder).glob(name)}


def play(index, shards, command, folder, given):
    """One shard, on a worker. Returns its files, or why trying again is of no use."""
    with tempfile.TemporaryDirectory(prefix="patchbench-") as parts:
        # What is there already says which round it is, and what need not be played.
        for name, data in given.items():
            Path(parts, name).write_bytes(data)
        words = [*command, "--shard", f"{index}/{shards}", "--out", parts]
        done = subprocess.run(words, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode in (2, 3):  # wrong command or scenario: not raised, since Dask would retry
            return done.returncode, done.stderr, {}
        if done.returncode:
            raise RuntimeError(f"shard {index}/{shards} ended with {done.returncode}\n{done.stderr}")
        files = files_of(parts)
        return 0, "", {name: files[name] for name in files if files[name] != given.get(name)}


def keep(folder, name, data):
    """Writes a file whole or not at all. The plan that is there stays: other ones are refused by merge."""
    if name == "plan.json" and (folder / name).exists():
        return
    hidden = folder / f".{name}.{uuid.uuid4().hex}"
    try:
        with open(hidden, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(folder / name)
    finally:
        hidden.unlink(missing_ok=True)


def play_all(client, folder, todo, shards, command):
    """Plays shards, and keeps what each returns as it comes. Returns whether any failed for good."""
    print(f"{len(todo)} of {shards} shards to play", file=sys.stderr)
    # pure=False: what is asked for again is a task of its own. The files go once to each worker, as the
    # result of a task, which is made anew when the worker that had them is lost.
    given = client.submit(dict, files_of(folder), pure=False)
    more = {"shards": shards, "command": command, "folder": os.getcwd(), "given": given}
    tasks = client.map(play, todo, pure=False, retries=3, **more)
    failed = False
    try:
        for task in as_completed(tasks):
            if task.status != "finished":  # the others go on: merge says what is missing
                failed = True
                print(task.exception(), file=sys.stderr)
                continue
            code, problem, files = task.result()
            if code:
                sys.stderr.write(problem)
                sys.exit(code)
            for name, data in files.items():
                keep(folder, name, data)
    finally:
        client.cancel(tasks)
    return failed


def missing(program, folder, shards):
    """The shards to play, of a list such as 3,7-9."""
    if not (folder / "plan.json").exists():
        return list(range(shards))
    words = [program, "missing", folder, "--shards", str(shards)]
    done = subprocess.run(words, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 6):
        sys.exit(done.returncode)
    spans = [span.split("-") for span in done.stdout.strip().split(",") if span]
    return [index for span in spans for index in range(int(span[0]), int(span[-1]) + 1)]


def main():
    cut = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    usage = "%(prog)s SCHEDULER DIR [--shards N] [options] [-- run|sweep FILE options]"
    parser = argparse.ArgumentParser(usage=usage, description=__doc__.partition("\n")[0])
    parser.add_argument("scheduler", help="such as tcp://scheduler:8786")
    parser.add_argument("folder", metavar="DIR", type=Path, help="folder of parts")
    parser.add_argument("--shards", type=int, help="number of shards; as the plan says when absent")
    parser.add_argument("--out", metavar="RESULT", help="folder for the result; DIR/result when absent")
    parser.add_argument("--force", action="store_true", help="replace a finished result")
    parser.add_argument("--program", default="patchbench", help="how it is called here and on workers")
    options = parser.parse_args(sys.argv[1:cut])
    plan = options.folder / "plan.json"
    known = json.loads(plan.read_bytes()) if plan.exists() else {}
    given, shards = sys.argv[cut + 1 :], options.shards or known.get("shards")
    words = given or known.get("words")
    if not words or not shards or shards < 1:
        parser.error("a new folder needs --shards N and -- run|sweep FILE options")
    if words != known.get("words", words):  # nobody else would notice where all parts are there
        parser.error(f"{options.folder} is of another command: {' '.join(known['words'])}")

    options.folder.mkdir(parents=True, exist_ok=True)
    merge = [options.program, "merge", options.folder, *(["--out", options.out] if options.out else [])]
    merge += ["--force"] if options.force else []
    with Client(options.scheduler) as client:
        while True:
            failed = False
            if todo := missing(options.program, options.folder, shards):
                failed = play_all(client, options.folder, todo, shards, [options.program, *words])
            done = subprocess.run(merge, stderr=subprocess.PIPE, text=True)
            if done.returncode != 7:  # 7: the wanted precision takes another round
                sys.stderr.write(done.stderr)
                return done.returncode
            if failed:  # all of this round: the merge says no more than that it is needed
                return 6


if __name__ == "__main__":
    sys.exit(main())
