"""What the Python peers share: the workloads, their books, and one line of JSON.

The figures and their names are those of `../plain`, which says more about each.
"""

import csv
import json
import math
import statistics
import sys
from bisect import bisect_right
from datetime import datetime
from pathlib import Path
from random import Random

DAY = 86_400.0
WEEKS = 52
HORIZON = 7 * WEEKS * DAY
SHARES = (50, 90, 95, 100)
RELEASES = Path(__file__).resolve().parents[2] / "scenarios" / "w2-releases.csv"


class W1:
    """One window rollout: parameters, chance and books. Times are in seconds."""

    failure, reboot = 0.01, 0.7

    def __init__(self, nodes, slots, tolerated, last_start, seed):
        self.nodes, self.slots = nodes, slots
        self.tolerated, self.last_start = tolerated, last_start
        self.random = Random(seed)
        self.started = self.done = self.failures = 0
        self.makespan = 0.0
        self.stopped, self.stop = False, None

    def install_time(self):
        return self.random.lognormvariate(math.log(480), 0.6)

    def reboot_time(self):
        return self.random.lognormvariate(math.log(180), 0.4)

    def fails(self):
        return self.random.random() < self.failure

    def reboots(self):
        return self.random.random() < self.reboot

    def start(self, now):
        """Whether one more node may start in a slot that is free now."""
        if self.stop is None and now > self.last_start:
            self.stop = self.last_start
        if self.stop is not None:
            return False
        self.started += 1
        if self.started == self.nodes:
            self.stop = now
        return True

    def completed(self, now):
        """A node is complete."""
        self.done += 1
        self.makespan = now

    def failed(self, now):
        """An install has failed."""
        self.failures += 1
        self.makespan = now
        if self.stop is None and self.failures > self.tolerated and now <= self.last_start:
            self.stopped, self.stop = True, now

    def figures(self):
        """The outcome, once no node is in progress."""
        return {
            "completed": self.done,
            "failed": self.failures,
            "never": self.nodes - self.started,
            "stopped": float(self.stopped),
            "makespan": self.makespan,
            "stop": self.stop,
        }

    def units(self):
        """Installs."""
        return self.started


