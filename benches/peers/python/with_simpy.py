"""W1 and W2 on SimPy.

`style=nodes`, as its documentation teaches: one process for each node, a Resource for the slots.
`style=slots`, the leanest: one process for each slot, which takes node after node.
"""

import simpy

from workloads import main


def rollout_by_nodes(w1):
    """W1 with a process for each node."""
    env = simpy.Environment()
    slots = simpy.Resource(env, capacity=w1.slots)

    def node():
        with slots.request() as slot:
            yield slot
            if not w1.start(env.now):
                return
            yield env.timeout(w1.install_time())
            if w1.fails():
                w1.failed(env.now)
                return
            if w1.reboots():
                yield env.timeout(w1.reboot_time())
            w1.completed(env.now)

    for _ in range(w1.nodes):
        env.process(node())
    env.run()


def rollout_by_slots(w1):
    """W1 with a process for each slot."""
    env = simpy.Environment()

    def slot():
        while w1.start(env.now):
            yield env.timeout(w1.install_time())
            if w1.fails():
                w1.failed(env.now)
                continue
            if w1.reboots():
                yield env.timeout(w1.reboot_time())
            w1.completed(env.now)

    for _ in range(w1.slots):
        env.process(slot())
    env.run()


def year_by_nodes(w2):
    """W2 with a process for each node in each window that finds it missing a patch."""
    env = simpy.Environment()

    def session(ring, node, until, slots):
        with slots.request() as slot:
            yield slot
            if not ring.may_start(env.now):
                return
            yield env.timeout(w2.install_time(until - ring.levels[node]))
            if w2.fails():
                w2.failed(ring)
                return
            if w2.reboots():
                yield env.timeout(w2.reboot_time())
            w2.completed(ring, node, until, env.now)

    def windows():
        for opens, ring in w2.openings():
            yield env.timeout(opens - env.now)
            slots = simpy.Resource(env, capacity=ring.slots)
            until, nodes = ring.open(env.now)
            for node in nodes:
                env.process(session(ring, node, until, slots))

    env.process(windows())
    env.run()


def year_by_slots(w2):
    """W2 with a process for each slot of each window."""
    env = simpy.Environment()

    def slot(ring, until, nodes):
        while ring.may_start(env.now) and (node := next(nodes, None)) is not None:
            yield env.timeout(w2.install_time(until - ring.levels[node]))
            if w2.fails():
                w2.failed(ring)
                continue
            if w2.reboots():
                yield env.timeout(w2.reboot_time())
            w2.completed(ring, node, until, env.now)

    def windows():
        for opens, ring in w2.openings():
            yield env.timeout(opens - env.now)
            until, nodes = ring.open(env.now)
            nodes = iter(nodes)
            for _ in range(ring.slots):
                env.process(slot(ring, until, nodes))

    env.process(windows())
    env.run()


if __name__ == "__main__":
    main(
        "simpy",
        {"nodes": rollout_by_nodes, "slots": rollout_by_slots},
        {"nodes": year_by_nodes, "slots": year_by_slots},
    )
