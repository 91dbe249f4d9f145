"""Notes as people write them: a small grammar of many variants, in English and in German, tidy and less so."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from winloss.demo import cast
from winloss.demo.block import Block
from winloss.demo.draw import Flags, Ints, Rng
from winloss.demo.fates import DISQUALIFIED, OPEN, WON

FILLED = 0.62
"""Share of closed deals with a note; of open deals it is half of that."""
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

JUNK_NOTES = ("same company twice", "number does not exist", "duplicate of another deal", "wrong number, mail bounces")
OPEN_NOTES = (
    "Demo planned.",
    "Waiting for feedback.",
    "Proposal sent.",
    "Next call in two weeks.",
    "They compare.",
    "Angebot ist raus.",
)

RIVAL_CLAUSES = (
    " Going with {rival}.",
    " {rival} was in it too.",
    " They had {rival} on the list.",
    " (vs {rival})",
    "",
)
CLOSINGS = (
    "",
    "",
    "",
    "",
    " Will try again.",
    " Follow up later.",
    " See mails.",
    " :(",
    " Thanks all.",
    " Noted in the file.",
    "  ",
    " !!",
)


def notes(block: Block) -> pa.Array:
    """One note a deal, or null. What is said follows the buyer's reason, not the one in the CRM."""
    rng = block.rng("words")
    german = (block.world.rep_region[block.facts.rep] == DACH) & (rng.random(block.size) < GERMAN)
    parts = [
        _openings(rng, block, german),
        _bodies(rng, block, german),
        _rivals(rng, block),
        _chosen(rng, CLOSINGS, block.size),
    ]
    said = pc.utf8_trim_whitespace(pc.binary_join_element_wise(*parts, ""))
    careless = pa.array(rng.random(block.size) < 0.12)
    said = pc.if_else(careless, pc.utf8_lower(said), said)
    open_deal = block.fates.outcome == OPEN
    filled = rng.random(block.size) < np.where(open_deal, FILLED / 2, FILLED)
    return pc.if_else(pa.array(filled), said, pa.scalar(None, pa.string()))


def answers(block: Block, rows: Ints, *, by_buyer: bool) -> pa.Array:
    """The free-text answers of debriefs of the deals at `rows`; a third are left empty."""
    rng = block.rng("debriefs")
    reason = block.fates.true_reason if by_buyer else block.fates.reason
    won = block.fates.outcome[rows] == WON
    said = _by_reason(rng, (LOST, WON_BECAUSE), won.astype(np.int64), reason[rows])
    return pc.if_else(pa.array(rng.random(len(rows)) < 0.67), said, pa.scalar(None, pa.string()))


def _openings(rng: Rng, block: Block, german: Flags) -> pa.Array:
    shown = np.maximum(block.facts.persona, 0)
    personas = [name.lower() if name[:2] not in ("IT", "HR") else name for name in cast.PERSONAS]
    whole = [text.format(persona="the " + persona) for persona in personas for text in OPENINGS]
    english = rng.integers(0, len(OPENINGS), block.size) + shown * len(OPENINGS)
    other = rng.integers(0, len(OPENINGS_DE), block.size) + len(whole)
    return pa.array([*whole, *OPENINGS_DE]).take(pa.array(np.where(german, other, english)))


def _bodies(rng: Rng, block: Block, german: Flags) -> pa.Array:
    outcome = block.fates.outcome
    kind = np.select([outcome == WON, outcome == DISQUALIFIED, outcome == OPEN, german], [2, 3, 4, 1], 0)
    junk, still_open = (JUNK_NOTES,) * len(cast.REASONS), (OPEN_NOTES,) * len(cast.REASONS)
    return _by_reason(rng, (LOST, LOST_DE, WON_BECAUSE, junk, still_open), kind, block.fates.true_reason)


def _by_reason(rng: Rng, pools: tuple[tuple[tuple[str, ...], ...], ...], pool: Ints, reason: Ints) -> pa.Array:
    """One text for each deal from its pool and reason."""
    flat = [text for texts in pools for variants in texts for text in variants]
    sizes = np.array([[len(variants) for variants in texts] for texts in pools])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).reshape(sizes.shape)
    which = np.floor(rng.random(len(reason)) * sizes[pool, reason]).astype(np.int64)
    return pa.array(flat).take(pa.array(starts[pool, reason] + which))


def _rivals(rng: Rng, block: Block) -> pa.Array:
    names = list(cast.COMPETITORS)
    whole = ["", *(text.format(rival=name) for name in names[1:] for text in RIVAL_CLAUSES)]
    rival = block.fates.rival
    which = 1 + (rival - 1) * len(RIVAL_CLAUSES) + rng.integers(0, len(RIVAL_CLAUSES), block.size)
    told = (rival > 0) & block.fates.is_lost
    return pa.array(whole).take(pa.array(np.where(told, which, 0)))


def _chosen(rng: Rng, texts: tuple[str, ...], count: int) -> pa.Array:
    return pa.array(texts).take(pa.array(rng.integers(0, len(texts), count)))
