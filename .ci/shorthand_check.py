"""Compares `patchbench import shorthand` with awscli.shorthand.ShorthandParser, text by text.

    shorthand_check.py BINARY [COUNT [SEED]]   the recorded table, then COUNT texts drawn at random
    shorthand_check.py --record                the table anew: the answers to its texts

The table is data of the Rust tests, too, which have no Python.
"""

import json
import os
import random
import subprocess
import sys
import tempfile

# In this order: each of these modules imports the other.
from awscli.shorthand import ShorthandParseError, ShorthandParser
from awscli.paramfile import ResourceLoadingError

TABLE = "sim/scenario/tests/shorthand/recorded.jsonl"
USUAL_COUNT = 3000
USUAL_SEED = 20240109
# patchbench refuses deeper texts, which the AWS CLI reads.
DEEPEST = 32

KEYS = ["Key", "Values", "a", "b", "c", "A-b_9", "x.y", "#1", "a/b", "tag:Env", "", "é", "a b", "-"]
LETTERS = list("abz09 .-_:;/\\\\\\\\<>()*+!?$&%^|~`@#]}[{='\",\t\n\r\x0b\x0c") + [
    "\\,", "\\'", '\\"', "\\\\", "é", "ß", "漢", "\x1c", "\x1f", "\x01", "\x7f", "\x85", "\u00a0", "\u2003",
    "\u3000", "\ufeff", "\uffff", "\U00010000", "😀", "  ", "file://no-such-file", "fileb://", "file:/",
]
PLAIN = list("abcXYZ0123456789.-_:;/ ") + ["\\,", "é", "漢", "="]
BLANKS = ["", "", "", "", " ", "  ", "\n", "\t", " \n "]
CUTS = list(",=[]{}'\"\\@ ") + [",,", "=,", ",=", "\\,", "\\'", '\\"', "@=", ",x=", "\\\\,", "\n"]


def real(text):
    """The answer of the AWS CLI's parser, as a line of the table has it."""
    try:
        return {"value": ShorthandParser().parse(text)}
    except (ShorthandParseError, ResourceLoadingError) as error:
        return {"error": str(error)}


def same(ours, theirs):
    """Whether two answers are the same object, its members in the same order, or both a refusal."""
    if "error" in theirs:
        return list(ours) == ["error"] and ours["error"] != ""
    return json.dumps(ours) == json.dumps(theirs)


