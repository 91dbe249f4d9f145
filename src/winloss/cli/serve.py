"""`winloss serve`: the web application, with a worker beside it."""

from __future__ import annotations

import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from winloss.cli import web

if TYPE_CHECKING:
    from winloss.web.config import Config

HOST = typer.Option("127.0.0.1", "--host", help="The address it listens on; 0.0.0.0 for all of this machine.")
PORT = typer.Option(8700, "--port", min=1, max=65535, help="The port it listens on.")
NO_WORKER = typer.Option(False, "--no-worker", help="Run no worker beside it: `winloss worker` runs elsewhere.")
DETACH = typer.Option(False, "--detach", help="Go on in the background; `winloss stop` ends it.")
ACCESS_LOG = typer.Option(False, "--access-log", help="Write a line for every request.")


def register(app: typer.Typer) -> None:
    """Add `serve`."""
    app.command("serve")(serve)


def serve(
    home: Path | None = web.HOME,
    host: str = HOST,
    port: int = PORT,
    no_worker: bool = NO_WORKER,
    access_log: bool = ACCESS_LOG,
    detach: bool = DETACH,
) -> None:
    """Open winloss in the browser: makes the home folder where there is none, and runs a worker beside the server."""
    config = web.configured(home)
    if detach:
        _behind(config, host, port, no_worker=no_worker)
        return
    _port_is_free(host, port)
    web.prepare(config, address=_address(config, host, port))
    from django.conf import settings
    from django.db import connections

    from winloss.web.house import server
    from winloss.web.people.services import first_token

    first = first_token()
    connections.close_all()
    server.serve(
        host=host,
        port=port,
        processes=settings.CONFIG.workers,
        run=settings.CONFIG.run,
        logging_as=settings.LOGGING,
        access_log=access_log,
        beside=None if no_worker else server.Beside(server.worker_command(config.home)),
        opened=lambda: _say_when_open(settings.CONFIG, first, f"http://{_reached(host)}:{port}"),
    )


def _behind(config: Config, host: str, port: int, *, no_worker: bool) -> None:
    """In the background; where it runs there already, say where."""
    from winloss.cli import detached

    if detached.running(config) is not None:
        typer.echo(f"winloss runs on {config.home} already, open at {_address(config, host, port)}.")
        return
    _port_is_free(host, port)
    wanted = ["--home", str(config.home), "--host", host, "--port", str(port)]
    wanted += ["--no-worker"] if no_worker else []
    detached.begin(config, wanted, address=f"http://{_reached(host)}:{port}")


def _say_when_open(config: Config, first: str | None, address: str) -> None:
    """Say where it is as soon as something answers there; nothing where nothing does."""
    from winloss.cli import detached

    def wait() -> None:
        if detached.answered(address):
            _say(config, first)

    threading.Thread(target=wait, name="opening", daemon=True).start()


def _reached(host: str) -> str:
    """How this machine itself reaches what listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104  # not bound


def _say(config: Config, first: str | None) -> None:
    from winloss.cli import detached

    typer.echo(f"{detached.OPEN} {config.address} with its data in {config.home}. Ctrl-C ends it.")
    if first:
        typer.echo(
            f"Nobody can sign in yet: {config.address.rstrip('/')}/people/first makes the first administrator with the token {first}"
        )
    else:
        typer.echo("Sign in there with your e-mail address.")


def _address(config: Config, host: str, port: int) -> str:
    """What is set, or else where it listens."""
    if "address" in config.model_fields_set:
        return config.address
    return f"http://{_reached(host)}:{port}"


def _port_is_free(host: str, port: int) -> None:
    from winloss.errors import UserError

    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            if os.name == "posix":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except socket.gaierror as error:
        raise UserError(f"{host!r} is no address of this machine: leave --host out, or name one.") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise UserError(
            f"Port {port} on {host} cannot be opened ({why}): end what uses it, or choose another with --port."
        ) from error