class Ring:
    """Nodes that are patched together, and how far each patch has spread among them."""

    def __init__(self, name, nodes, delay_days, day, releases):
        self.name, self.nodes = name, nodes
        self.slots, self.tolerated = nodes // 10, nodes // 20
        self.delay, self.opens = delay_days * DAY, day * DAY + 2 * 3_600.0
        self.releases = releases
        self.levels = [0] * nodes
        self.counts = [0] * len(releases)
        self.marks = [-(-nodes * share // 100) for share in SHARES]
        self.reached = [[] for _ in releases]
        self.exposed = 0.0
        self.failed = 0
        self.opened = 0.0

    def open(self, now):
        """Opens a window: what is approved (so many of the first patches), and the nodes that miss any."""
        self.opened, self.failed = now, 0
        until = self.approved(now)
        return until, [node for node in range(self.nodes) if self.levels[node] < until]

    def approved(self, now):
        """Patches that are approved at a time."""
        return bisect_right(self.releases, now - self.delay)

    def may_start(self, now):
        """Whether a slot that is free now may be taken."""
        return self.failed <= self.tolerated and now - self.opened <= 3 * 3_600.0

    def install(self, node, until, now):
        """A node has the first so many patches; returns how many are new to it."""
        new = range(self.levels[node], until)
        self.levels[node] = until
        for patch in new:
            self.exposed += min(now, HORIZON) - self.releases[patch]
            self.counts[patch] += 1
            reached = self.reached[patch]
            while len(reached) < len(SHARES) and self.counts[patch] == self.marks[len(reached)]:
                reached.append(now)
        return len(new)

    def exposure(self):
        """Node-days from release to install, or to the horizon."""
        missing = (
            (self.nodes - count) * (HORIZON - release)
            for release, count in zip(self.releases, self.counts)
        )
        return (self.exposed + sum(missing)) / DAY

    def days(self, share):
        """Days until a share has the patch: the median patch of those approved, never being the longest."""
        approved = self.approved(HORIZON)
        days = sorted(
            (reached[share] - release) / DAY if share < len(reached) else math.inf
            for release, reached in zip(self.releases[:approved], self.reached)
        )
        return days[(len(days) + 1) // 2 - 1]


class W2:
    """A year of releases over three rings: parameters, chance and books."""

    failure, reboot = 0.02, 0.7

    def __init__(self, nodes, seed):
        self.random = Random(seed)
        releases = release_times()
        self.rings = [
            Ring(name, nodes // 10 * tenths, delay, day, releases)
            for name, tenths, delay, day in (("dev", 1, 0, 2), ("test", 2, 3, 3), ("prod", 7, 7, 6))
        ]
        self.nodes = sum(ring.nodes for ring in self.rings)
        self.sessions = self.failures = self.rebooted = self.installed = 0

    def openings(self):
        """Time and ring of every opening, in order."""
        return [(week * 7 * DAY + ring.opens, ring) for week in range(WEEKS) for ring in self.rings]

    def install_time(self, missing):
        """How long a session with so many missing patches takes."""
        self.sessions += 1
        return (120.0 + 15.0 * missing) * self.random.lognormvariate(0.0, 0.5)

    def reboot_time(self):
        self.rebooted += 1
        return self.random.lognormvariate(math.log(180), 0.4)

    def fails(self):
        return self.random.random() < self.failure

    def reboots(self):
        return self.random.random() < self.reboot

    def failed(self, ring):
        """An install has failed in a ring."""
        self.failures += 1
        ring.failed += 1

    def completed(self, ring, node, until, now):
        """A node has what was approved at the opening."""
        self.installed += ring.install(node, until, now)

    def figures(self):
        """The outcome, once nothing is left to happen."""
        exposures = {ring.name: ring.exposure() for ring in self.rings}
        figures = {
            "failed": self.failures,
            "reboots": self.rebooted,
            "installed": self.installed,
            "exposed_days_per_instance": sum(exposures.values()) / self.nodes,
        }
        for ring in self.rings:
            figures[f"exposure_{ring.name}"] = exposures[ring.name]
            for number, share in enumerate(SHARES):
                figures[f"days{share}_{ring.name}"] = ring.days(number)
        return figures

    def units(self):
        """Sessions."""
        return self.sessions


def release_times():
    """Release times of W2 in seconds from the first Monday."""
    monday = datetime.fromisoformat("2024-01-01T00:00:00+00:00")
    with open(RELEASES, encoding="utf-8", newline="") as rows:
        stamps = [row["released_at"].replace("Z", "+00:00") for row in csv.DictReader(rows)]
    return [(datetime.fromisoformat(stamp) - monday).total_seconds() for stamp in stamps]


def main(name, rollouts, years):
    """Runs what the arguments (`key=value`) ask for and prints a line of JSON.

    `rollouts` and `years` map the styles in which a peer is written to functions that run a W1 or W2;
    the first style is the default.
    """
    given = dict(argument.split("=", 1) for argument in sys.argv[1:])
    workload, nodes = given.pop("w", "w1"), int(given.pop("n", 10_000))
    seed, reps = int(given.pop("seed", 1)), int(given.pop("reps", 1))
    styles = rollouts if workload == "w1" else years
    style = given.pop("style", next(iter(styles)))
    limits = (
        int(given.pop("c", max(nodes // 20, 1))),
        int(given.pop("e", nodes)),
        float(given.pop("last_start", 1e9)),
    )
    if given:
        sys.exit(f"unknown: {', '.join(given)}")
    worlds = []
    units = 0
    for own in range(seed, seed + reps):
        world = W1(nodes, *limits, own) if workload == "w1" else W2(nodes, own)
        styles[style](world)
        units += world.units()
        worlds.append(world.figures())
    line = {"impl": f"{name}-{style}", "w": workload, "n": nodes, "reps": reps, "installs": units}
    for figure in worlds[0]:
        values = [figures[figure] for figures in worlds]
        # JSON has no infinity: a share that some replication does not reach has no mean.
        if all(map(math.isfinite, values)):
            spread = statistics.stdev(values) if reps > 1 else 0.0
            line[figure] = {"mean": statistics.fmean(values), "sd": spread}
    print(json.dumps(line))
