"""What a reader can do about the data, in the words of where they read: at a terminal, or on pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from winloss.synthesize.intake import ProblemFact
from winloss.tables.segment import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedies:
    """Ends of sentences that tell of trouble.

    Parameters
    ----------
    name_values
        Values that nobody could read were met.
    add_rates
        Amounts are in several currencies.
    leave_out
        Some deals bend the figures; with {segment}.
    ask_all
        No lost deal can be asked again for its reason; "" where nothing can be done.
    of_problems
        What to do about what reading met, a sentence by the problem's code; None where reading says it itself.
    names_files
        Whether a reader is told where on the machine a file lies.
    """

    name_values: str
    add_rates: str
    leave_out: str
    ask_all: str
    of_problems: Mapping[str, str] | None
    names_files: bool

    def leaving_out(self, segment: Segment) -> str:
        return self.leave_out.format(segment=segment)

    def telling(self, problem: ProblemFact) -> str:
        """What reading met, and what to do about it in the words of where that is read."""
        if self.of_problems is None or not problem.fact:
            return problem.message
        return f"{problem.fact} {self.of_problems.get(problem.code, '')}".rstrip()


AT_A_TERMINAL = Remedies(
    name_values="add a line to the map for each",
    add_rates="give a file of rates to add them",
    leave_out="--exclude '{segment}' leaves them out",
    ask_all="; --window DAYS asks for all of them by their age alone",
    of_problems=None,
    names_files=True,
)
ON_PAGES = Remedies(
    name_values="say what each means on the page of the upload",
    add_rates="upload a file of exchange rates together with them to add them",
    leave_out="{segment} in the setting exclude leaves them out of every page",
    ask_all="",
    of_problems={
        "unclassified_outcome": "Say on the page of the upload what each means.",
        "several_currencies": "Upload a file of exchange rates together with them to add them.",
        "file_not_joined": "Name the two columns on the page of the upload.",
        "join_found_nobody": "Write the values alike, or name two other columns on the page of the upload.",
        "ids_unknown": "Say on the page of the upload which column is the id.",
        "amount_unknown": "Say on the page of the upload which column is the amount.",
        "company_currency_unknown": "Choose it on the page of the upload.",
    },
    names_files=False,
)
