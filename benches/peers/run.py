#!/usr/bin/env python3
"""Runs the reference workloads on patchbench and on its peers, side by side.

    run.py setup      installs the Python peers into a folder of their own, builds the others
    run.py agree      do all of them give the same answers?
    run.py measure    what does an install cost on each, and how much memory does it take?

README.md beside this file says what the peers are. Nothing but the standard library is needed here.
"""

import argparse
import csv
import datetime
import json
import math
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")).resolve()
BUILT = TARGET / "release"
SCENARIOS = ROOT / "benches" / "scenarios"
RINGS = {"dev": 1, "test": 2, "prod": 7}  # tenths of the fleet
# Fleets that are measured.
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
# A run is at least so long, in seconds of processor time: shorter ones say little.
LONG_ENOUGH = 0.3
# Means further apart than so many standard errors do not agree.
LIMIT_OF_Z = 4.0


@dataclass
class Workload:
    """A workload at one size: how it is called, and how both sides are asked for it."""

    title: str
    scenario: str
    nodes: int
    arguments: dict  # of the peers
    changes: list  # of the scenario, for patchbench
    units: str  # what a cost is counted by
    windows: int = 0  # sessions are counted as nodes times windows
    replications: int = 1  # the least, where a peer is fast


def w1(nodes):
    """W1 without limits."""
    changes = [f"nodes.fleet.count={nodes}"]
    return Workload("W1", "w1.toml", nodes, {"w": "w1", "n": nodes}, changes, "install")


def w2(nodes):
    """W2, a fleet of a multiple of ten."""
    changes = [f"nodes.{ring}.count={nodes // 10 * tenths}" for ring, tenths in RINGS.items()]
    return Workload("W2", "w2.toml", nodes, {"w": "w2", "n": nodes}, changes, "session", windows=52)


def w3():
    """W3: W1 with both limits, many times."""
    arguments = {"w": "w1", "n": 10_000, "c": 500, "e": 110, "last_start": 13_400}
    return Workload("W3", "w3.toml", 10_000, arguments, [], "install", replications=1_000)


@dataclass
class Run:
    """What one process took, and what it found."""

    cpu: float  # user and system, in seconds
    peak: int  # resident memory in bytes
    units: int  # installs or sessions
    figures: dict = field(default_factory=dict)  # name: (mean, deviation, replications)


class Failure(Exception):
    """A process that did not do what it was asked for."""


