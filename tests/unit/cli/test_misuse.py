"""What is typed wrongly is answered in one sentence, with exit code 2."""

from __future__ import annotations

import pytest
import typer

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
        (["report", "--book", __file__], "is a file, and a book is a folder: give the file without --book."),
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


def test_a_question_without_an_answer_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def asking(**_options: object) -> None:
        raise typer.Abort

    monkeypatch.setattr(cli, "app", asking)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, capsys.readouterr().err) == (1, "winloss: Stopped before it was done.\n")