def ours(binary, texts):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", delete=False) as file:
        file.writelines(json.dumps(text) + "\n" for text in texts)
    command = [binary, "import", "shorthand", "--file", file.name, "--format", "jsonl"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    os.unlink(file.name)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
    assert len(answers) == len(texts), f"{len(answers)} answers to {len(texts)} texts"
    return answers


def alone(binary, text):
    """The answer to one text as a process of its own prints it."""
    command = [binary, "import", "shorthand", text, "--format", "json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 3:
        assert done.stdout == "" and done.stderr.startswith("error[PB"), done.stderr
        return {"error": done.stderr}
    assert done.returncode == 0, done.stderr
    return {"value": json.loads(done.stdout)}


class Texts:
    """Texts by the grammar, most of them damaged afterwards."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def one(self):
        parts = [self.keyval(0) for _ in range(self.random.randint(1, 4))]
        text = (self.blank() + "," + self.blank()).join(parts)
        if self.random.random() < 0.15:
            text += self.random.choice(BLANKS)
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 2, 4])):
            text = self.damaged(text)
        return text

    def blank(self):
        return self.random.choice(BLANKS)

    def keyval(self, depth):
        key = self.random.choice(KEYS[:10] if self.random.random() < 0.93 else KEYS)
        if self.random.random() < 0.3:
            key += str(self.random.randint(0, 9))
        equals = "@=" if self.random.random() < 0.08 else "="
        return key + self.blank() + equals + self.blank() + self.value(depth)

    def value(self, depth):
        draw = self.random.random()
        if depth < 5 and draw < 0.17:
            items = [self.value(depth + 1) for _ in range(self.random.randint(0, 3))]
            return self.bracketed("[", items, "]")
        if depth < 5 and draw < 0.32:
            items = [self.keyval(depth + 1) for _ in range(self.random.randint(0, 3))]
            return self.bracketed("{", items, "}")
        if depth == 0 and draw < 0.6:
            count = self.random.randint(2, 4)
            return (self.blank() + "," + self.blank()).join(self.scalar() for _ in range(count))
        return self.scalar()

    def bracketed(self, begin, items, end):
        inner = (self.blank() + "," + self.blank()).join(items)
        if items and self.random.random() < 0.15:
            inner += self.blank() + ","
        return begin + self.blank() + inner + self.blank() + end

    def scalar(self):
        draw = self.random.random()
        if draw < 0.2:
            return "'" + self.letters(LETTERS).replace("'", "\\'" if draw < 0.15 else "") + "'"
        if draw < 0.4:
            return '"' + self.letters(LETTERS).replace('"', '\\"' if draw < 0.35 else "") + '"'
        return self.letters(PLAIN if draw < 0.85 else LETTERS)

    def letters(self, alphabet):
        return "".join(self.random.choices(alphabet, k=self.random.randint(0, 6)))

    def damaged(self, text):
        at = self.random.randint(0, len(text))
        draw = self.random.random()
        if draw < 0.5:
            return text[:at] + self.random.choice(CUTS if draw < 0.35 else LETTERS) + text[at:]
        until = min(len(text), at + self.random.randint(1, 3))
        if draw < 0.8:
            return text[:at] + text[until:]
        if draw < 0.9:
            return text[:at] + text[at:until] * 2 + text[until:]
        return text[:at]


def compare(texts, answers, expected):
    """Tells the texts that are answered differently; returns how many are valid."""
    wrong = [(text, ours, theirs) for text, ours, theirs in zip(texts, answers, expected) if not same(ours, theirs)]
    for text, ours, theirs in wrong[:20]:
        print(f"{text!r}\n  patchbench: {ours}\n  AWS CLI:    {theirs}")
    if wrong:
        sys.exit(f"{len(wrong)} of {len(texts)} texts are answered differently")
    return sum("value" in answer for answer in expected)


def table():
    with open(TABLE, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def record():
    rows = table()
    with open(TABLE, "w", encoding="utf-8") as file:
        for row in rows:
            answer = real(row["text"])
            if "error" in answer:
                answer = {"error": answer["error"].split("\n")[0]}
            file.write(json.dumps({"text": row["text"], **answer}) + "\n")


def main():
    if sys.argv[1] == "--record":
        return record()
    binary = sys.argv[1]
    count = int(sys.argv[2]) if len(sys.argv) > 2 else USUAL_COUNT
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else USUAL_SEED
    rows = table()
    texts = [row["text"] for row in rows]
    assert len(set(texts)) == len(texts) >= 80
    expected = [real(text) for text in texts]
    for row, answer in zip(rows, expected):
        recorded = {key: row[key] for key in row if key != "text"}
        assert same(recorded, answer), f"{row} is no longer what the AWS CLI says: {answer}"
    valid = compare(texts, ours(binary, texts), expected)
    # No process takes a NUL among its words.
    words = [(text, answer) for text, answer in zip(texts, expected) if "\0" not in text]
    compare([text for text, _ in words], [alone(binary, text) for text, _ in words], [answer for _, answer in words])
    print(f"shorthand: {len(texts)} recorded texts, {valid} of them valid: the same as the AWS CLI")

    drawn = Texts(seed)
    texts = [drawn.one() for _ in range(count)]
    texts = [text for text in texts if text.count("[") + text.count("{") <= DEEPEST]
    valid = compare(texts, ours(binary, texts), [real(text) for text in texts])
    # Neither all valid nor all invalid, or the texts would show little.
    assert 0.3 < valid / len(texts) < 0.9, valid / len(texts)
    print(f"shorthand: {len(texts)} random texts, {valid} of them valid: the same as the AWS CLI")


if __name__ == "__main__":
    main()