def spawn(command, seconds=None):
    """Runs a process to its end; returns its output, processor time and peak memory."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        child = subprocess.Popen([str(word) for word in command], stdout=out, stderr=err, env=environment)
        if seconds:
            limit = math.ceil(seconds)
            resource.prlimit(child.pid, resource.RLIMIT_CPU, (limit, limit))
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            err.seek(0)
            lines = err.read().decode(errors="replace").split("\n")
            reason = next((line for line in reversed(lines) if line.strip()), "killed, or out of time")
            raise Failure(f"{command[0]}: exit code {child.returncode}: {reason}")
        out.seek(0)
        return out.read().decode(), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


@dataclass
class Peer:
    """A program with arguments of the form key=value that prints a line of JSON."""

    name: str
    command: list
    workloads: tuple = ("W1", "W2", "W3")
    pace: int = 1  # so many times fewer replications are enough

    def missing(self):
        """What is not there, if anything."""
        return next((word for word in self.command if "=" not in str(word) and not Path(word).exists()), None)

    def run(self, workload, replications, seed, seconds=None):
        """Runs a workload."""
        arguments = {**workload.arguments, "seed": seed, "reps": replications}
        words = [f"{key}={value}" for key, value in arguments.items()]
        out, cpu, peak = spawn([*self.command, *words], seconds)
        line = json.loads(out.splitlines()[-1])
        figures = {
            name: (value["mean"], value["sd"], replications)
            for name, value in line.items()
            if isinstance(value, dict)
        }
        units = workload.nodes * workload.windows * replications or line["installs"]
        return Run(cpu, peak, units, figures)


@dataclass
class Patchbench:
    """The ordinary program, from the scenario file to the finished folder of results."""

    name: str = "patchbench"
    command: tuple = (BUILT / "patchbench",)
    workloads: tuple = ("W1", "W2", "W3")
    pace: int = 1
    missing = Peer.missing

    def run(self, workload, replications, seed, seconds=None):
        """Runs a workload."""
        with tempfile.TemporaryDirectory() as folder:
            changes = [*workload.changes, f"study.replications={replications}"]
            sets = [word for change in changes for word in ("--set", change)]
            where = ["--threads", "1", "--seed", seed, "--out", folder, "--force", "--quiet"]
            command = [*self.command, "run", SCENARIOS / workload.scenario, *where, *sets]
            _, cpu, peak = spawn(command, seconds)
            rows = list(read_table(Path(folder) / "replications.csv"))
            metrics = list(read_table(Path(folder) / "metrics.csv"))
        if len(rows) != replications:
            raise Failure(f"{len(rows)} replications in its table, {replications} wanted")
        # W3 has a scan of one node in front of its rollout.
        scans = 1 if workload.title == "W3" else 0
        units = workload.nodes * workload.windows * replications
        units = units or sum(int(row["sent"]) - scans for row in rows)
        if workload.title == "W2":
            figures = figures_of_year(workload, rows, metrics)
        else:
            figures = figures_of_rollout(workload, rows, metrics, scans)
        return Run(cpu, peak, units, figures)


def read_table(path):
    """Rows of a CSV file by column."""
    with open(path, encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)


def sample(values):
    """Mean, deviation and number of values."""
    values = list(values)
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return statistics.fmean(values), spread, len(values)


def estimate(row, factor=1.0, shift=0.0):
    """The same of a row of metrics.csv; `None` where a replication has no value."""
    if not row["estimate"]:
        return None
    mean, spread = float(row["estimate"]), float(row["standard_deviation"] or 0.0)
    return mean * factor + shift, spread * factor, int(row["n"])


def figures_of_rollout(workload, rows, metrics, scans):
    """What patchbench says of W1 and W3, in the words of the peers."""
    figures = {
        "completed": sample(int(row["succeeded"]) - scans for row in rows),
        "failed": sample(int(row["errors"]) for row in rows),
        "never": sample(workload.nodes + scans - int(row["sent"]) for row in rows),
        "stopped": sample(int(row["stops"]) for row in rows),
    }
    for row in metrics:
        if (row["metric"], row["task"]) == ("window_makespan", "rollout / install"):
            # Counted from the opening, which is the end of W3's scan for the others.
            figures["makespan"] = estimate(row, 3_600.0, -1_000.0 * scans)
    return {name: value for name, value in figures.items() if value}


def figures_of_year(workload, rows, metrics):
    """What patchbench says of W2, in the words of the peers."""
    figures = {
        "failed": sample(int(row["errors"]) for row in rows),
        "reboots": sample(int(row["reboots"]) for row in rows),
        "installed": sample(int(row["installed"]) for row in rows),
        "exposed_days_per_instance": sample(float(row["exposure"]) / workload.nodes for row in rows),
    }
    names = {f"time_to_coverage_{share}": f"days{share}" for share in (50, 90, 95, 100)}
    names["exposure"] = "exposure"
    for row in metrics:
        if row["metric"] in names and row["group"] in RINGS and not row["severity"]:
            figures[f"{names[row['metric']]}_{row['group']}"] = estimate(row)
    return {name: value for name, value in figures.items() if value}


def peers(options):
    """Patchbench and what is there to compare it with."""
    python = options.venv / "bin" / "python"
    simpy, salabim = HERE / "python" / "with_simpy.py", HERE / "python" / "with_salabim.py"
    known = [
        Patchbench(),
        Peer("plain heap, Rust", [BUILT / "peer-plain"]),
        Peer("nexosim", [BUILT / "peer-nexosim"]),
        Peer("SimPy, process per slot", [python, simpy, "style=slots"], pace=20),
        Peer("SimPy, process per node", [python, simpy, "style=nodes"], pace=20),
        Peer("salabim, component per slot", [python, salabim, "style=slots"], pace=20),
        Peer("salabim, component per node", [python, salabim, "style=nodes"], ("W1", "W3"), pace=500),
    ]
    if options.limit:
        known.append(Peer("limit", [options.limit.resolve()]))
    there = []
    for peer in known:
        missing = peer.missing()
        if missing:
            print(f"{peer.name} is left out: there is no {missing} (see run.py setup)", file=sys.stderr)
        else:
            there.append(peer)
    if len(there) < 2 or there[0].name != "patchbench":
        sys.exit("there is nothing to compare: run.py setup builds it")
    return there


def setup(options):
    """Installs and builds everything, or says how."""
    steps = [
        [sys.executable, "-m", "venv", options.venv],
        [options.venv / "bin" / "pip", "install", "--quiet", "simpy", "salabim"],
        ["cargo", "build", "--release", "--package", "patchbench", "--package", "patchbench-peer-plain"],
    ]
    if options.nexosim:
        manifest = HERE / "nexosim" / "Cargo.toml"
        steps.append(["cargo", "build", "--release", "--manifest-path", manifest, "--target-dir", TARGET])
    for step in steps:
        print(" ".join(map(str, step)), flush=True)
        if not options.dry_run:
            subprocess.run(list(map(str, step)), cwd=ROOT, check=True)
    return 0


def apart(ours, theirs):
    """Difference of two means in standard errors, by the deviation of both samples together."""
    (mean, spread, n), (other, other_spread, m) = ours, theirs
    variance = ((n - 1) * spread**2 + (m - 1) * other_spread**2) / max(n + m - 2, 1)
    error = math.sqrt(variance * (1 / n + 1 / m))
    if error == 0.0:
        return 0.0 if math.isclose(mean, other, rel_tol=1e-9) else math.inf
    return (mean - other) / error


def agree(options):
    """Compares the means of every figure that both sides have."""
    distances = []
    for workload, share in ((w3(), 1), (w2(options.year_nodes), 5)):
        results = {}
        for peer in options.peers:
            if workload.title in peer.workloads:
                replications = max(options.replications // share // peer.pace, 2)
                print(f"{workload.title} on {peer.name}, {replications} replications", file=sys.stderr)
                results[peer.name] = peer.run(workload, replications, options.seed).figures
        title = f"{workload.title} with {workload.nodes:,} nodes"
        print(f"\n{title}: means, and how many standard errors apart\n")
        distances += compare(results)
    worst = max(distances, default=math.inf)
    print(f"\nFurthest apart: {worst:.2f} standard errors; more than {LIMIT_OF_Z:g} would be no agreement.")
    return 1 if worst > LIMIT_OF_Z else 0


def compare(results):
    """Prints the figures of patchbench and, beside them, of the others; returns how far they are apart."""
    ours = results.pop("patchbench")
    head = ["", f"patchbench ({replications_of(ours)})"]
    head += [f"{name} ({replications_of(figures)})" for name, figures in results.items()]
    lines, distances = [head], []
    for figure, own in ours.items():
        line = [figure, f"{own[0]:.7g}"]
        for figures in results.values():
            if figure in figures:
                z = apart(figures[figure], own)
                distances.append(abs(z))
                line.append(f"{figures[figure][0]:.7g} ({z:+.2f})")
            else:
                line.append("–")
        lines.append(line)
    print_table(lines)
    return distances


def replications_of(figures):
    """Number of replications behind figures."""
    return next(iter(figures.values()))[2]


def print_table(lines):
    """A table in Markdown, its first line being its head."""
    head, *rows = lines
    for line in (head, ["---"] + ["---:"] * (len(head) - 1), *rows):
        print("| " + " | ".join(line) + " |")


class Course:
    """The rounds of one peer at one size."""

    def __init__(self, peer, workload, options):
        self.peer, self.workload, self.options = peer, workload, options
        self.replications = workload.replications if peer.pace == 1 else 1
        self.runs = []
        self.failed = False

    def round(self, number):
        """One more run, unless it failed before or has taken its share of time."""
        spent = sum(run.cpu for run in self.runs)
        if self.failed or spent > 2 * self.options.budget:
            return
        try:
            run = self.once(number)
            while not number and run.cpu < LONG_ENOUGH:
                # Aims a little higher, at least twice: part of a short run is starting up.
                wanted = self.replications * 1.2 * LONG_ENOUGH / max(run.cpu, 1e-3)
                self.replications = max(2 * self.replications, math.ceil(wanted))
                run = self.once(number)
        except Failure as failure:
            self.failed = True
            print(f"  {self.peer.name}: {failure}", file=sys.stderr)
            return
        self.runs.append(run)

    def once(self, number):
        """One run of the round."""
        seed = self.options.seed + 1_000 * number
        return self.peer.run(self.workload, self.replications, seed, 2 * self.options.budget)

    def cost(self):
        """Nanoseconds of processor time by install or session: the median of the rounds."""
        return statistics.median(1e9 * run.cpu / run.units for run in self.runs)

    def peak(self):
        """Peak memory in bytes."""
        return max(run.peak for run in self.runs)


def courses(workload, options, costs):
    """All rounds at one size, peer by peer in turn, so that a slow spell of the machine meets all.

    `costs` are nanoseconds by peer at the size before: who would exceed the budget is left out.
    """
    units = workload.nodes * (workload.windows or 1)
    afford = [
        peer
        for peer in options.peers
        if workload.title in peer.workloads and costs.get(peer.name, 0.0) * units < 1e9 * options.budget
    ]
    running = [Course(peer, workload, options) for peer in afford]
    for number in range(options.rounds):
        print(f"{workload.title}, {workload.nodes:,} nodes, round {number + 1}", file=sys.stderr)
        for course in running:
            course.round(number)
    return {course.peer.name: course for course in running if course.runs}


def measure(options):
    """Prints what an install costs, and the memory that a run takes."""
    print(f"{datetime.date.today()}, {cpu()}; {', '.join(versions(options))}.")
    sweep([w1(nodes) for nodes in SIZES if nodes <= options.largest] + [w3()], options)
    sweep([w2(nodes) for nodes in SIZES if nodes <= max(options.largest // 10, SIZES[0])], options)
    floor = mebibytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    print(f"""
