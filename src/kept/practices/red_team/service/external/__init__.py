"""The verbs for outsiders: the provider invites, the tester talks to the model within scope and budget."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from kept.core.actor import Actor
from kept.core.context import format_time
from kept.core.model import Answer, Message, Model, Request, Role, Sampling
from kept.errors import Conflict, Denied, Invalid
from kept.practices.red_team.methods import conversation, invitations
from kept.practices.red_team.records import OUTCOMES, Evidence, Guest, Invitation, Invited, Scope, Session, Turn
from kept.practices.red_team.service.external.drafting import Drafting

_OUTCOMES = {word: letter for letter, word in OUTCOMES.items()}


class External(Drafting):
    """Invitations, and the workspace of whoever was invited.

    A verb that takes a `token` is the tester's: it raises Denied for a token that is not valid, for what the scope
    doesn't allow, and once the invitation is expired, spent or revoked.
    """

    def external_invite(self, tester: str, scope: Scope, *, by: Actor) -> Invited:
        """Invite an outsider; the token is told this once. Raises Invalid for a scope that makes no sense."""
        now = self._context.clock()
        conversation.check_text(tester, limit=256, what="The tester's name")
        invitations.check_scope(scope, now=now)
        id = f"i-{self._context.entropy(8).hex()}"
        secret, salt = (self._context.entropy(size) for size in (invitations.SECRET_BYTES, invitations.SALT_BYTES))
        made = Invitation(id, tester, scope, "valid", 0, 0, 0, format_time(now), by.id)
        self._guests.invite(made, salt=salt, digest=invitations.token_digest(salt, secret))
        return Invited(made, invitations.make_token(id, secret))

    def external_list(self) -> tuple[Invitation, ...]:
        """Every invitation, oldest first, with what is spent."""
        return self._guests.invitations(now=self._context.clock())

    def external_revoke(self, invitation: str) -> Invitation:
        """End an invitation; its open sessions end unassessed. Raises NotFound or Conflict."""
        now = self._context.clock()
        self._guests.revoke(invitation, now=now)
        self._end_sessions(invitation)
        return self._guests.invitation(invitation, now=now)

    def external_invitation(self, token: str) -> Guest:
        """What the token's invitation allows, whatever its state, what is spent, and its sessions. Raises Denied."""
        invitation = self._admitted(token)
        return Guest(invitation, self._guests.summaries(invitation.id))

    async def external_start(self, token: str, model: str, *, domain: str, strategy: str = "free") -> Session:
        """Begin a conversation with a model of the scope, in one of its domains."""
        invitation = self._admitted(token)
        scope = invitation.scope
        if model not in scope.models:
            raise invitations.outside(f"the model {model[:64]!r}", scope.models)
        if domain not in scope.domains:
            raise invitations.outside(f"the domain {domain[:64]!r}", scope.domains)
        invitations.check_strategy(scope, strategy)
        opened = self._context.open_model(model, concurrency=1)
        await opened.close()
        now = self._context.clock()
        session = Session(
            id=f"s-{self._context.entropy(8).hex()}",
            invitation=invitation.id,
            model=opened.identity.id,
            name=opened.identity.name,
            domain=domain,
            strategy=strategy,
            tools=(),
            opened=format_time(now),
            outcome="",
            note="",
            digest="",
        )
        self._guests.open(session, address=model, now=now)
        return session

    async def external_say(self, token: str, session: str, text: str, *, reply_to: str = "") -> Turn:
        """Say something to the model and hear its answer; `reply_to` makes it the result of that call of a tool.

        Spends one request, also where the model can't answer (then its error is raised, and the turn stays).
        """
        held = self._own(token, session)
        role: Role = "tool" if reply_to else "user"
        calls = {call.id for turn in held.turns for call in turn.message.tool_calls}
        if reply_to and reply_to not in calls:
            raise Invalid(f"The model asked for no call {reply_to[:64]!r}.", code="external.call")
        message = Message(role, conversation.check_text(text), tool_call_id=reply_to)
        model = self._context.open_model(self._guests.address(session), concurrency=1)
        try:
            if model.identity.id != held.model:
                raise Conflict(
                    f"{held.name} is no longer the model that this session began with.",
                    code="external.other-model",
                    hint="Finish the session, and start another one.",
                )
            left = self._guests.ask(session, message, now=self._context.clock())
            return await self._answered(model, held, message, left=left)
        finally:
            await model.close()

    def external_offer(self, token: str, session: str, tools: Any) -> Session:
        """Offer the model these tools from the next turn on: a list of {name, description, parameters}."""
        held, found = self._own(token, session), conversation.read_tools(tools)
        allowed = self._admitted(token).scope.tools
        for tool in found:
            if tool.name not in allowed:
                raise invitations.outside(f"the tool {tool.name!r}", allowed)
        self._guests.change(held.id, now=self._context.clock(), tools=conversation.tools_text(found))
        return self._guests.session(session)

    def external_annotate(self, token: str, session: str, turn: int, note: str) -> Turn:
        """Write a note beside a turn, in the place of an earlier one. Raises NotFound for a turn that isn't there."""
        held = self._own(token, session)
        conversation.check_text(note, limit=conversation.NOTE_LIMIT, what="A note")
        self._guests.annotate(held.id, turn, note, now=self._context.clock())
        return self._guests.session(session).turns[turn]

    def external_attach(self, token: str, session: str, data: bytes, *, name: str, media_type: str) -> Evidence:
        """Put a file of at most 1 MiB, of a few types, beside a session."""
        held, found = self._own(token, session), conversation.check_evidence(name, media_type, data)
        self._guests.attach(held.id, found, data, now=self._context.clock())
        return found

    def external_finish(self, token: str, session: str, outcome: str, *, note: str = "") -> Session:
        """End a session: "succeeded", "resisted" or "unassessed". It is sealed, and stays as it is."""
        held = self._own(token, session)
        if outcome not in _OUTCOMES:
            raise Invalid(f"{outcome[:64]!r} is no outcome.", code="external.outcome", hint=f"Use {_words()}.")
        if note:
            conversation.check_text(note, limit=conversation.NOTE_LIMIT, what="A note")
        salt, letter = self._context.entropy(invitations.SALT_BYTES), _OUTCOMES[outcome]
        return self._guests.finish(held.id, outcome=letter, note=note, salt=salt, now=self._context.clock())

    def external_show(self, session: str, *, token: str | None = None) -> Session:
        """One session with all that was said. Without a token it is the provider who asks. Raises NotFound."""
        return self._guests.session(session) if token is None else self._own(token, session)

    def external_erase(self, session: str) -> Session:
        """Delete the texts and the evidence of a finished session; the digest that seals it stays."""
        self._guests.erase(session)
        return self._guests.session(session)

    def _admitted(self, token: str) -> Invitation:
        """The invitation that a token belongs to, whatever its state. Raises Denied."""
        id, secret = invitations.split_token(token)
        sealed = self._guests.sealed_token(id)
        if sealed is None:
            raise invitations.not_valid()
        invitations.check_token(secret, salt=sealed[0], digest=sealed[1])
        return self._guests.invitation(id, now=self._context.clock())

    def _own(self, token: str, session: str) -> Session:
        """A session of the token's invitation. Raises Denied, or NotFound for another's as for one that isn't there."""
        invitation = self._admitted(token)
        if invitation.state in ("expired", "revoked"):
            raise Denied(f"The invitation is {invitation.state}.", code=f"external.{invitation.state}")
        return self._guests.own_session(session, invitation.id)

    async def _answered(self, model: Model, held: Session, message: Message, *, left: int) -> Turn:
        sampling: Sampling = model.identity.sampling
        request = Request(
            messages=(*conversation.history(held.turns), message),
            sampling=replace(sampling, max_tokens=max(1, min(sampling.max_tokens, left))),
            tools=held.tools,
        )
        answer: Answer | None = None
        try:
            answer = await model.answer(request)
        finally:
            if answer is None:
                self._guests.give_up(held.id)
        return self._guests.answer(held.id, conversation.answered(answer), tokens=_tokens(request.messages, answer))

    def _end_sessions(self, invitation: str) -> None:
        for session in self._guests.sessions(invitation):
            if not session.outcome:
                salt = self._context.entropy(invitations.SALT_BYTES)
                self._guests.finish(session.id, outcome="u", note="ended with the invitation", salt=salt, now=None)


def _tokens(asked: Sequence[Message], answer: Answer) -> int:
    """What an answer spent; a quarter of the characters where an endpoint doesn't tell, so that a budget still ends."""
    told = answer.prompt_tokens + answer.completion_tokens
    return told or 1 + (sum(len(message.content) for message in asked) + len(answer.text)) // 4


def _words() -> str:
    return ", ".join(OUTCOMES.values())
