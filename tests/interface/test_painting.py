"""Tables and texts painted from foreign words: nothing moves the cursor or passes for a line of its own."""

import io

import pytest
from rich.table import Table
from rich.text import Text

from kept.interface.painting import CarefulConsole

HOSTILE = "Acme\x1b]0;owned\u202e\x9b31m\nverified"
SHOWN = r"Acme\x1b]0;owned\u202e\x9b31m"


def painted(*objects: object) -> str:
    file = io.StringIO()
    CarefulConsole(file=file, width=200, force_terminal=False).print(*objects)
    return file.getvalue()


@pytest.mark.parametrize("made", [str, Text])
def test_what_is_printed_is_one_line(made: type) -> None:
    assert painted(made(HOSTILE)) == SHOWN + "\\nverified\n"


def test_a_cell_may_have_lines_and_nothing_else() -> None:
    table = Table("name", title="a\x1b[title", box=None)
    table.add_row(HOSTILE)
    assert [line.strip() for line in painted(table).splitlines()] == [r"a\x1b[title", "name", SHOWN, "verified"]


def test_a_text_in_a_cell_is_harmless_too() -> None:
    table = Table("a name that leaves room for an escape", box=None)
    table.add_row(Text(HOSTILE))
    assert [line.strip() for line in painted(table).splitlines()][1:] == [SHOWN, "verified"]


def test_styles_of_ours_stay_and_fall_away_with_what_was_harmful() -> None:
    file = io.StringIO()
    console = CarefulConsole(file=file, width=80, force_terminal=True, color_system="standard")
    console.print(Text.assemble(("bold", "bold"), " plain"))
    console.print(Text.assemble(("bold", "bold"), " \x1b[31mred"))
    one, other = file.getvalue().splitlines()
    assert one == "\x1b[1mbold\x1b[0m plain"
    assert other == r"bold \x1b[31mred"
