"""What can be set: by environment (`WINLOSS_…`), by `winloss.toml` in the home folder, or not at all.

Read once, when a process starts. The environment wins over the file, the file over what stands here.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from winloss.errors import UserError

HOME = "WINLOSS_HOME"
FILE = "winloss.toml"


class Config(BaseSettings):
    """The settings of one installation; each is `WINLOSS_` and its name in capitals in the environment."""

    model_config = SettingsConfigDict(env_prefix="WINLOSS_", extra="forbid", frozen=True)

    home: Path = Field(Path("winloss-home"), description="The folder that holds everything: book, database, uploads.")
    database_url: str = Field(
        "", description="PostgreSQL as `postgresql://user:password@host:port/name`; empty: SQLite in the home folder."
    )
    address: str = Field(
        "http://127.0.0.1:8700", description="Where people open it; links in mails and sign-in by a provider use it."
    )
    allowed_hosts: list[str] = Field(
        default_factory=list, description="Further host names it answers to, beside that of `address`."
    )
    behind_proxy: bool = Field(
        default=False,
        description="True where a proxy ends TLS in front of it and sets X-Forwarded-Proto and X-Forwarded-For.",
    )
    secret_keys: list[str] = Field(
        default_factory=list,
        description=(
            "Keys that sign sessions and encrypt what is secret in the database, newest first; "
            "empty: the file `secret.keys` in the home folder, made at `winloss init`."
        ),
    )
    fiscal_year_start_month: int = Field(
        1, ge=1, le=12, description="The month in which the fiscal year begins, 1 to 12: where quarters begin."
    )
    exclude: list[str] = Field(
        default_factory=list,
        description=(
            "Segments whose deals are left out of every page and every result, each as `deal_type = Renewal`, "
            "as by `winloss report --exclude`."
        ),
    )
    upload_most_mb: int = Field(512, ge=1, description="The largest file that can be uploaded, in megabytes.")
    session_hours: int = Field(24 * 14, ge=1, description="How long a person stays signed in, in hours.")
    invitation_days: int = Field(7, ge=1, description="How long an invitation can be taken up, in days.")
    workers: int = Field(2, ge=1, description="Processes that answer requests.")
    job_lease_s: int = Field(
        60, ge=5, description="Seconds without a sign of life after which another worker takes a job over."
    )
    job_attempts: int = Field(5, ge=1, description="How often a job is tried before it waits for a person.")
    watch_folder: Path | None = Field(None, description="A folder whose exports are imported again when they change.")
    watch_every_minutes: int = Field(15, ge=1, description="How often that folder is looked at, in minutes.")
    email_url: str = Field(
        "", description="A mail server as `smtp://user:password@host:port`; empty: no mail, links are shown instead."
    )
    email_from: str = Field("winloss@localhost", description="Whom mails come from.")
    oidc_name: str = Field("", description="What the company calls its sign-in, as on the button; empty: none.")
    oidc_server: str = Field("", description="The provider's address (OpenID Connect discovery is read below it).")
    oidc_client_id: str = Field("", description="The client id that the provider gave.")
    oidc_client_secret: str = Field("", description="The client secret that the provider gave.")
    oidc_trust_email: bool = Field(
        default=False,
        description=(
            "True where the provider gives out the company's own addresses only and does not say `email_verified` "
            "(Microsoft Entra); an address that it calls unverified is refused all the same."
        ),
    )
    engine_memory: str = Field("1GB", description="Memory that reading the book may take in each process.")
    metrics_token: str = Field(
        "", description="Whoever sends it as `Authorization: Bearer …` reads /metrics; empty: only this machine does."
    )
    log_format: Literal["text", "json"] = Field("text", description="How log lines are written.")

    @field_validator("exclude")
    @classmethod
    def _segments(cls, written: list[str]) -> list[str]:
        """The segments in their one text form."""
        return sorted({_segment(one) for one in written})

    @property
    def book(self) -> Path:
        return self.home / "book"

    @property
    def uploads(self) -> Path:
        return self.home / "uploads"

    @property
    def run(self) -> Path:
        """What the processes that run now keep: locks, counters. Worth nothing once they have ended."""
        return self.home / "run"

    @property
    def results(self) -> Path:
        """What was computed of each version of the book; may be deleted, and is computed again."""
        return self.home / "results"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # no file of secrets beside the program
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = Path(os.environ.get(HOME, "winloss-home")) / FILE
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def _segment(written: str) -> str:
    from winloss.tables.segment import Segment  # takes a second to import; most commands leave nothing out

    try:
        segment = Segment.parse(written)
    except UserError as error:
        raise ValueError(str(error)) from error
    if not segment.conditions:
        raise ValueError("An empty segment is every deal: write a condition, or take it out")
    return str(segment)


def read(**given: Any) -> Config:
    """The configuration in force.

    Raises
    ------
    UserError
        Where a setting cannot be read, naming it and where it is set.
    """
    try:
        return Config(**given)
    except tomllib.TOMLDecodeError as error:
        place = Path(os.environ.get(HOME, "winloss-home")) / FILE
        raise UserError(f"{place} is no TOML: {error}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise _unread(str(first["loc"][0]), first["msg"].removeprefix("Value error, ")) from error
    except SettingsError as error:
        name = next((name for name in Config.model_fields if f'"{name}"' in str(error)), "")
        raise _unread(name, """it is a list, written as JSON: '["one", "another"]'""") from error


def _unread(name: str, why: str) -> UserError:
    return UserError(f"The setting {name} (WINLOSS_{name.upper()}) cannot be read: {why.rstrip('.')}.")
