"""What the public is told of how to report: the keys to encrypt to, security.txt, and what a form begins with."""

from __future__ import annotations

from datetime import timedelta

from kept.core.context import Context, format_time
from kept.errors import NotFound, Unavailable
from kept.practices.disclosure.records import Blank, Readers, Settings
from kept.practices.disclosure.service.keys import Keys
from kept.practices.disclosure.service.programmes import Programmes

EXPIRES = timedelta(days=90)


class Publishing(Keys, Programmes):
    """Tells the public where and how to report."""

    _context: Context
    _settings: Settings

    def recipients(self, *, readers: Readers = "triagers") -> tuple[str, ...]:
        """The public keys to encrypt a report to. Raises Unavailable while there is no triager's."""
        return tuple(each.recipient for each in self._recipients(readers=readers))

    def has_worker(self) -> bool:
        """Whether reports may go to the isolated replay worker at once."""
        return any(each.kind == "replay" for each in self.keys_list())

    def upload_begin(self, name: str) -> Blank:
        """What an upload without JavaScript begins with. Raises NotFound for a programme there isn't."""
        entropy = self._context.entropy
        return Blank(self.programme_show(name), entropy(16).hex(), f"{entropy(16).hex()}.{entropy(32).hex()}")

    def security_txt(self) -> str:
        """The text of /.well-known/security.txt (RFC 9116, section 2.5); it expires 90 days from now.

        Raises NotFound where no programme takes reports, and Unavailable where kept.toml names no public address.
        """
        base = self._settings.public_url.rstrip("/")
        if not base.startswith("https://"):
            raise Unavailable(
                "security.txt needs the public address of this server.",
                code="security.address",
                hint='Set public_url = "https://…" under [practices.disclosure] in kept.toml.',
            )
        programmes = self.programme_list()
        if not programmes:
            raise NotFound(
                "No programme takes reports.", code="programme.none", hint="kept disclosure programme publish"
            )
        contacts = dict.fromkeys(each.draft.contact for each in programmes)
        languages = dict.fromkeys(tag for each in programmes for tag in each.draft.languages)
        lines = [
            f"Contact: {base}/disclosure/",
            *(f"Contact: {contact}" for contact in contacts),
            f"Expires: {format_time(self._context.clock() + EXPIRES)}",
            f"Encryption: {base}/disclosure/recipients.txt",
            f"Preferred-Languages: {', '.join(languages)}",
            f"Canonical: {base}/.well-known/security.txt",
            f"Policy: {base}/disclosure/",
        ]
        return "\n".join(lines) + "\n"
