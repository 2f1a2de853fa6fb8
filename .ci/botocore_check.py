#!/usr/bin/env python3
"""Checks exported requests against AWS's service models (PyPI: botocore).

usage: botocore_check.py MANIFEST...

botocore's own validator knows required members, types and minimum lengths; patterns, maxima and enumerations are
in the same models, and are checked here. In the end broken inputs must be refused, so that the check can fail.
"""

import copy
import json
import pathlib
import re
import sys
import unicodedata

import botocore.session
from botocore.validate import ParamValidator

# What stands for ids that only an answer gives.
IDS = {"baseline": "pb-0123456789abcdef0", "window": "mw-0123456789abcdef0"}
TARGET_ID = "e32eecb2-646c-4f4b-8ed1-205fb0000000"

session = botocore.session.get_session()
models = {name: session.get_service_model(name) for name in ("ssm", "ec2")}


def shape_of(operation):
    service = "ec2" if operation == "CreateTags" else "ssm"
    return models[service].operation_model(operation).input_shape


def letters(pattern):
    """Java's classes of letters as Python has them: \\p{L}, \\p{N}, \\p{Z} and, in a set, what they hold."""
    for name in "LNZ":
        found = "".join(
            re.escape(chr(point)) for point in range(0x3000) if unicodedata.category(chr(point))[0] == name
        )
        pattern = pattern.replace("\\p{%s}" % name, found)
    return pattern


def problems(shape, value, where):
    """What the model says against a value beyond botocore's own validator."""
    if shape.type_name == "structure":
        for member, inner in value.items():
            if member in shape.members:
                yield from problems(shape.members[member], inner, f"{where}.{member}")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    size = value if shape.type_name in ("integer", "long") else len(value) if hasattr(value, "__len__") else None
    if size is not None and ((low is not None and size < low) or (high is not None and size > high)):
        yield f"{where} is {size}; {low} to {high} is allowed"
    if shape.type_name == "list":
        for index, inner in enumerate(value):
            yield from problems(shape.member, inner, f"{where}[{index}]")
    elif shape.type_name == "map":
        for key, inner in value.items():
            yield from problems(shape.key, key, f"{where} key")
            yield from problems(shape.value, inner, f"{where}[{key}]")
    elif shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{where} is {value!r}; {shape.enum} is allowed"
        pattern = shape.metadata.get("pattern")
        if pattern and not re.search(letters(pattern), value):
            yield f"{where} is {value!r}; {pattern} is allowed"


def refusals(operation, given):
    shape = shape_of(operation)
    report = ParamValidator().validate(given, shape)
    found = [report.generate_report()] if report.has_errors() else []
    if not found:
        found = list(problems(shape, given, operation))
    if operation == "CreateMaintenanceWindow" and not found and given["Cutoff"] >= given["Duration"]:
        found.append("the cutoff is not below the duration")
    return found


def filled(value):
    """A value with ids for its variables."""
    if isinstance(value, dict):
        return {key: filled(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [filled(inner) for inner in value]
    if isinstance(value, str) and value.startswith("$"):
        kind = value[1:].split("_")[0]
        return TARGET_ID if "_target_" in value else IDS[kind]
    return value


def requests(manifest):
    folder = pathlib.Path(manifest).parent
    for request in json.loads(pathlib.Path(manifest).read_text())["requests"]:
        given = json.loads((folder / request["file"]).read_text()) if request["file"] else {}
        yield request["operation"], {**given, **filled(request["options"])}


def broken(exported):
    """Inputs that AWS would refuse, made of some that it takes."""

    def first(operation):
        return copy.deepcopy(next(given for known, given in exported if known == operation))

    window, baseline = "CreateMaintenanceWindow", "CreatePatchBaseline"
    task, target = "RegisterTaskWithMaintenanceWindow", "RegisterTargetWithMaintenanceWindow"
    changes = [
        (baseline, lambda given: given.pop("Name")),
        (baseline, lambda given: given.update(Name="a name")),
        (baseline, lambda given: given.update(Name="x" * 129)),
        (baseline, lambda given: given.update(OperatingSystem="LINUX")),
        (baseline, lambda given: given["ApprovalRules"]["PatchRules"][0].update(ApproveAfterDays=361)),
        (baseline, lambda given: given["ApprovalRules"]["PatchRules"][0].update(ApproveUntilDate="2024-01-01T00:00Z")),
        (window, lambda given: given.pop("AllowUnassociatedTargets")),
        (window, lambda given: given.update(Duration="4")),
        (window, lambda given: given.update(Duration=25)),
        (window, lambda given: given.update(Cutoff=24)),
        (window, lambda given: given.update(Cutoff=given["Duration"])),
        (window, lambda given: given.update(Enabled=True)),
        (target, lambda given: given.pop("WindowId")),
        (target, lambda given: given.update(WindowId="$window_1")),
        (target, lambda given: given.update(ResourceType="NODE")),
        (task, lambda given: given.update(MaxErrors="010")),
        (task, lambda given: given.update(Priority=-1)),
        (task, lambda given: given["TaskInvocationParameters"]["RunCommand"].update(TimeoutSeconds=29)),
    ]
    for number, (operation, change) in enumerate(changes):
        given = first(operation)
        change(given)
        yield f"broken input {number} of {operation}", operation, given


def main(manifests):
    if not manifests:
        sys.exit(__doc__)
    exported, found = [], []
    for manifest in manifests:
        for number, (operation, given) in enumerate(requests(manifest), 1):
            exported.append((operation, given))
            found += [f"{manifest}: request {number}: {text}" for text in refusals(operation, given)]
    refused = 0
    for name, operation, given in broken(exported):
        if refusals(operation, given):
            refused += 1
        else:
            found.append(f"{name} is taken")
    if found:
        sys.exit("\n".join(found))
    kinds = len({operation for operation, _ in exported})
    print(f"{len(exported)} requests of {kinds} operations fit AWS's models; {refused} broken ones are refused")


if __name__ == "__main__":
    main(sys.argv[1:])
