"""kill -9 between sending and noting: the step is told again under the same name, and then never more."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from simulators.mail_server import post_office
from simulators.messages import due, mail_at, office

TESTS = Path(__file__).parents[1]
LOOK = "import sys; from pathlib import Path; from simulators.messages import look_by_mail; "
LOOK += "look_by_mail(Path(sys.argv[1]), int(sys.argv[2]))"


def test_what_was_sent_and_not_noted_is_sent_again_once_and_can_be_told_apart(tmp_path: Path) -> None:
    with post_office() as post:
        command = [sys.executable, "-c", LOOK, str(tmp_path), str(post.port)]
        victim = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(TESTS)})
        # The server has the mail, and whoever sent it dies before hearing so.
        post.before_answer = victim.kill
        assert victim.wait(60) == -signal.SIGKILL
        post.before_answer = lambda: None
        with office(tmp_path) as made:
            made.due, made.mail = [due(people=("bo",))], mail_at(post.port)
            assert made.look(minutes=4) == 0
            assert made.look(minutes=1) == 1
            assert made.look(days=1) == 0
        (first, second) = (mail["Message-ID"] for _, mail in post.sent)
        assert first == second
