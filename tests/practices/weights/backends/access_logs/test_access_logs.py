"""Foreign logs: read as they are written, and a bad line is told by its number."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kept.errors import Invalid, NotFound
from kept.practices.weights.backends.access_logs.cert import read_folder
from kept.practices.weights.backends.access_logs.lines import LINE_LIMIT, moment
from kept.practices.weights.backends.access_logs.mapped import read_csv, read_lines

BERLIN = ZoneInfo("Europe/Berlin")


def cert(folder: Path) -> Path:
    (folder / "LDAP").mkdir(parents=True)
    (folder / "LDAP" / "2010-01.csv").write_text(
        "employee_name,user_id,email,role,business_unit,functional_unit,department,team,supervisor\n"
        "Ann Other,ANO0001,a@dtaa.com,Scientist,1,1,1,3 - Lab,Bo\n"
    )
    (folder / "logon.csv").write_text(
        "id,date,user,pc,activity\n{X1},01/02/2010 06:49:00,DTAA/ANO0001,PC-1,Logon\n"
        "{X2},01/02/2010 17:00:00,DTAA/ANO0001,PC-1,Logoff\n"
    )
    (folder / "device.csv").write_text("id,date,user,pc,activity\n{D1},01/02/2010 07:21:06,DTAA/ANO0001,PC-1,Connect\n")
    (folder / "file.csv").write_text(
        'id,date,user,pc,filename,content\n{F1},01/02/2010 07:23:14,DTAA/ANO0001,PC-1,EYPC9Y08.doc,"D0-CF-11, words"\n'
    )
    (folder / "email.csv").write_text(
        "id,date,user,pc,to,cc,bcc,from,size,attachments,content\n"
        "{E1},01/02/2010 07:11:45,ANO0001,PC-1,x@y.com,,,a@dtaa.com,25830,0,hello\n"
    )
    (folder / "http.csv").write_text(
        "id,date,user,pc,url,content\n{H1},01/02/2010 06:55:16,DTAA/ANO0001,PC-1,http://leak.org/a/b.htm,words\n"
    )
    return folder


def test_a_cert_folder_is_read_in_the_order_of_its_moments(tmp_path: Path) -> None:
    events = list(read_folder(str(cert(tmp_path / "r4.2")), zone=UTC))
    assert [event.moment for event in events] == sorted(event.moment for event in events)
    assert [event.file for event in events] == [
        "logon Logon",
        "http leak.org",
        "email to x@y.com",
        "device Connect",
        "file EYPC9Y08.doc",
        "logon Logoff",
    ]
    assert {(event.role, event.team) for event in events} == {("Scientist", "3 - Lab")}
    assert [(event.outcome, event.bytes) for event in events if event.bytes] == [("export", 25830), ("export", 15)]


def test_a_file_of_r62_that_stays_on_the_machine_is_no_export(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_text(
        "id,date,user,pc,filename,activity,to_removable_media,from_removable_media,content\n"
        "{F1},01/02/2010 07:23:14,ANO0001,PC-1,C:\\a.doc,File Open,False,False,words\n"
        "{F2},01/02/2010 07:23:15,ANO0001,PC-1,R:\\a.doc,File Write,True,False,words\n"
    )
    assert [event.outcome for event in read_folder(str(tmp_path), zone=UTC)] == ["read", "export"]


def test_json_lines_are_mapped_also_from_within(tmp_path: Path) -> None:
    place = tmp_path / "log.jsonl"
    place.write_text('{"ts": 1767600000, "who": {"id": "dana"}, "verb": "Denied"}\n\n')
    mapping = ("moment=ts", "actor=who.id", "outcome=verb")
    (event,) = read_lines(str(place), mapping=mapping, zone=BERLIN)
    assert (event.actor, event.outcome, event.number) == ("dana", "refused", 1)
    assert event.moment.isoformat() == "2026-01-05T09:00:00+01:00"


@pytest.mark.parametrize(
    "text",
    ["2026-01-05T08:00:00Z", "1767600000", "1767600000000", "01/05/2026 08:00:00", "05/Jan/2026:08:00:00 +0000"],
)
def test_moments_are_read_as_systems_write_them(text: str) -> None:
    assert moment(text, UTC, Path("x"), 1) == datetime(2026, 1, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("moment,actor\n2026-01-05,dana\nyesterday,dana\n", "Line 3"),
        ("moment,actor\n2026-01-05,dana,more\n", "Line 2"),
        ("moment,actor\n2026-01-05,\n", "Line 2"),
        ("moment,actor,bytes\n2026-01-05,dana,-4\n", "Line 2"),
        ("moment,actor,bytes\n2026-01-05,dana,1e999\n", "Line 2"),
        ("moment,actor,outcome\n2026-01-05,dana,danced\n", "Line 2"),
        ("moment,moment\n", "Line 1"),
        ('moment,actor\n"2026-01-05" x,dana\n', "Line 2"),
        ("moment,actor\n" + "x" * (LINE_LIMIT + 1), "Line 2"),
    ],
)
def test_a_bad_line_is_told_by_its_number(tmp_path: Path, text: str, line: str) -> None:
    place = tmp_path / "log.csv"
    place.write_text(text)
    with pytest.raises(Invalid, match=line):
        list(read_csv(str(place), zone=UTC))


def test_what_is_read_is_streamed_and_what_came_before_a_bad_line_counts(tmp_path: Path) -> None:
    place = tmp_path / "log.csv"
    place.write_text("moment,actor\n2026-01-05,dana\n,\n")
    events = read_csv(str(place), zone=UTC)
    assert next(events).actor == "dana"
    with pytest.raises(Invalid):
        next(events)


def test_a_mapping_names_fields_and_a_folder_holds_files(tmp_path: Path) -> None:
    place = tmp_path / "log.csv"
    place.write_text("moment,actor\n")
    for wrong in ("nobody=x", "actor", "actor="):
        with pytest.raises(Invalid, match="maps no field"):
            list(read_csv(str(place), mapping=[wrong], zone=UTC))
    with pytest.raises(NotFound):
        list(read_folder(str(tmp_path), zone=UTC))
    with pytest.raises(NotFound):
        list(read_csv(str(tmp_path / "none.csv"), zone=UTC))


@given(st.binary(max_size=300))
def test_whatever_a_log_holds_it_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    place = tmp_path_factory.mktemp("log") / "log.csv"
    place.write_bytes(b"moment,actor,bytes\n" + data)
    for read in (read_csv, read_lines):
        try:
            events = list(read(str(place), zone=UTC))
        except Invalid:
            continue
        assert all(event.actor and event.bytes >= 0 for event in events)
