"""The environment is made by one at a time: a second run waits, says so, and finds it made."""

import fcntl
import os
import threading
from pathlib import Path

import pytest

from accord import environment


def test_a_second_run_waits_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(environment, "ROOT", tmp_path)
    first, entered = os.open(tmp_path, os.O_RDONLY), threading.Event()
    fcntl.flock(first, fcntl.LOCK_EX)

    def second() -> None:
        with environment._alone():
            entered.set()

    waiting = threading.Thread(target=second)
    waiting.start()
    assert not entered.wait(0.3)
    os.close(first)
    assert entered.wait(10)
    waiting.join(10)
    assert capsys.readouterr().out == "Waiting: the environment is being made by another run\n"
    second()
    assert capsys.readouterr().out == "", "nobody is waited for"
