"""Real text that a machine has anyway: documentation, licences, docstrings of the standard library and of packages."""

import ast
import csv
import json
import re
import sysconfig
from collections import Counter, defaultdict
from pathlib import Path

SHARED = Path(__file__).parents[2] / "shared" / "data"
LETTERS = "abcdefghijklmnopqrstuvwxyz "
RELATED = 0.1
"""Texts that share a tenth of their runs of three words are related, whoever wrote them."""


def documents(most):
    """Pairs of source and text, each of more than a thousand characters."""
    places = [Path(sysconfig.get_path("stdlib")), Path(sysconfig.get_path("purelib")), Path("/usr/share/doc")]
    places.append(Path(__file__).parents[1] / "docs")
    found = []
    for place in places:
        for path in sorted(place.rglob("*")):
            text = _text(path)
            if len(text) > 1000:
                found.append((str(path), text))
            if len(found) >= most:
                return found
    return found


def chunks(draw, documents_read, least=1000, most=4000, each=20):
    """Pairs of source and a piece of 1 to 4 KB, in random order. A table of numbers in a file is no text."""
    found = []
    for source, text in documents(documents_read):
        text, place = re.sub(r"\s+", " ", text), 0
        for _ in range(each):
            length = draw.randint(least, most)
            if place + length > len(text):
                break
            piece = text[place : place + length]
            if 2 * sum(map(str.isalpha, piece)) >= length:
                found.append((source, piece))
            place += length
    draw.shuffle(found)
    return found


def apart(draw, pieces, count):
    """Texts to be indexed, and texts of other sources that are related to none of them."""
    sources = sorted({source for source, _ in pieces})
    draw.shuffle(sources)
    indexed_sources = set(sources[: 2 * len(sources) // 3])
    indexed = [text for source, text in pieces if source in indexed_sources][:count]
    others = [text for source, text in pieces if source not in indexed_sources]
    runs = [_runs(text) for text in indexed]
    holders = defaultdict(list)
    for number, each in enumerate(runs):
        for run in each:
            holders[run].append(number)

    def unrelated(text):
        own = _runs(text)
        shared = Counter(number for run in own for number in holders.get(run, ()))
        return all(count < RELATED * min(len(own), len(runs[number])) for number, count in shared.items())

    return indexed, [text for text in others if unrelated(text)]


def word_edits(draw, text, share, words):
    """The text with a share of its words replaced, left out or doubled by another."""
    said = text.split()
    for place, word in enumerate(said):
        if draw.random() < share:
            said[place] = draw.choice((draw.choice(words), draw.choice(words), "", f"{word} {draw.choice(words)}"))
    return " ".join(said)


def letter_edits(draw, text, share):
    """The text with a share of its characters replaced, left out or followed by another."""
    edited = []
    for letter in text:
        if draw.random() < share:
            letter = draw.choice((draw.choice(LETTERS), "", letter + draw.choice(LETTERS)))
        edited.append(letter)
    return "".join(edited)


def xstest():
    """Real harmless prompts, where they are at hand."""
    path = SHARED / "xstest" / "xstest_prompts_safe.csv"
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return [row["prompt"] for row in csv.DictReader(file)]


def atlas():
    """What MITRE says of each technique, where it is at hand."""
    path = SHARED / "atlas" / "stix-atlas.json"
    objects = json.loads(path.read_text())["objects"] if path.exists() else []
    return [each["description"] for each in objects if each.get("description")]


def _runs(text):
    words = re.findall(r"\w+", text.lower())
    return {hash(tuple(words[place : place + 3])) for place in range(len(words) - 2)}


def _text(path):
    if path.suffix == ".py" and "test" not in path.name:
        return _docstrings(path)
    prose = path.suffix in (".md", ".rst", ".txt") or path.name in ("METADATA", "copyright") or "LICENSE" in path.name
    if not prose or not path.is_file() or path.stat().st_size > 1_000_000:
        return ""
    return path.read_text("utf-8", "replace")


def _docstrings(path):
    try:
        tree = ast.parse(path.read_text("utf-8", "replace"))
    except (SyntaxError, ValueError, OSError, RecursionError):
        return ""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return "\n".join(filter(None, (ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, kinds))))
