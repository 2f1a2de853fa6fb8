#!/usr/bin/env python3
"""Holds the Parquet files of result folders to the CSV files beside them, with another reader (pyarrow).

Usage: parquet_check.py FOLDER…

Every CSV has a Parquet of the same name with the same columns, rows and values; types and meanings are those of
reports/README.md; what is empty in the CSV is null.
"""

import csv
import sys
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

TYPES = {
    "text": pa.string(),
    "number": pa.float64(),
    "integer": pa.uint64(),
    "instant (UTC)": pa.timestamp("ms", tz="UTC"),
}


def dictionary():
    """The sections of the column dictionary: file name, and its columns with type, unit and meaning."""
    path = Path(__file__).resolve().parent.parent / "reports" / "README.md"
    sections = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            sections.append((line[3:].split()[0], {}))
        elif line.startswith("| `") and sections:
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if len(cells) == 4 and cells[1] in TYPES:
                sections[-1][1][cells[0].strip("`")] = cells[1:]
    return sections


def columns_of(name, names, sections):
    """What the dictionary says of the columns of a file; a column that it does not know is a factor of a sweep."""
    same = [columns for file, columns in sections if file == name]
    assert same, f"{name} is not in the dictionary"
    best = max(same, key=lambda columns: sum(column in columns for column in names))
    known = dict(best)
    if "design" in names:
        known.setdefault("design", next(columns for _, columns in sections if "scenario_hash" in columns)["design"])
    return [known.get(column, ["text", "", "level of this factor"]) for column in names]


def value(text, kind):
    """A cell of the CSV as a value."""
    if text == "":
        return None
    if kind == "number":
        return float(text)
    if kind == "integer":
        return int(text)
    if kind == "instant (UTC)":
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    return text


def check(path, sections):
    """Compares one CSV with its Parquet; gives the numbers of rows and of values that are there."""
    with path.open(encoding="utf-8", newline="") as file:
        names, *rows = csv.reader(file)
    table = pq.read_table(path.with_suffix(".parquet"))
    assert table.column_names == names, f"columns {table.column_names}, not {names}"
    metadata = {key.decode(): text.decode() for key, text in (table.schema.metadata or {}).items()}
    assert table.num_rows == len(rows), f"{table.num_rows} rows, not {len(rows)}"
    assert metadata["table"] == path.stem and metadata["description"], metadata
    values = 0
    for number, (name, (kind, unit, meaning)) in enumerate(zip(names, columns_of(path.name, names, sections))):
        field = table.schema.field(number)
        assert field.type == TYPES[kind] and field.nullable, f"{name} is {field}, not {TYPES[kind]}"
        assert metadata[f"{name}:description"] == meaning, f"{name}: {metadata.get(f'{name}:description')}"
        assert metadata.get(f"{name}:unit", "") == unit, f"{name}: {metadata.get(f'{name}:unit')}"
        found = table.column(number).to_pylist()
        for row, (here, text) in enumerate(zip(found, (cells[number] for cells in rows))):
            there = value(text, kind)
            assert here == there, f"{name}, row {row}: {here!r}, not {there!r}"
            values += here is not None
    return len(rows), values


def main(folders):
    sections = dictionary()
    assert folders and sections, __doc__
    for folder in map(Path, folders):
        tables = sorted(folder.glob("*.csv"))
        others = {path.stem for path in folder.glob("*.parquet")}
        assert tables and {path.stem for path in tables} == others, f"{folder}: {others}"
        for path in tables:
            try:
                rows, values = check(path, sections)
            except AssertionError as error:
                sys.exit(f"{path}: {error}")
            print(f"{path}: {rows} rows, {values} values")


if __name__ == "__main__":
    main(sys.argv[1:])
