"""A stub of Vault's transit engine on this machine, after its published API; it stands for no real server.

`answer` lets a test put any answer in place of the next ones.
"""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "hvs.a-token-of-the-test"


@dataclass
class Transit:
    address: str = ""
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    answer: tuple[int, dict[str, str], bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        return {"VAULT_ADDR": self.address, "VAULT_TOKEN": TOKEN}

    def handle(self, method: str, path: str, token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if token != TOKEN:
            return 403, {"errors": ["permission denied"]}
        match path.removeprefix("/v1/transit/").split("/"):
            case ["keys", name]:
                return self._key(method, name, body)
            case ["keys", name, "config"]:
                self.keys[name]["deletion_allowed"] = bool(body["deletion_allowed"])
                return 204, {}
            case ["encrypt" | "decrypt" as verb, name] if name in self.keys:
                return self._use(verb, self.keys[name], body)
        return 404, {"errors": []}

    def _key(self, method: str, name: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if method == "POST":
            fresh = {"secret": AESGCM.generate_key(256), "deletion_allowed": False, "made": len(self.seen), **body}
            self.keys.setdefault(name, fresh)
            return 204, {}
        if name not in self.keys:
            return 404, {"errors": []}
        key = self.keys[name]
        if method == "DELETE":
            if not key["deletion_allowed"]:
                return 400, {"errors": ["deletion is not allowed for this key"]}
            del self.keys[name]
            return 204, {}
        shown = {"name": name, "keys": {"1": key["made"]}, "derived": False, "min_available_version": 0}
        return 200, {"data": shown | {part: key[part] for part in ("type", "exportable", "allow_plaintext_backup")}}

    def _use(self, verb: str, key: dict[str, Any], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        cipher, about = AESGCM(key["secret"]), base64.b64decode(body["associated_data"])
        if verb == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + cipher.encrypt(nonce, base64.b64decode(body["plaintext"]), about)
            return 200, {"data": {"ciphertext": "vault:v1:" + base64.b64encode(sealed).decode()}}
        try:
            sealed = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"), validate=True)
            plain = cipher.decrypt(sealed[:12], sealed[12:], about)
        except (InvalidTag, ValueError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": base64.b64encode(plain).decode()}}


@contextmanager
def transit() -> Iterator[Transit]:
    """The stub, for as long as the block lasts."""
    stub = Transit()

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            stub.seen.append(f"{self.command} {self.path}")
            if stub.answer is not None:
                status, headers, data = stub.answer
            else:
                status, document = stub.handle(self.command, self.path, self.headers.get("X-Vault-Token", ""), body)
                headers, data = {}, b"" if status == 204 else json.dumps(document).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_DELETE = _serve

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
