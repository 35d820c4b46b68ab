"""Local weights through transformers: `hf:FOLDER`, with the extra `hf`; no download, no code from the folder."""

import hashlib
import re
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from kept.errors import Invalid, NotFound, Unavailable

if TYPE_CHECKING:
    from kept.models.hf.model import LocalModel
    from kept.models.options import ModelOptions

# What decides an answer: weights, configuration, tokenizer, chat template.
_DECISIVE = (".safetensors", ".json", ".jinja", ".model", ".txt")


def open_model(uri: str, options: "ModelOptions") -> "LocalModel":
    """The model in the folder that `hf:FOLDER` names, loaded to the CPU, or `hf:FOLDER?device=cuda`.

    Raises Invalid (malformed URI, no safetensors, unreadable model), NotFound (no such folder) and
    Unavailable (the extra `hf` is not installed).
    """
    path, _, query = uri.removeprefix("hf:").partition("?")
    device = query.removeprefix("device=") if query else "cpu"
    if not path or not re.fullmatch(r"cpu|cuda(:\d{1,3})?|mps", device):
        raise Invalid(
            f"{uri!r} names no local model.", code="model.address.malformed", hint="Write hf:FOLDER?device=cuda."
        )
    folder = Path(path)
    if not folder.is_dir():
        raise NotFound(
            f"There is no folder {path!r}.",
            code="model.not-found",
            hint="Fetch the model first; nothing is downloaded.",
        )
    digest = weights_digest(folder)
    missing = [name for name in ("torch", "transformers") if find_spec(name) is None]
    if missing:
        raise Unavailable(
            f"hf: needs {' and '.join(missing)}, not installed here.",
            code="model.missing-extra",
            hint="Install the extra: pip install 'kept[hf]'.",
        )
    from kept.models.hf.model import LocalModel

    return LocalModel(folder, digest, device=device, options=options)


def weights_digest(folder: Path) -> str:
    """ "sha256:<hex>" over the sorted lines "<sha256 of file>  <name>" of every file that decides an answer.

    Raises Invalid where the folder holds no safetensors: pickled weights could run code when they are read.
    """
    names = sorted(path.name for path in folder.iterdir() if path.suffix in _DECISIVE and path.is_file())
    if not any(name.endswith(".safetensors") for name in names):
        raise Invalid(
            f"{str(folder)!r} holds no .safetensors.", code="model.no-weights", hint="Convert the weights first."
        )
    lines = []
    for name in names:
        with (folder / name).open("rb") as file:
            lines.append(f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {name}\n")
    return "sha256:" + hashlib.sha256("".join(lines).encode()).hexdigest()
