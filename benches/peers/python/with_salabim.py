"""W1 and W2 on salabim.

`style=nodes`, as its documentation teaches: one component for each node, a Resource for the slots
(W1 only, since a Resource is slow with many in its queue).
`style=slots`, the leanest: one component for each slot, which takes node after node.
Tracing and monitors are off; processes are generators, which is faster than salabim's default.
"""

import salabim

from workloads import main

salabim.yieldless(False)


class Node(salabim.Component):
    """A node of W1."""

    def setup(self, w1, slots):
        self.w1, self.slots = w1, slots

    def process(self):
        w1, env = self.w1, self.env
        yield self.request(self.slots)
        if w1.start(env.now()):
            yield self.hold(w1.install_time())
            if w1.fails():
                w1.failed(env.now())
            else:
                if w1.reboots():
                    yield self.hold(w1.reboot_time())
                w1.completed(env.now())
        self.release(self.slots)


class Slot(salabim.Component):
    """A slot of W1, which takes node after node."""

    def setup(self, w1):
        self.w1 = w1

    def process(self):
        w1, env = self.w1, self.env
        while w1.start(env.now()):
            yield self.hold(w1.install_time())
            if w1.fails():
                w1.failed(env.now())
                continue
            if w1.reboots():
                yield self.hold(w1.reboot_time())
            w1.completed(env.now())


class YearSlot(salabim.Component):
    """A slot of W2 in one window, which takes node after node."""

    def setup(self, w2, ring, until, nodes):
        self.w2, self.ring, self.until, self.nodes = w2, ring, until, nodes

    def process(self):
        w2, ring, env = self.w2, self.ring, self.env
        while ring.may_start(env.now()) and (node := next(self.nodes, None)) is not None:
            yield self.hold(w2.install_time(self.until - ring.levels[node]))
            if w2.fails():
                w2.failed(ring)
                continue
            if w2.reboots():
                yield self.hold(w2.reboot_time())
            w2.completed(ring, node, self.until, env.now())


class Windows(salabim.Component):
    """Opens one window of W2 after the other."""

    def setup(self, w2):
        self.w2 = w2

    def process(self):
        for opens, ring in self.w2.openings():
            yield self.hold(till=opens)
            until, nodes = ring.open(self.env.now())
            nodes = iter(nodes)
            for _ in range(ring.slots):
                YearSlot(w2=self.w2, ring=ring, until=until, nodes=nodes, suppress_trace=True)


def environment():
    """A new simulation."""
    return salabim.Environment(trace=False, do_reset=True)


def rollout_by_nodes(w1):
    """W1 with a component for each node."""
    env = environment()
    slots = salabim.Resource("slots", capacity=w1.slots, monitor=False)
    for _ in range(w1.nodes):
        Node(w1=w1, slots=slots, suppress_trace=True)
    env.run()


def rollout_by_slots(w1):
    """W1 with a component for each slot."""
    env = environment()
    for _ in range(w1.slots):
        Slot(w1=w1, suppress_trace=True)
    env.run()


def year_by_slots(w2):
    """W2 with a component for each slot of each window."""
    env = environment()
    Windows(w2=w2, suppress_trace=True)
    env.run()


if __name__ == "__main__":
    main(
        "salabim",
        {"nodes": rollout_by_nodes, "slots": rollout_by_slots},
        {"slots": year_by_slots},
    )
