"""A provider with a workspace of its own: keys in memory, a real store and ledger, and the reporting room."""

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kept.core.actor import Actor
from kept.core.context import Context, format_time
from kept.core.cosignature import Cosigner
from kept.core.keys import PublicKey, Signer
from kept.core.keys.software import SoftwareSigner
from kept.core.ledger import SCHEMA, Draft, Ledger
from kept.core.note import COSIGNER_KEY, LOG_KEY, VerifierKey
from kept.core.reference import load
from kept.core.statement import Envelope, sign
from kept.core.store import Store
from kept.core.trust import DEFAULT, Rule, Trust, TrustedKey, TrustedLog, Witness, WitnessRule
from kept.core.workspace import Workspace
from kept.practices.red_team import PRACTICE as RED_TEAM
from kept.practices.reporting import PRACTICE
from kept.practices.reporting.records import MANIFEST, Settings, Verdict
from kept.practices.reporting.service import Service
from kept.predicates import campaign_plan, campaign_result
from kept.predicates.dataset_measurement import DatasetMeasurement
from kept.predicates.defensive_study import DefensiveStudy
from kept.predicates.expert_sign_off import ExpertSignOff
from kept.predicates.external_finding import ExternalFinding
from kept.predicates.imported_evaluation import ImportedEvaluation
from kept.predicates.publication import Publication
from kept.predicates.uplift_study import UpliftStudy
from kept.predicates.written_part import SECTIONS
from simulators import measurements, studies
from simulators.campaigns import Campaigns, Design

START = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
ORIGIN = "acme.example/kept"
PROVIDER = Actor("provider")
LAB = Actor("red-lab", roles=frozenset({"tester"}))
REVIEWER = Actor("reviewer", kind="person", roles=frozenset({"reviewer"}))
COUNSEL = Actor("counsel", kind="person", roles=frozenset({"reviewer"}))
SAFETY = Actor("safety", kind="person", roles=frozenset({"trust-and-safety"}))
OUTSIDER = Actor("outsider", kind="person", roles=frozenset({"outsider"}))
NOBODY = Actor("nobody", kind="person", roles=frozenset({"outsider"}))
OTHERS = (REVIEWER, COUNSEL, SAFETY, OUTSIDER)


def seed(name: str) -> bytes:
    """A key's seed: the same for the same name."""
    return hashlib.sha256(name.encode()).digest()


class Clock:
    """A clock that is set by hand."""

    def __init__(self, time: datetime = START) -> None:
        self.time = time

    def __call__(self) -> datetime:
        return self.time

    def advance(self, **step: float) -> None:
        self.time += timedelta(**step)


