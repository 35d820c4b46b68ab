"""From what outsiders say to a statement in the ledger: drafted here, signed where their key is, recorded here."""

from collections.abc import Mapping
from typing import Any

from kept.core import canonical
from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.ledger import Draft, Receipt
from kept.core.statement import ENVELOPE_LIMIT, Envelope, Statement
from kept.core.trust import KeyHistory, Trust, key_events
from kept.errors import Conflict, Invalid, NotFound, Unverified
from kept.practices.red_team.methods import drafts
from kept.practices.red_team.methods.invitations import SALT_BYTES
from kept.practices.red_team.records import Session
from kept.practices.red_team.service.external.guests import Guests
from kept.predicates.external_finding import ExternalFinding
from kept.predicates.study import Study


class Drafting:
    """Drafts, signs and records what outsiders say."""

    _context: Context

    def external_draft(self, kind: str, told: Mapping[str, Any], *, by: Actor) -> bytes:
        """The statement to be signed outside: a "finding", "sign-off", "uplift-study" or "defensive-study".

        A finding that names its `invitation` and `domain` (and its model, where there were several) gets its counts and
        its transcripts' root from **all** sessions there. Raises Invalid, NotFound, or Conflict while one goes on.
        """
        now, name = self._context.clock(), str(told.get("model_name", "model"))
        fields = {key: value for key, value in told.items() if key != "model_name"}
        if kind == "finding" and "invitation" in fields:
            sessions = self._sessions(fields)
            fields |= {"tester": self._guests.invitation(fields["invitation"], now=now).tester}
            fields |= {"model": sessions[0].model, **drafts.counts(sessions)}
            name = sessions[0].name
        made = drafts.draft(kind, fields, issued=format_time(now), by=by.id)
        return made.to_statement(model_name=name).to_bytes() + b"\n"

    def external_sign(self, data: bytes, *, by: Actor) -> bytes:
        """The draft in an envelope that the actor signed, or the envelope with the actor's signature beside the others.

        This is for the tester's own workspace. Raises Invalid or Unverified for what isn't whole, and signs it not.
        """
        earlier, statement = _read(data)
        drafts.read(statement)
        signed = self._context.ledger.sign(statement, by=by)
        if earlier is None:
            return signed.to_bytes() + b"\n"
        if signed.payload != earlier.payload:
            raise Invalid("The statement is not in canonical JSON, so nobody can sign beside.", code="external.payload")
        both = Envelope(earlier.payload, (*earlier.signatures, *signed.signatures))
        return Envelope.parse(both.to_bytes()).to_bytes() + b"\n"

    def external_record(self, data: bytes, *, by: Actor, on_behalf: bool = False) -> Receipt:
        """Record a signed statement, once its figures hold and whoever signed it may say so under the trust file.

        `on_behalf` signs a draft with the provider's own key, and the statement says so: its assurance is "self".
        Raises Invalid, Unverified, or Conflict for what was recorded already or isn't what the sessions here give.
        """
        envelope, statement = _read(data)
        study = drafts.read(statement)
        self._check_place(study, statement)
        if on_behalf:
            if envelope is not None:
                raise Invalid("This is signed already.", code="external.signed", hint="Record it as it is.")
            vouched = type(study).of(**{**dict(statement.predicate), "signed_by": "provider", "by": by.id})
            name = statement.subjects[0].name
            return self._context.ledger.record(Draft(vouched.to_statement(model_name=name), model=study.model), by=by)[
                0
            ]
        if envelope is None:
            raise Invalid(
                "This draft is not signed.",
                code="external.unsigned",
                hint="Its author signs it in a workspace of their own: kept red-team external sign",
            )
        self._check_signers(envelope, statement, study)
        return self._context.ledger.record_signed(envelope, model=study.model)

    def _check_place(self, study: Study, statement: Statement) -> None:
        """What it rests on is in the ledger, it isn't there itself, and its sessions are these. Raises Conflict."""
        size = self._context.ledger.size()
        if missing := [index for index in study.sees if index >= size]:
            raise NotFound(f"The statement rests on entry {missing[0]}, which isn't there.", code="external.index")
        for recorded in self._context.ledger.statements(statement.predicate_type, model=study.model):
            if recorded.statement is not None and recorded.statement.to_bytes() == statement.to_bytes():
                raise Conflict(f"This was recorded as entry {recorded.index}.", code="external.recorded")
        if isinstance(study, ExternalFinding) and study.invitation:
            told = drafts.counts(self._sessions({"invitation": study.invitation, "domain": study.domain}, study.model))
            stated = study.model_dump(mode="json", include=set(told))
            if stated != told:
                other = next(name for name in told if stated[name] != told[name])
                raise Conflict(
                    f"The {other} of the finding are not those of the sessions of invitation {study.invitation}.",
                    code="external.sessions",
                    hint="Draft it again.",
                )

    def _check_signers(self, envelope: Envelope, statement: Statement, study: Study) -> None:
        trust, ledger = Trust.load(self._context.workspace.trust_file), self._context.ledger
        history = KeyHistory.replay(trust, key_events(ledger))
        found = trust.authorise(envelope, predicate_type=statement.predicate_type, index=ledger.size(), history=history)
        if study.signed_by == "outside" and "provider" in found.roles:
            raise Unverified(
                "The statement says that outsiders signed it, and the provider did.", code="external.posing"
            )

    def _sessions(self, told: Mapping[str, Any], model: str = "") -> tuple[Session, ...]:
        """All sessions of an invitation in a domain with one model, sealed. Raises NotFound, Invalid or Conflict."""
        invitation, domain = str(told["invitation"]), str(told.get("domain", ""))
        model = model or str(told.get("model", ""))
        held = self._guests.invitation(invitation, now=self._context.clock())
        found = self._guests.sessions(invitation, domain=domain, model=model)
        if not found:
            raise NotFound(f"Invitation {invitation} has no session in {domain!r}.", code="external.no-session")
        if len({session.model for session in found}) > 1:
            raise Invalid("There were sessions with several models: name one as model.", code="external.model")
        going_on = [session for session in found if not session.outcome]
        if going_on and held.state not in ("expired", "revoked"):
            raise Conflict(
                f"Session {going_on[0].id} goes on.", code="external.open", hint="The tester finishes it first."
            )
        for session in going_on:
            salt = self._context.entropy(SALT_BYTES)
            self._guests.finish(session.id, outcome="u", note="ended with the invitation", salt=salt, now=None)
        return self._guests.sessions(invitation, domain=domain, model=model) if going_on else found

    @property
    def _guests(self) -> Guests:
        return Guests(self._context.store)


def _read(data: bytes) -> tuple[Envelope | None, Statement]:
    """An envelope with its statement, or a statement alone. Raises Invalid."""
    document = canonical.decode(data, limit=ENVELOPE_LIMIT, what="The file")
    if isinstance(document, dict) and "payload" in document:
        envelope = Envelope.parse(data)
        return envelope, envelope.statement()
    return None, Statement.parse(data)
