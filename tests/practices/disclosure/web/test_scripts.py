"""The scripts of the pages: the age library is built as it says, and the receipts follow as the room's own do."""

import json
import shutil
import subprocess
from pathlib import Path

import pyrage
import pytest

from kept.practices.disclosure.methods.bundles import read_bundle, write_bundle
from kept.practices.disclosure.methods.file_names import distinct_names
from kept.practices.disclosure.records import Attachment, Conversation, Report, Template, Turn

ROOT = Path(__file__).parents[4]
NODE = ROOT / "tests" / "node"
STATIC = ROOT / "src" / "kept" / "practices" / "disclosure" / "web" / "static"
VECTORS = json.loads((ROOT / "tests" / "vectors" / "disclosure" / "receipts.json").read_text())


NAMES = [
    "notes.txt", "../../etc/passwd", "C:\\temp\\a.exe", "evil\u202egnp.exe", " .hidden. ", "con.txt", "", "\u0007",
    "NOTES.TXT", "a" * 200 + ".tar.gz", "a" * 200, "e\u0301t\u00e9.txt", 'a"b<c>.txt', "\u00a0\u2003name",
    "x." + "y" * 130, "報" * 70 + ".txt", "\U0001f600" * 120, "é" * 110 + "." + "ü" * 16, "z" * 120 + "." + "x" * 16,
    "\u00b7" * 99 + "\u20ac" + ".json",
]  # fmt: skip


def node(*arguments: object, given: bytes = b"") -> bytes:
    if shutil.which("node") is None:
        pytest.skip("node is not installed (Debian's package: nodejs)")
    return subprocess.run(
        ["node", *map(str, arguments)], capture_output=True, check=True, timeout=120, input=given
    ).stdout


def run(script: str) -> bytes:
    loaded = (
        f'const age = await import("file://{STATIC}/age.js"); const own = await import("file://{STATIC}/sealing.js");'
    )
    return node("--input-type=module", "-e", loaded + script)


def test_the_age_library_is_built_byte_for_byte_from_what_is_locked(tmp_path: Path) -> None:
    if not (NODE / "node_modules" / "esbuild").is_dir():
        pytest.skip("the locked JavaScript packages are not installed: make tests/node/node_modules/ready")
    node(NODE / "build_age.mjs", tmp_path / "age.js")
    assert (tmp_path / "age.js").read_bytes() == (STATIC / "age.js").read_bytes()


def test_its_licences_stand_beside_it() -> None:
    named = (STATIC / "age.js").read_text().partition("*/")[0]
    texts = (STATIC / "age.LICENSE.txt").read_text()
    for package in ("age-encryption", "@noble/ciphers", "@noble/curves", "@noble/hashes", "@scure/base"):
        assert package in named
        assert f"== {package}\n" in texts


def test_nothing_is_loaded_from_elsewhere() -> None:
    own = (
        "bundles.js",
        "reading.js",
        "refusing.js",
        "report.js",
        "sealing.js",
        "thread.js",
        "triage.js",
        "work.js",
        "disclosure.css",
    )
    for name in own:
        text = (STATIC / name).read_text()
        assert "http:" not in text
        assert "https:" not in text
        assert "innerHTML" not in text
        assert "eval(" not in text


@pytest.mark.parametrize("vector", VECTORS, ids=lambda each: each["random"][:8])
def test_what_follows_from_a_code_is_the_same_in_the_browser(vector: dict[str, str]) -> None:
    typed = vector["code"].lower().replace("-", " ")
    found = json.loads(
        run(
            f'const random = Uint8Array.from(Buffer.from("{vector["random"]}", "hex"));'
            f'console.log(JSON.stringify([await own.codeOf(random), await own.keysOf("{typed}", age),'
            f' await own.keysOf("A{vector["code"][1:]}", age)]));'
        )
    )
    assert found[0] == vector["code"]
    assert found[1] == {name: vector[name] for name in ("handle", "secret", "identity", "recipient")}
    assert vector["code"].startswith("A") or found[2] is None


def test_what_the_browser_seals_is_read_here() -> None:
    identity = pyrage.x25519.Identity.generate()
    sealed = run(
        'const files = [{ name: "../nötes.txt", type: "text/plain", bytes: new TextEncoder().encode("notes") }];'
        'const made = await own.archive({ title: "T", what: "Wörter", conversations: [], template: null }, files);'
        f'process.stdout.write(await own.seal(age, made, ["{identity.to_public()}"]));'
    )
    found = read_bundle(pyrage.decrypt(sealed, [identity]))
    file = found.attachments[0]
    assert found == Report("T", "Wörter", attachments=(file,))
    assert file == Attachment("nötes.txt", "text/plain", file.sha256, b"notes")


def test_what_is_sealed_here_is_read_in_the_browser_under_the_same_names() -> None:
    files = tuple(Attachment(name, "text/html", "", b"<p>") for name in NAMES)
    conversations = (Conversation((Turn("user", "Sing"), Turn("assistant", "Seven"))),)
    template = Template("Sing of {{card}}", (("card", ("seven", "nine")),))
    told = Report(
        "T", "W\u00f6rter", harms=("a", "b"), conversations=conversations, template=template, attachments=files
    )
    script = (
        f'const own = await import("file://{STATIC}/bundles.js"); const read = await import("node:fs");'
        "const found = await own.reportOf(new Uint8Array(read.readFileSync(0)));"
        "found.files = found.files.map(({ name, kind, content }) => [name, kind, content.length]);"
        "console.log(JSON.stringify(found));"
    )
    found = json.loads(node("--input-type=module", "-e", script, given=write_bundle(told)))
    assert found["files"] == [[name, "text/html", 3] for name in distinct_names(NAMES)]
    assert (found["title"], found["what"], found["harms"]) == ("T", "W\u00f6rter", ["a", "b"])
    assert found["conversations"] == [[{"role": "user", "content": "Sing"}, {"role": "assistant", "content": "Seven"}]]
    assert (found["template"], found["slots"]) == ("Sing of {{card}}", ["card = seven | nine"])
