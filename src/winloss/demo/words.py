"""Notes as people write them: a small grammar of many variants, in English and in German, tidy and less so."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow.compute as pc

from winloss.demo import cast
from winloss.demo.block import Block
from winloss.demo.columns import Column, blank_where, either, joined, named
from winloss.demo.draw import Flags, Ints, Rng
from winloss.demo.fates import DISQUALIFIED, OPEN, WON

FILLED = 0.62
"""Share of closed deals with a note; of open deals it is half of that."""
CARELESS = 0.12
"""Share of the notes without capitals."""
GERMAN = 0.55
"""Share of the notes in DACH written in German."""
DACH = list(cast.REGIONS).index("DACH")

OPENINGS = (
    "",
    "",
    "",
    "Call today. ",
    "Short call with {persona}. ",
    "Spoke to {persona}. ",
    "Mail from {persona}: ",
    "After the last meeting: ",
    "Debrief. ",
    "FYI ",
    "Heard back at last. ",
    "Update - ",
    "Talked it through with the team. ",
)
OPENINGS_DE = (
    "",
    "",
    "Kurzes Telefonat. ",
    "Rückmeldung vom Kunden: ",
    "Nach dem letzten Termin: ",
    "Mail heute früh: ",
    "Stand: ",
)

LOST: tuple[tuple[str, ...], ...] = (
    (
        "Could not get past the price, even with two years up front.",
        "They liked it but we came in about a third above what they had set aside.",
        "Too expensive for what they need now.",
        "Finance asked what it pays back and we had no good number.",
        "Wanted 25% off, we stopped at 10.",
        "cheaper offer on the table, no way to match it",
    ),
    (
        "We do not have the shift swap they need on mobile.",
        "No link to their payroll, that was a must.",
        "Reporting across sites is missing.",
        "They tested it for a week and the import of rotas kept failing.",
        "Needs an on-site version, we do not offer one.",
        "feature list was the problem: no multi-depot planning",
    ),
    (
        "Afraid of the move from the old system in high season.",
        "IT said three months of rollout is two too many.",
        "Nobody on their side had time for the setup.",
        "Migration of ten years of rotas looked too risky to them.",
        "they did not believe we could be live by summer",
    ),
    (
        "They wanted references of their size and we had none to show.",
        "Legal was not happy with where the data is kept.",
        "Worried that we are too small to be around in five years.",
        "Security questionnaire came back with too many open points.",
        "never heard of us before, the board went for a known name",
    ),
    (
        "We took eight days for the quote. Too slow.",
        "Two of us told them different things about the contract.",
        "They felt the demo was not about them.",
        "We never got to the person who decides.",
        "Missed the follow-up in week two and it went quiet.",
    ),
    (
        "They did not understand what we do better for them.",
        "Our deck speaks to warehouses, not to wards.",
        "Their material spoke their language, ours did not.",
        "Nothing on our site about their kind of shifts, so they thought we do not do it.",
        "said our story sounds like everyone's",
        "The other side had a paper on staffing rules, we had a flyer.",
    ),
    (
        "Our champion left in the middle of it.",
        "Budget was cut for the year.",
        "They are being merged, everything is on hold.",
        "New head of operations wants to look at everything again.",
        "Reorg. Nobody owns the topic any more.",
    ),
    (
        "No decision, they stay with spreadsheets for now.",
        "Not before next year.",
        "Pushed again. They do not feel enough pain.",
        "Went quiet after the proposal.",
        "Come back in half a year, they say.",
        "they want to wait until the season is over",
    ),
    (
        "Only six people to plan, they do not need it.",
        "Was looking for a time clock, not for planning.",
        "Student project.",
        "Wrong kind of company for us.",
    ),
    ("Hard to say.", "Lost, see mail thread.", "tbd", "No single reason."),
)
"""By the order of REASONS: what the buyer said."""

LOST_DE: tuple[tuple[str, ...], ...] = (
    (
        "Am Ende zu teuer.",
        "Budget liegt ein Drittel unter unserem Angebot.",
        "Preis war das Thema, Rabatt hat nicht gereicht.",
    ),
    ("Schnittstelle zur Lohnabrechnung fehlt.", "Schichttausch am Handy fehlt ihnen.", "Funktionsumfang passt nicht."),
    ("Umstellung vor der Saison ist ihnen zu riskant.", "IT sieht keine Kapazität für die Einführung."),
    ("Keine Referenz in ihrer Größe.", "Datenschutz hat Bedenken."),
    ("Angebot kam zu spät.", "Wir waren zu langsam.", "Nie mit dem Entscheider gesprochen."),
    ("Sie haben nicht verstanden, was wir besser machen.", "Unsere Unterlagen passen nicht zu ihrem Alltag."),
    ("Unser Ansprechpartner ist weg.", "Budget gestrichen.", "Umstrukturierung, alles gestoppt."),
    ("Keine Entscheidung, bleibt alles wie es ist.", "Erst nächstes Jahr wieder.", "Meldet sich nicht mehr."),
    ("Kein Bedarf.", "Zu klein für uns."),
    ("Schwer zu sagen.", "Siehe Mails."),
)

WON_BECAUSE: tuple[tuple[str, ...], ...] = (
    ("Price was right.", "Two-year offer convinced finance.", "Best value of the three they looked at."),
    (
        "Planning across sites was what they needed.",
        "Mobile shift swap sold it.",
        "It does what they need out of the box.",
    ),
    ("Live in two weeks, that decided it.", "Import of the old rotas worked in the demo."),
    ("Reference call went very well.", "They trust us since the pilot."),
    ("Quick answers all the way.", "Good work with the presales, they felt understood."),
    ("The worksheet made their case with the board.", "Our material fitted their world."),
    ("Signed.",),
    ("Right moment, old contract ran out.",),
    ("Fits like a glove.",),
    ("Won, details in the thread.", "Signed today!"),
)

WON_DE: tuple[tuple[str, ...], ...] = (
    ("Preis hat gepasst.", "Bestes Angebot der drei."),
    ("Planung über alle Standorte war der Punkt.", "Schichttausch am Handy hat überzeugt."),
    ("In zwei Wochen live, das gab den Ausschlag.",),
    ("Referenzgespräch lief sehr gut.", "Vertrauen seit dem Pilot."),
    ("Schnelle Antworten, gute Betreuung.",),
    ("Unsere Unterlagen haben intern überzeugt.",),
    ("Unterschrieben.",),
    ("Alter Vertrag lief aus, guter Moment.",),
    ("Passt einfach.",),
    ("Gewonnen, siehe Mails.", "Heute unterschrieben!"),
)

JUNK_NOTES = ("same company twice", "number does not exist", "duplicate of another deal", "wrong number, mail bounces")
OPEN_NOTES = (
    "Demo planned.",
    "Waiting for feedback.",
    "Proposal sent.",
    "Next call in two weeks.",
    "They compare.",
)

RIVAL_CLAUSES_DE = (" Gehen zu {rival}.", " {rival} war auch dabei.", " (gegen {rival})", "")
CLOSINGS_DE = ("", "", "", " Details in den Mails.", " Siehe Akte.", "  ")
RIVAL_CLAUSES = (
    " Going with {rival}.",
    " {rival} was in it too.",
    " They had {rival} on the list.",
    " (vs {rival})",
    "",
)
CLOSINGS = ("", "", "", " See mails.", " Noted in the file.", "  ", " !!")
CLOSINGS_LOST = ("", "", "", " Will try again.", " Follow up later.", " See mails.", " :(", " Noted in the file.", "  ")


def notes(block: Block) -> Column:
    """One note a deal, or null. What is said follows the buyer's reason, not the one in the CRM."""
    rng = block.rng("words")
    german = (block.world.rep_region[block.facts.rep] == DACH) & (rng.random(block.size) < GERMAN)
    german &= block.fates.is_closed
    parts = [
        _openings(rng, block, german),
        _bodies(rng, block, german),
        _rivals(rng, block, german),
        _closings(rng, block, german),
    ]
    said: Any = pc.utf8_trim_whitespace(joined(*parts))
    said = either(rng.random(block.size) < CARELESS, pc.utf8_lower(said), said)
    written = np.where(block.fates.outcome == OPEN, FILLED / 2, FILLED)
    return blank_where(said, rng.random(block.size) >= written)


