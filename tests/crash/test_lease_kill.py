"""Killed in the middle of approvals and rotations: what was acknowledged stands, and nothing is half of anything."""

from pathlib import Path

from kept.practices.weights.backends.containers.keys import describe
from kept.practices.weights.methods import envelope as envelopes
from kept.practices.weights.service.leasing.enveloping import Enveloping
from simulators.killed_process import killed
from simulators.lent_weights import lent_weights
from simulators.sealed_files import plain_file


def lend(folder: Path):
    """Ask for leases and approve them, one after the other, telling what is done."""

    def work(tell):
        with lent_weights(folder) as lent:
            while True:
                lease = lent.ask()
                tell(f"asked {lease.id}")
                for name in ("maria", "wei"):
                    lent.lending.approve(lease.id, by=lent.acting(name))
                    tell(f"approved {lease.id} {name}")

    return work


def test_an_approval_that_was_acknowledged_is_kept_and_one_that_was_not_is_whole_or_absent(tmp_path):
    with lent_weights(tmp_path):
        pass
    lives = killed(lend(tmp_path), times=8, seed=5, longest=0.8, first="approved")
    told = [line.split() for lines in lives for line in lines]
    assert any(words[0] == "approved" for words in told)
    with lent_weights(tmp_path) as lent:
        service = lent.room.service
        rows = {row.lease.id: row for row in service.leases()}
        for kind, name, *who in told:
            assert name in rows
            if kind == "approved":
                assert [word.counts for word in rows[name].words if word.holder == who[0]] == [True]
        for row in rows.values():
            assert all(word.counts for word in row.words)
            if len(row.words) == row.needed:
                assert len(lent.key(row.lease)) == 32
                assert service.show(row.lease.id).state == "granted"
        lent.room.ledger.check()


def test_a_rotation_that_was_killed_leaves_a_file_that_opens_by_old_keys_or_new(tmp_path):
    with lent_weights(tmp_path) as lent:
        (tmp_path / "model.safetensors").write_bytes(plain_file())
        place = str(tmp_path / "model.sealed")
        lent.room.service.seal(str(tmp_path / "model.safetensors"), place, by=lent.acting("provider"))
        part = Enveloping(lent.room.context, lent.room.context.settings).service_part(
            envelopes.parse(describe(place).envelope)
        )

    def work(tell):
        with lent_weights(tmp_path) as lent:
            while True:
                tell(lent.room.service.keys_rotate(by=lent.acting("provider")).kek.key_id)

    done = 0
    for lines in killed(work, times=6, seed=7, longest=0.8):
        done += len(lines)
        with lent_weights(tmp_path) as lent:
            envelope = envelopes.parse(describe(place).envelope)
            assert Enveloping(lent.room.context, lent.room.context.settings).service_part(envelope) == part
            states = [row.state for row in lent.room.service.keys_list()]
            assert states.count("current") == 1
            if lines:
                known = [row.key_id for row in lent.room.service.keys_list()]
                assert set(lines) <= set(known)
    assert done
    with lent_weights(tmp_path) as lent:
        lent.room.service.keys_rotate(finish=True, by=lent.acting("provider"))
        current = next(row for row in lent.room.service.keys_list() if row.state == "current")
        assert envelopes.parse(describe(place).envelope).kek == current.key_id
        assert lent.room.service.verify(place).generation >= 2
        lent.room.ledger.check()