@dataclass
class Provider:
    """Acme AI, its external testers, and what they recorded."""

    folder: Path
    minimum_witnesses: int = 0
    organisation: str = "Acme AI"
    origin: str = ORIGIN
    signer: str = PROVIDER.id  # the name of its key in the trust file
    kind_of_ledger: type[Ledger] = Ledger
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=Clock)
    log_key: Signer = field(default_factory=lambda: SoftwareSigner.from_seed(seed("log")))
    key: Signer = field(default_factory=lambda: SoftwareSigner.from_seed(seed("provider")))
    lab_key: Signer = field(default_factory=lambda: SoftwareSigner.from_seed(seed("red-lab")))
    witness_keys: Sequence[Signer] = field(
        default_factory=lambda: [SoftwareSigner.from_seed(seed(f"witness {number}")) for number in range(2)]
    )

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Nobody's key is in no trust file.
        self._keys = {actor.id: SoftwareSigner.from_seed(seed(actor.id)) for actor in (*OTHERS, NOBODY)}
        self._keys[LAB.id] = self.lab_key
        self.workspace = Workspace(
            folder=self.folder,
            name=self.organisation,
            origin=self.origin,
            store_url=f"sqlite:///{self.folder}/store.db",
            models={"assistant": "organism:rules?seed=7", "untested": "organism:learned"},
        )
        self.trust = self._trust()
        self.workspace.trust_file.write_bytes(self.trust.to_bytes())
        self.store = Store.open(self.workspace.store_url, [SCHEMA])
        chance = random.Random(0)
        self.ledger = self.kind_of_ledger(
            self.store,
            origin=self.origin,
            log_signer=lambda: self.log_key,
            keyring=lambda actor: [self._keys.get(actor.id, self.key)],
            folder=self.workspace.tiles,
            state=self.folder.with_name(f"{self.folder.name}-state"),
            clock=self.clock,
            entropy=chance.randbytes,
        )
        self.campaigns = Campaigns(self.ledger, PROVIDER, lambda: format_time(self.clock()))
        self.entropy = chance.randbytes

    @property
    def service(self) -> Service:
        return Service(
            Context(
                workspace=self.workspace,
                store=self.store,
                ledger=self.ledger,
                clock=self.clock,
                entropy=self.entropy,
                settings=self.settings,
                open_model=_no_model,
                ports={"outcomes": self.campaigns},
                backends={},
            )
        )

    def witness(self, *, number: int = 1) -> None:
        """Publish, and let so many witnesses cosign."""
        self.ledger.publish()
        from kept.core.note import Note

        text = Note.parse(self.ledger.checkpoint()).text
        cosigners = [
            Cosigner(VerifierKey(f"witness{at}.example", COSIGNER_KEY, key.public), key.sign)
            for at, key in enumerate(self.witness_keys[:number])
        ]
        time = int(self.clock().timestamp())
        self.ledger.add_cosignatures(text, [cosigner.cosign(text, time=time) for cosigner in cosigners])

    def report(self, name: str = "report", *, pdf: bool = False) -> Path:
        """Build the report into a folder of this name."""
        out = self.folder.parent / name
        self.service.build(out, by=PROVIDER, pdf=pdf)
        return out

    def publish_every_kind(self, small: Design, *, decided: bool = False) -> None:
        """A log with every kind of campaign, an erasure and two cosignatures; its report stands in `report`.

        With `decided`, every kind of statement on releases and decisions is in it as well.
        """
        self.campaigns.run(small)
        self.campaigns.run(small, state="abandoned")
        self.campaigns.run(Design(domains=("bio",), prompts=8, trials=3, seed=3), by=LAB)
        self.campaigns.open(Design(domains=("bio",), seed=4))
        self.report("earlier")
        if decided:
            self.decide_every_kind(small.model.id)
            self.hear_outsiders(small.model.id)
        self.ledger.erase(self.ledger.size() - 1, by=self.campaigns.by, reason="asked for by its subject")
        self.witness(number=2)
        self.report("report")

    def hear_outsiders(self, model: str) -> None:
        """Record what an outside tester and its experts say, under their own key."""
        said = (
            ExternalFinding.of(**studies.finding(model=model)),
            ExpertSignOff.of(**studies.sign_off(model=model)),
            UpliftStudy.of(**studies.counted_uplift(model=model)),
            UpliftStudy.of(**studies.scored_uplift(model=model)),
            DefensiveStudy.of(**studies.defence(model=model)),
        )
        for each in said:
            self.ledger.record(Draft(each.to_statement(model_name="model"), model=model), by=LAB)
        self.measure_elsewhere(model)

    def measure_elsewhere(self, model: str) -> None:
        """Record two measurements on data sets, of which one never ends, amid the logs of another tool."""
        log = ImportedEvaluation.of(**measurements.imported(["s", "r", "ru"]))
        self.ledger.record(Draft(log.to_statement()), by=PROVIDER)
        for left_open in (False, True):
            plan = DatasetMeasurement.of(**measurements.planned(model=model)).to_statement()
            (planned,) = self.ledger.record(Draft(plan, model=model), by=PROVIDER)
            if not left_open:
                result = DatasetMeasurement.of(**measurements.finished(model=model, plan=planned.index))
                self.ledger.record(Draft(result.to_statement(), model=model), by=PROVIDER)
        self.ledger.record(Draft(log.to_statement()), by=PROVIDER)

    def write_everything(self, model: str) -> dict[str, int]:
        """Write every section about a model and bind them; the index of each part by its section."""
        by = {"author": "R. Rivera", "role": "head of evaluation", "by": PROVIDER}
        found = {
            section: self.service.write(section, f"On {section}.\n\n<b>Plainly</b>.", model=model, **by).index
            for section in SECTIONS
        }
        self.service.release_report(model, by=PROVIDER)
        return found

    def decide_every_kind(self, model: str) -> None:
        """Record every kind of statement that is about releases and decisions."""
        event = {"version": "2.0", "date": "2026-11-20", "major": True, "availability": "public"}
        older = "sha256:" + "cd" * 32
        self.service.release(older, {**event, "version": "1.0", "name": "older"}, by=PROVIDER)
        self.service.release(model, {**event, "replaces": older}, by=PROVIDER)
        self.service.withdraw(older, "It was replaced.", by=PROVIDER)
        # Before anything is withheld, so that it can be computed again.
        self.decide_at_the_gate(model)
        parts = self.write_everything(model)
        named = {"name": "R. Rivera", "role": "reviewer"}
        for item, statements, extent in (
            ("FMTI-048", [1, parts["limitations"]], "fully"),
            ("FMTI-092", [parts["appropriate-use"]], "in part"),
            ("FMTI-094", [parts["adversarial-results"]], "fully"),
            ("C6.contents", [parts["capabilities"]], "fully"),
        ):
            self.service.confirm(item, statements, extent=extent, model=model, **named, by=REVIEWER)
        self.service.confirm("FMTI-092", [], extent="not", model=model, **named, by=PROVIDER)
        until = {"until": "2027-01-31", "by": PROVIDER}
        service = self.service
        first = service.withhold(parts["adversarial-results"], ["text"], reason="hazard", why="A recipe.", **until)
        service.approve(first.index, name="R. Rivera", role="reviewer", by=REVIEWER)
        second = service.withhold(parts["safety-evaluations"], ["text"], reason="law", why="A court order.", **until)
        service.approve(second.index, name="C. Chen", role="counsel", refuse=True, note="No such order.", by=COUNSEL)
        service.withhold(parts["safety-procedures"], ["text"], reason="security", why="A key place.", **until)
        claim = service._derived().document["claims"][0]["id"]
        for author, target in ((OUTSIDER, claim), (NOBODY, claim), (OUTSIDER, "1")):
            brought = service.dispute(target, "It is <b>wrong</b>.", author=author.id, by=author)
            last = service.dispute_record(brought).index
        service.dispute_answer(last, "rejects", "It is right.", by=PROVIDER)
        self.service.write("limitations", "It forgets.", model=model, author="S. Sato", role="editor", by=PROVIDER)
        self.service.release("sha256:" + "ef" * 32, event, by=PROVIDER)

    def decide_at_the_gate(self, model: str) -> None:
        """Record an override that two approved and one refused, and a veto that was lifted and made again."""
        named = {"name": "S. Sato", "role": "officer"}
        policy = {
            "required": ["C1", "C6.contents"],
            "tolerance": 0.01,
            "fresh_days": 30,
            "bounds": [
                {"domain": "bio", "at_most": 0.2, "confidence": 0.99},
                {"domain": "cyber", "strategy": "plain", "language": "en", "at_most": 0.1},
                {"domain": "chemical", "at_most": 1},
            ],
        }
        closed = self.service.gate_record(model, policy=policy, by=PROVIDER)
        asked = self.service.gate_override(closed.index, "It is needed.", **named, by=PROVIDER).index
        for who in (REVIEWER, COUNSEL):
            self.service.approve(asked, **named, by=who)
        self.service.approve(asked, **named, refuse=True, note="Too early.", by=SAFETY)
        for lift in (False, True, False):
            self.service.gate_veto(model, "A report came in.", **named, lift=lift, by=SAFETY)

    def close(self) -> None:
        self.store.close()

    def _trust(self) -> Trust:
        provider, tester = frozenset({"provider"}), frozenset({"tester"})
        either = Rule(provider | tester, threshold=1, algorithms=("ed25519",))
        vkeys = [
            str(VerifierKey(f"witness{at}.example", COSIGNER_KEY, key.public))
            for at, key in enumerate(self.witness_keys)
        ]
        return Trust(
            organisation=self.organisation,
            log=TrustedLog(self.origin, (str(VerifierKey(self.origin, LOG_KEY, self.log_key.public)),)),
            signers=(
                TrustedKey(self.signer, PublicKey("ed25519", self.key.public), provider),
                TrustedKey("red-lab", PublicKey("ed25519", self.lab_key.public), tester),
                *(TrustedKey(one.id, PublicKey("ed25519", self._keys[one.id].public), one.roles) for one in OTHERS),
            ),
            policy={
                DEFAULT: Rule(provider, threshold=1, algorithms=("ed25519",)),
                campaign_plan.TYPE: either,
                campaign_result.TYPE: either,
                **{
                    load(predicate): Rule(provider | frozenset(roles), threshold=1, algorithms=("ed25519",))
                    for predicate, roles in (RED_TEAM.signers | PRACTICE.signers).items()
                },
            },
            witnesses=WitnessRule(
                self.minimum_witnesses, 86400, tuple(Witness(key, f"group {at}") for at, key in enumerate(vkeys))
            ),
        )


async def _no_model(address: str) -> object:
    raise AssertionError(f"reporting opens no model ({address})")


def read(folder: Path) -> dict[str, bytes]:
    """The files of a report by name."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """Put files into a new folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def sign_manifest(files: Mapping[str, bytes], key: Signer) -> dict[str, bytes]:
    """The files under a new manifest, signed by `key`, which says of the report what the old one said."""
    old = Envelope.parse(files[MANIFEST]).statement()
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items() if name != MANIFEST}
    made = Publication.parse(old).to_statement(digests)
    return {**files, MANIFEST: sign(made, [key]).to_bytes()}


def check(folder: Path, provider: Provider, *, trust: bool = True) -> Verdict:
    """Verify a report as its reader does."""
    path = provider.workspace.trust_file if trust else None
    return Service.verify(folder, trust=path, now=provider.clock())
