"""Every address of the application, read from its URL configuration, and the table that says who may ask for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from winloss.web.people.guard import OWN_GUARD, needed
from winloss.web.people.rights import GIVEN, PUBLIC, SIGNED_IN, Right, Role

TABLE = Path(__file__).with_name("permissions.txt")
ANYBODY = "anonymous"
ASKERS = (ANYBODY, *(role.value for role in Role))
WHOSE = ("own", "team", "other")
NONE = "-"
SIGN_IN = "in"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True, slots=True)
class Route:
    """One address, with `<name>` where it takes something, and the view behind it."""

    address: str
    view: Callable[..., Any]

    @property
    def takes(self) -> tuple[str, ...]:
        return tuple(re.findall(r"<(\w+)>", self.address))

    @property
    def ours(self) -> bool:
        """Not of the sign-in library, nor a page of it in our look, nor what the API says of itself."""
        return (
            not self.view.__module__.startswith(("allauth.", "django.", "functools"))
            and "/accounts/" not in self.address
        )

    @property
    def guards_itself(self) -> bool:
        """The API, whose callers may come with a token."""
        return needed(self.view) == OWN_GUARD


def routes() -> dict[str, Route]:
    """Address → route, of every app, library and the API."""
    found: dict[str, Route] = {}
    for address, view in _walked(get_resolver(), "/"):
        found.setdefault(address, Route(address, view))
    return found


def _walked(resolver: URLResolver, before: str) -> Iterator[tuple[str, Callable[..., Any]]]:
    for pattern in resolver.url_patterns:
        address = before + _plain(str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield address, pattern.callback
        else:
            yield from _walked(pattern, address)


def _plain(pattern: str) -> str:
    """`<str:deal_id>` and `(?P<deal_id>[^/]+)` as `<deal_id>`."""
    named = re.sub(r"\(\?P<(\w+)>(?:[^()\[\]]|\[[^\]]*\])*\)", r"<\1>", pattern)
    return re.sub(r"<\w+:(\w+)>", r"<\1>", named).replace("^", "").replace("$", "").replace(r"\Z", "")


@dataclass(frozen=True, slots=True)
class Row:
    """What each person is answered who asks for one address with one method."""

    method: str
    address: str
    whose: str
    answers: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.method} {self.address}{'' if self.whose == NONE else f' {self.whose}'}"

    @property
    def line(self) -> str:
        return f"{self.method:<6} {self.address:<48} {self.whose:<5} " + " ".join(f"{a:>9}" for a in self.answers)

    @property
    def by_asker(self) -> dict[str, str]:
        return dict(zip(ASKERS, self.answers, strict=True))


def rows() -> list[Row]:
    """The table, line by line."""
    found = []
    for number, line in enumerate(TABLE.read_text(encoding="utf-8").splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        assert len(words) == 3 + len(ASKERS), f"{TABLE.name}, line {number}: method, address, whose, then {ASKERS}"
        assert words[0] in METHODS, f"{TABLE.name}, line {number}: no method is called {words[0]!r}"
        assert words[2] in (NONE, *WHOSE), f"{TABLE.name}, line {number}: whose is one of {(NONE, *WHOSE)}"
        found.append(Row(words[0], words[1], words[2], tuple(words[3:])))
    return found


def proposed(route: Route) -> list[Row]:
    """Rows as the view's declared right would have them: to be judged by a person, not to be believed."""
    right = needed(route.view)
    answers = ["200"] * len(ASKERS)
    if right not in (PUBLIC, OWN_GUARD):
        answers[0] = SIGN_IN
    if isinstance(right, Right) and right not in (PUBLIC, SIGNED_IN):
        answers[1:] = ["200" if role in GIVEN[right] else "403" for role in Role]
    whose = WHOSE if route.takes else (NONE,)
    return [Row("GET", route.address, one, tuple(answers)) for one in whose]
