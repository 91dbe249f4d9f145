"""What is typed wrongly is answered in one sentence, with exit code 2."""

from __future__ import annotations

import pytest

from winloss import cli


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--nope"], "No such option: --nope."),
        (["frob"], "No such command 'frob'."),
        (["import"], "Missing argument"),
        (["report", "--window", "-5", "x.csv"], "Invalid value for '--window'"),
        (["report", "x.csv", "-o", "x.pdf"], "No report format is called 'pdf'"),
        (["report"], "Give either files or --book"),
        (["report", "x.csv", "--as-of", "soon"], "'soon' is no date"),
        (["report", "x.csv", "--at", "2"], "--at is for a book"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_sentence(
    typed: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["winloss", *typed])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    told = capsys.readouterr().err
    assert ended.value.code == 2
    assert said in told
    assert told.count("\n") == 1
    assert told.startswith("winloss: ")
