"""Standard streams that are closed, full or unread change nothing of what a run does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLOSED = """
import sys
from syncer.cli.streams import forgive, let_go_of_the_data, let_go_of_the_log, open_what_is_closed
assert (sys.stdin, sys.stdout, sys.stderr) == (None, None, None)
open_what_is_closed()
forgive()
print("data")
print("a log line", file=sys.stderr)
assert not sys.stdin.isatty() and sys.stdin.read() == ""
with open(sys.argv[1], "w") as file:
    file.write(f"{file.fileno()} {let_go_of_the_data(6)}")
let_go_of_the_log()
"""
PRINTED = """
import sys
from syncer.cli.streams import forgive, let_go_of_the_data
forgive()
print("data")
sys.exit(let_go_of_the_data(int(sys.argv[1])))
"""


def _python(
    script: str, *words: str, shell: str, unbuffered: str = ""
) -> subprocess.CompletedProcess[str]:
    command = ["/bin/bash", "-c", shell, sys.executable, script, *words]
    around = {"PATH": os.environ["PATH"], "PYTHONUNBUFFERED": unbuffered}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=around)


def test_without_any_stream_no_file_takes_their_numbers(tmp_path: Path):
    """Closed by whoever started us: printing is no error, and the state is not number 1 or 2."""
    ended = _python(CLOSED, str(tmp_path / "a"), shell='"$0" -c "$@" <&- >&- 2>&-')
    assert ended.returncode == 0
    number, code = (tmp_path / "a").read_text().split()
    assert int(number) > 2
    assert code == "6"


@pytest.mark.parametrize(("code", "unbuffered"), [(0, ""), (3, ""), (0, "1")])
def test_a_reader_that_had_enough_is_no_error(code: int, unbuffered: str):
    """``| head -1`` and the like leave the exit code as it is."""
    shell = '"$0" -c "$@" | true; exit ${PIPESTATUS[0]}'
    late = f"import time; time.sleep(0.2)\n{PRINTED}"
    ended = _python(late, str(code), shell=shell, unbuffered=unbuffered)
    assert (ended.returncode, ended.stderr) == (code, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(("code", "told", "unbuffered"), [(0, 1, ""), (3, 3, ""), (0, 1, "1")])
def test_data_that_a_full_disk_did_not_take_is_no_success(code: int, told: int, unbuffered: str):
    """Exit 1 with the reason; another exit code has more to say and stays."""
    shell = '"$0" -c "$@" >/dev/full'
    ended = _python(PRINTED, str(code), shell=shell, unbuffered=unbuffered)
    assert ended.returncode == told
    assert ended.stderr == "syncer: what was printed is lost: No space left on device\n"
