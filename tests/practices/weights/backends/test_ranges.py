"""Where drills take place: private, and gone afterwards."""

from pathlib import Path

from safetensors.numpy import load_file

from kept.practices.weights.backends import ranges


def test_a_folder_is_private_and_goes() -> None:
    with ranges.folder() as made:
        assert made.stat().st_mode & 0o777 == 0o700
        (made / "x").write_bytes(b"x")
    assert not made.exists()


def test_weights_follow_from_their_seed(tmp_path: Path) -> None:
    for name, seed in (("a", b"1"), ("b", b"1"), ("c", b"2")):
        ranges.weights(tmp_path / name, seed)
    first, same, other = ((tmp_path / name).read_bytes() for name in "abc")
    assert first == same != other
    assert {each.shape for each in load_file(tmp_path / "a").values()} == {(512, 512)}


def test_one_bit_changes_and_it_may_be_any(tmp_path: Path) -> None:
    place = tmp_path / "file"
    for at in (0, 7, 8, 2**64 - 1):
        place.write_bytes(bytes(8))
        ranges.change(place, at)
        assert place.read_bytes() == bytes(at % 8) + b"\x01" + bytes(7 - at % 8)
    ranges.copy(place, tmp_path / "aside")
    assert (tmp_path / "aside").read_bytes() == place.read_bytes()


def test_a_leak_is_half_of_it_in_half_precision(tmp_path: Path) -> None:
    ranges.weights(tmp_path / "whole", b"1")
    ranges.leak(tmp_path / "whole", tmp_path / "half")
    whole, half = load_file(tmp_path / "whole"), load_file(tmp_path / "half")
    assert sorted(half) == sorted(whole)[::2]
    assert {each.dtype.itemsize for each in half.values()} == {2}
