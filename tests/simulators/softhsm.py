"""A real PKCS #11 token in software (SoftHSM 2), made fresh in a folder."""

import shutil
import subprocess
from pathlib import Path

import pytest

PLACES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
PIN = "5678"
LABEL = "kept"


def make_token(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Initialise a token; what it returns belongs in the environment of whoever opens a key. Skips without SoftHSM."""
    module = next((place for place in PLACES if Path(place).exists()), None)
    tool = shutil.which("softhsm2-util")
    if module is None or tool is None:
        pytest.skip("SoftHSM 2 is not installed (Debian: softhsm2)")
    pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed (kept[pkcs11])")
    (folder / "tokens").mkdir(parents=True)
    configuration = folder / "softhsm2.conf"
    configuration.write_text(
        f"directories.tokendir = {folder / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    monkeypatch.setenv("SOFTHSM2_CONF", str(configuration))
    subprocess.run(
        [tool, "--init-token", "--free", "--label", LABEL, "--so-pin", "1234", "--pin", PIN],
        check=True,
        capture_output=True,
    )
    # The module reads its configuration once for each process, unless it is told to start again.
    pkcs11.lib(module).reinitialize()
    return {"KEPT_PKCS11_PIN": PIN, "KEPT_PKCS11_MODULE": module, "SOFTHSM2_CONF": str(configuration)}
