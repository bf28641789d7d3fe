"""The short forms of Tests/Soak: everything wrong at once, and small neighbours beside it. Latencies are shown, not judged."""

import os
import subprocess
import sys

import pytest

from harness.processes import PROJECT, server_binary

pytestmark = [pytest.mark.attack, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


def run(program, *arguments):
    done = subprocess.run(
        [sys.executable, PROJECT / "Tests" / "Soak" / program, "--no-latency", *arguments], capture_output=True, text=True,
        timeout=110, env={**os.environ, "HOTLINE_BINARY": str(server_binary())})
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ten_seconds_of_soak():
    run("run", "--seconds", "10", "--idle", "300", "--busy", "20", "--neighbours", "4", "--rate", "8", "--patience", "5", "--large-share", "0.01")


def test_one_key_tries_everything_and_a_neighbour_goes_on():
    run("neighbour", "--seconds", "10", "--rate", "12", "--patience", "4", "--everything")