def answers(block: Block, rows: Ints, *, by_buyer: bool) -> Column:
    """The free-text answers of debriefs of the deals at `rows`; a third are left empty."""
    rng = block.rng("debriefs")
    reason = block.fates.true_reason if by_buyer else block.fates.reason
    won = block.fates.outcome[rows] == WON
    said = _by_reason(rng, (LOST, WON_BECAUSE), won.astype(np.int64), reason[rows])
    return blank_where(said, rng.random(len(rows)) >= 0.67)


def _openings(rng: Rng, block: Block, german: Flags) -> Column:
    shown = np.maximum(block.facts.persona, 0)
    personas = [name if name[:2] in ("IT", "HR") else name.lower() for name in cast.PERSONAS]
    whole = [text.format(persona="the " + persona) for persona in personas for text in OPENINGS]
    english = rng.integers(0, len(OPENINGS), block.size) + shown * len(OPENINGS)
    other = rng.integers(0, len(OPENINGS_DE), block.size) + len(whole)
    return named(np.where(german, other, english), [*whole, *OPENINGS_DE])


def _bodies(rng: Rng, block: Block, german: Flags) -> Column:
    outcome = block.fates.outcome
    kind = np.select([outcome == DISQUALIFIED, outcome == OPEN], [4, 5], (outcome == WON) * 2 + german)
    junk, still_open = (JUNK_NOTES,) * len(cast.REASONS), (OPEN_NOTES,) * len(cast.REASONS)
    pools = (LOST, LOST_DE, WON_BECAUSE, WON_DE, junk, still_open)
    return _by_reason(rng, pools, kind, block.fates.true_reason)


def _by_reason(rng: Rng, pools: tuple[tuple[tuple[str, ...], ...], ...], pool: Ints, reason: Ints) -> Column:
    """One text for each deal from its pool and reason."""
    flat = [text for texts in pools for variants in texts for text in variants]
    sizes = np.array([[len(variants) for variants in texts] for texts in pools])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).reshape(sizes.shape)
    which = np.floor(rng.random(len(reason)) * sizes[pool, reason]).astype(np.int64)
    return named(starts[pool, reason] + which, flat)


def _rivals(rng: Rng, block: Block, german: Flags) -> Column:
    """A clause about the competitor of a lost deal, where there was one."""
    clauses = (*RIVAL_CLAUSES, *RIVAL_CLAUSES_DE)
    whole = ["", *(text.format(rival=name) for name in list(cast.COMPETITORS)[1:] for text in clauses)]
    english = rng.integers(0, len(RIVAL_CLAUSES), block.size)
    other = rng.integers(len(RIVAL_CLAUSES), len(clauses), block.size)
    which = 1 + (block.fates.rival - 1) * len(clauses) + np.where(german, other, english)
    told = (block.fates.rival > 0) & block.fates.is_lost
    return named(np.where(told, which, 0), whole)


def _closings(rng: Rng, block: Block, german: Flags) -> Column:
    pools = (CLOSINGS, CLOSINGS_LOST, CLOSINGS_DE)
    return _by_reason(rng, tuple((pool,) for pool in pools), np.where(german, 2, block.fates.is_lost), german * 0)