Processor time, user and system, of whole processes: starting, reading, reports and all; the median of at
most {options.rounds} rounds (fewer of long runs). In brackets: times as much as patchbench. –: would take
more than {options.budget:g} s, or failed. Memory is never shown as less than {floor} MiB, which this script
takes.""")
    return 0


def sweep(workloads, options):
    """Measures workloads of one kind, rising in size, and prints their two tables."""
    results, costs = [], {}
    for workload in workloads:
        if workload.title == "W3":
            costs = {}
        found = courses(workload, options, costs)
        # Whoever is left out once stays out.
        costs = {peer.name: math.inf for peer in options.peers}
        costs.update({name: course.cost() for name, course in found.items()})
        results.append(found)
    heads = [f"{workload.title}, {workload.nodes:,} nodes" for workload in workloads]
    for title, text in ((f"ns per {workloads[0].units}", cost_cell), ("peak memory, MiB", peak_cell)):
        lines = [[title, *heads]]
        for peer in options.peers:
            if any(peer.name in found for found in results):
                lines.append([peer.name, *(text(found, peer.name) for found in results)])
        print()
        print_table(lines)


def cost_cell(found, name):
    """What an install costs on a peer, and how many times as much as on patchbench."""
    if name not in found:
        return "–"
    cost, ours = found[name].cost(), found.get("patchbench")
    if not ours or name == "patchbench":
        return f"{cost:,.0f}"
    ratio = cost / ours.cost()
    return f"{cost:,.0f} ({ratio:,.0f}×)" if ratio >= 10 else f"{cost:,.0f} ({ratio:.2g}×)"


def peak_cell(found, name):
    """Peak memory of a peer."""
    return mebibytes(found[name].peak()) if name in found else "–"


def mebibytes(size):
    """A size in bytes as a number of MiB."""
    return f"{size / 2**20:,.0f}"


def cpu():
    """The model of the processor."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def versions(options):
    """Names and versions of what is measured, as far as they are there."""
    found = [said(BUILT / "patchbench", "--version"), said("rustc", "--version")]
    revision = said("git", "-C", ROOT, "describe", "--always", "--dirty")
    if revision:
        found[0] += f" at {revision}"
    if any(peer.name == "nexosim" for peer in options.peers):
        manifest = (HERE / "nexosim" / "Cargo.toml").read_text(encoding="utf-8")
        found.append("nexosim " + manifest.split('nexosim = "=')[1].split('"')[0])
    python = options.venv / "bin" / "python"
    found.append(said(python, "--version"))
    for package in ("simpy", "salabim"):
        number = said(python, "-c", f"import importlib.metadata as m; print(m.version('{package}'))")
        found.append(number and f"{package} {number}")
    return [text for text in found if text]


