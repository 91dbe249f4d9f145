"""The command line: thin commands, each importing what is heavy when it runs.

A command module has a `register(app)`; adding one is one line in `COMMANDS`.
Errors are told apart here, once: exit codes as in `winloss.errors`, no traceback for bad input.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

import typer
from typer.exceptions import TyperException

from winloss.errors import InternalError, UserError, WinlossError

# Matrices have a hundred rows at most here: on a busy machine threads over them wait a hundred times as long as they work.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

COMMANDS = (
    *("report", "segments", "inspect", "importing", "book", "reasons", "act", "demo"),
    *("init", "serve", "detached", "worker", "audit", "keys", "forget", "backup", "doctor"),
)

_STOPPED = "Stopped before it was done."

app = typer.Typer(
    name="winloss",
    help="Why deals are won and lost: from a CRM export to a report worth acting on.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from winloss import __version__

        typer.echo(f"winloss {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


for _name in COMMANDS:
    import_module(f"winloss.cli.{_name}").register(app)


def main() -> None:
    """Run the command line and exit; every error becomes one sentence on stderr and its exit code."""
    try:
        ended = app(standalone_mode=False)
        sys.exit(ended if isinstance(ended, int) else 0)
    except TyperException as error:
        sys.exit(_misused(error))
    except WinlossError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except typer.Abort:  # at a question: Ctrl-C, or no answer to be had
        _say(_STOPPED)
        sys.exit(1)
    except KeyboardInterrupt:
        _say(_STOPPED)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(141)
    except Exception as error:  # the edge: nothing else may reach a user
        if os.environ.get("WINLOSS_DEBUG"):
            raise
        _say(
            f"winloss met a defect of its own ({type(error).__name__}: {str(error)[:200]}). "
            "Nothing was changed. Please report it; WINLOSS_DEBUG=1 shows where."
        )
        sys.exit(InternalError.exit_code)


def _misused(error: TyperException) -> int:
    """Say what is wrong with the command line, as one sentence; a command without arguments shows its help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        print(error.format_message(), file=sys.stderr)
    else:
        said = " ".join(error.format_message().split())
        _say(f"{said if said.endswith(('.', '?')) else said + '.'} `winloss --help` lists what there is.")
    return UserError.exit_code


def _say(sentence: str) -> None:
    print(f"winloss: {sentence}", file=sys.stderr)
