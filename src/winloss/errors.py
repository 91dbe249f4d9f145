"""What can go wrong, told apart once, at the edge.

Every error that a user may meet is one of these; anything else that reaches the edge is an
`InternalError`, a defect of ours. The message is one sentence that says what happened and what to do.
"""

from __future__ import annotations


class WinlossError(Exception):
    """Base of all errors of winloss; `exit_code` is what the command line exits with."""

    exit_code = 1


class StoppedError(WinlossError):
    """The reader ended it at a question, and the message says what was done until then."""


class UserError(WinlossError):
    """The reader can fix it, and the message says how."""

    exit_code = 2


class SettingError(UserError):
    """A setting cannot be applied: whoever runs winloss corrects it."""


class NoSuchFieldError(UserError):
    """Deals have no field of this name; `meant` is one that they have and that is written much like it, or ""."""

    def __init__(
        self, name: str, meant: str = "", *, otherwise: str = "`winloss inspect` lists the fields of a file."
    ) -> None:
        self.name, self.meant = name, meant
        super().__init__(f"No field is called {name!r}: {f'did you mean {meant!r}?' if meant else otherwise}")


class SourceError(WinlossError):
    """A file or a CRM could not be read; names the connection, the table and the request.

    Parameters
    ----------
    message
        One sentence.
    permanent
        True where trying again cannot help.
    """

    exit_code = 3

    def __init__(self, message: str, *, permanent: bool = True) -> None:
        super().__init__(message)
        self.permanent = permanent


class DataError(WinlossError):
    """Rows break a declaration; gives the keys and where the rejected rows went."""

    exit_code = 4


class InternalError(WinlossError):
    """A defect of winloss itself."""

    exit_code = 70