def said(*command):
    """What a command prints, or nothing when it cannot."""
    try:
        return spawn(command)[0].strip()
    except (Failure, OSError):
        return ""


def tens(text):
    """A number of nodes that divides into rings."""
    number = int(text)
    if number <= 0 or number % 10:
        raise argparse.ArgumentTypeError(f"{text} is no multiple of ten")
    return number


def arguments():
    """The command line."""
    parser = argparse.ArgumentParser(description="patchbench and its peers, side by side")
    parser.add_argument("--venv", type=Path, default=TARGET / "peers-venv", help="folder of the Python peers")
    commands = parser.add_subparsers(required=True, metavar="setup|agree|measure")

    make = commands.add_parser("setup", help="install and build")
    make.set_defaults(run=setup)
    make.add_argument("--nexosim", action="store_true", help="the peer on nexosim as well")
    make.add_argument("--dry-run", action="store_true", help="only say what would be done")

    compare = commands.add_parser("agree", help="compare the answers")
    compare.set_defaults(run=agree)
    compare.add_argument(
        "--replications",
        type=int,
        default=1_000,
        help="of W3; a fifth of them of W2; Python peers do with a twentieth",
    )
    compare.add_argument("--year-nodes", type=tens, default=1_000, help="nodes of W2, a multiple of ten")

    time = commands.add_parser("measure", help="compare costs")
    time.set_defaults(run=measure)
    time.add_argument("--rounds", type=int, default=5)
    time.add_argument(
        "--budget",
        type=float,
        default=60.0,
        help="a peer that needs more processor seconds for a run is left out",
    )
    time.add_argument(
        "--largest",
        type=int,
        default=SIZES[-2],
        choices=SIZES,
        help="largest fleet of W1; a tenth of it for W2",
    )
    for command in (compare, time):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--limit", type=Path, help="one more program, with the same command line")
    return parser.parse_args()


def main():
    """Does what the command line asks for; the exit code is 1 when the peers do not agree."""
    options = arguments()
    if options.run is not setup:
        options.peers = peers(options)
    try:
        return options.run(options)
    except Failure as failure:
        print(failure, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
