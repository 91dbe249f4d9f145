"""Files as three CRMs write them, with their headers, dates and words, and as untidy as life; or plain tables.

The headers are the demo's own: whoever reads them has to recognise them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from winloss.demo import cast, pages
from winloss.demo.block import Block, rep_name
from winloss.demo.columns import Column, blank_where, dates, digits, either, joined, named, numbered
from winloss.demo.company import Company
from winloss.demo.draw import Ints, Rng, generator
from winloss.demo.facts import month_of
from winloss.demo.fates import OPEN, WON
from winloss.demo.world import LAST
from winloss.errors import UserError
from winloss.tables import TABLES

Columns = dict[str, Column]
UNTIDY = 0.03
"""Share of the values of a picklist that are written in another way."""
UNTIDY_COLUMNS = ("industry", "lead_source", "country")
NARROW_SPACE = "\N{NO-BREAK SPACE}"

HUBSPOT_STAGES = ("Closed won", "Closed lost", "Closed no decision", "Closed lost", *cast.OPEN_STAGES)
PIPEDRIVE_STATUS = ("Won", "Lost", "Lost", "Lost", "Open")
SALESFORCE_CHANCE = (100, 0, 0, 0, 10, 30, 60, 80)


def salesforce(block: Block, deals: pa.RecordBatch, rng: Rng) -> Columns:
    """An opportunity report: month first, every deal has a close date, the open ones an expected one."""
    stage = _stage_index(block)
    return {
        "Opportunity ID": numbered("006Lq0000", block.numbers, width=9),
        "Opportunity Owner": _owners(block),
        "Account Name": deals["account_name"],
        "Opportunity Name": deals["deal_name"],
        "Stage": deals["deal_stage"],
        "Fiscal Period": _fiscal(block),
        "Amount Currency": deals["currency"],
        "Amount": _money(deals),
        "Probability (%)": pa.array(np.array(SALESFORCE_CHANCE)[stage]).cast(pa.string()),
        "Age": pa.array(np.minimum(block.facts.closed, LAST) - block.facts.created).cast(pa.string()),
        "Close Date": _american(dates(block.facts.closed)),
        "Created Date": _american(deals["created_on"]),
        "Last Modified Date": _american(deals["modified_at"].cast(pa.date32())),
        "Next Step": named(np.where(stage >= OPEN, rng.integers(0, 3, block.size), -1), ("Call", "Send quote", "Demo")),
        "Lead Source": deals["lead_source"],
        "Type": deals["deal_type"],
        "Primary Campaign Source": deals["campaign"],
        "Lead Content": deals["content"],
        "Industry": deals["industry"],
        "Billing Country": deals["country"],
        "Region": deals["region"],
        "Company Size": deals["size_band"],
        "Segment": deals[cast.SEGMENT_COLUMN],
        "Product": deals["product"],
        "Contact Role": deals["persona"],
        "Loss Reason": deals["loss_reason_raw"],
        "Win Reason": deals["win_reason_raw"],
        "Main Competitor": deals["competitor_raw"],
        "Description": deals["notes"],
    }


def hubspot(block: Block, deals: pa.RecordBatch, _rng: Rng) -> Columns:
    """A deals export: ISO dates to the minute, one column for each kind of reason."""
    won = block.fates.outcome == WON
    return {
        "Record ID": numbered("", 9_100_000_000 + block.numbers),
        "Deal Name": deals["deal_name"],
        "Deal Stage": named(_stage_index(block), HUBSPOT_STAGES),
        "Pipeline": named(np.zeros(block.size, dtype=np.int64), ["Sales Pipeline"]),
        "Amount": _money(deals),
        "Currency": deals["currency"],
        "Close Date": _to_minute(deals["closed_at"]),
        "Create Date": _to_minute(deals["created_at"]),
        "Last Modified Date": _to_minute(deals["modified_at"]),
        "Deal owner": _owners(block),
        "Associated Company": deals["account_name"],
        "Is Closed Won": named(won.astype(np.int64), ["false", "true"]),
        "Closed Lost Reason": deals["loss_reason_raw"],
        "Closed Won Reason": deals["win_reason_raw"],
        "Competitor": deals["competitor_raw"],
        "Deal Type": deals["deal_type"],
        "Lead Source": deals["lead_source"],
        "Campaign": deals["campaign"],
        "Content": deals["content"],
        "Industry": deals["industry"],
        "Country": deals["country"],
        "Sales Region": deals["region"],
        "Company Size": deals["size_band"],
        "Market Segment": deals[cast.SEGMENT_COLUMN],
        "Product": deals["product"],
        "Buyer Persona": deals["persona"],
        "Team": deals["team"],
        "Deal Description": deals["notes"],
    }


def pipedrive(block: Block, deals: pa.RecordBatch, _rng: Rng) -> Columns:
    """A deals export: a status, a stage that stays where it was, a time for wins and one for losses.

    Pipedrive has no word for a deal that ended without a decision: it is lost.
    """
    lost = ~(block.fates.outcome == WON) & ~(block.fates.outcome == OPEN)
    closed = _to_second(deals["closed_at"])
    columns = {
        "ID": numbered("", block.numbers),
        "Title": deals["deal_name"],
        "Status": named(block.fates.outcome, PIPEDRIVE_STATUS),
        "Value": _money(deals),
        "Currency": deals["currency"],
        "Organization": deals["account_name"],
        "Owner": _owners(block),
        "Pipeline": named(np.zeros(block.size, dtype=np.int64), ["Pipeline"]),
        "Stage": deals["stage_reached"],
        "Lost reason": deals["loss_reason_raw"],
        "Win reason": deals["win_reason_raw"],
        "Competitor": deals["competitor_raw"],
        "Deal created": _to_second(deals["created_at"]),
        "Update time": _to_second(deals["modified_at"]),
        "Won time": blank_where(closed, lost),
        "Lost time": blank_where(closed, block.fates.outcome == WON),
        "Deal closed on": closed,
        "Source channel": deals["lead_source"],
        "Campaign": deals["campaign"],
        "Content": deals["content"],
        "Industry": deals["industry"],
        "Country": deals["country"],
        "Region": deals["region"],
        "Company size": deals["size_band"],
        "Market segment": deals[cast.SEGMENT_COLUMN],
        "Product": deals["product"],
        "Contact role": deals["persona"],
        "Type": deals["deal_type"],
        "Notes": deals["notes"],
    }
    return {f"Deal - {header}": column for header, column in columns.items()}


_CRMS: Mapping[str, tuple[str, Callable[[Block, pa.RecordBatch, Rng], Columns]]] = {
    "salesforce": ("opportunities.csv", salesforce),
    "hubspot": ("hubspot-deals.csv", hubspot),
    "pipedrive": ("pipedrive-deals.csv", pipedrive),
}
FLAVOURS = (*_CRMS, "tables")


def write(company: Company, folder: Path, *, flavour: str = "tables") -> tuple[Path, ...]:
    """Write the company's files into `folder`, made where it is missing; returns them, the deals first.

    A CRM's flavour gives its deals as CSV, with `leads.csv` and `spend.csv`; `tables` gives every table as
    Parquet. Files of the same name are replaced. UserError where the flavour is unknown.
    """
    if flavour not in FLAVOURS:
        raise UserError(f"No export is called {flavour!r}: choose one of {', '.join(FLAVOURS)}.")
    folder.mkdir(parents=True, exist_ok=True)
    if flavour == "tables":
        return _parquet(company, folder)
    name, make = _CRMS[flavour]
    deals = _deals_csv(company, folder / name, make)
    if flavour == "salesforce":
        _footer(deals, company.deals)
    return deals, _leads_csv(company, folder / "leads.csv"), _spend_csv(company, folder / "spend.csv")


def _parquet(company: Company, folder: Path) -> tuple[Path, ...]:
    """All tables, each block made once."""
    with ExitStack() as closing:
        writers = {name: closing.enter_context(_writer(folder, name)) for name in TABLES}
        for name in TABLES.keys() - pages.OF_BLOCK:
            for page in company.pages(name):
                writers[name].write_batch(page)
        for block in company.blocks:
            for name, make in pages.OF_BLOCK.items():
                writers[name].write_batch(make(block))
    return tuple(folder / f"{name}.parquet" for name in TABLES)


def _writer(folder: Path, name: str) -> pq.ParquetWriter:
    return pq.ParquetWriter(folder / f"{name}.parquet", pages.schema(name), compression="zstd")


def _deals_csv(company: Company, path: Path, make: Callable[[Block, pa.RecordBatch, Rng], Columns]) -> Path:
    writer = None
    for block in company.blocks:
        rng = generator(company.seed, "mess", 1_000_000 + block.number)
        page = pa.RecordBatch.from_pydict(make(block, _untidied(pages.deals(block), rng), rng))
        writer = writer or pcsv.CSVWriter(path, page.schema, write_options=_AS_NEEDED)
        writer.write_batch(page)
    if writer:
        writer.close()
    return path


_AS_NEEDED = pcsv.WriteOptions(quoting_style="needed")


def _untidied(deals: pa.RecordBatch, rng: Rng) -> pa.RecordBatch:
    """Some values of picklists in lower case, with a space at the end or one that does not break."""
    columns = {name: deals[name] for name in deals.schema.names}
    for name in UNTIDY_COLUMNS:
        clean: Any = columns[name]
        narrow = pc.replace_substring(clean, pattern=" ", replacement=NARROW_SPACE)
        way = rng.random(len(clean))
        for part, other in enumerate((pc.utf8_lower(clean), joined(clean, " "), narrow)):
            here = (way >= part * UNTIDY / 3) & (way < (part + 1) * UNTIDY / 3)
            columns[name] = either(here, other, columns[name])
    return pa.RecordBatch.from_pydict(columns)


def _leads_csv(company: Company, path: Path) -> Path:
    headers = {
        "lead_id": "Lead ID",
        "created_on": "Created Date",
        "lead_source": "Lead Source",
        "campaign": "Campaign",
        "content": "Lead Content",
        "status": "Lead Status",
    }
    return _plain_csv(company, "leads", path, headers)


def _spend_csv(company: Company, path: Path) -> Path:
    headers = {
        "spent_on": "Date",
        "lead_source": "Lead Source",
        "campaign": "Campaign",
        "amount_cents": "Spend",
        "currency": "Currency",
        "impressions": "Impressions",
        "clicks": "Clicks",
    }
    return _plain_csv(company, "spend", path, headers)


def _plain_csv(company: Company, table: str, path: Path, headers: Mapping[str, str]) -> Path:
    whole = company.table(table)
    if "amount_cents" in headers:
        position = whole.schema.get_field_index("amount_cents")
        whole = whole.set_column(position, "amount_cents", pc.divide(whole["amount_cents"].cast(pa.float64()), 100.0))
    picked = whole.select(list(headers)).rename_columns(list(headers.values()))
    pcsv.write_csv(picked, path, _AS_NEEDED)
    return path


def _footer(path: Path, deals: int) -> None:
    """What a report of that CRM ends with."""
    lines = (
        "",
        f"Grand Totals ({deals:,} records)",
        "Confidential Information - Do Not Distribute",
        f"Generated by: Sales Operations {cast.LAST_DAY.month}/{cast.LAST_DAY.day}/{cast.LAST_DAY.year}",
    )
    with path.open("a", encoding="utf-8", newline="") as file:
        file.writelines(f'"{line}"\n' if line else "\n" for line in lines)


def _stage_index(block: Block) -> Ints:
    """Closed stages by outcome, then the open ones."""
    return np.where(block.fates.outcome == OPEN, OPEN + pages.stage_reached(block), block.fates.outcome)


def _owners(block: Block) -> Column:
    return named(block.facts.rep, [rep_name(number) for number in range(block.world.reps)])


def _money(deals: pa.RecordBatch) -> Column:
    cents: Any = deals["amount_cents"]
    whole = pc.divide(cents, 100)
    rest: Any = pc.subtract(cents, pc.multiply(whole, 100)).cast(pa.string())
    return joined(whole.cast(pa.string()), pc.utf8_lpad(rest, width=2, padding="0"), between=".")


def _fiscal(block: Block) -> Column:
    month = month_of(block.facts.closed)
    return joined("Q", digits(month % 12 // 3 + 1), "-", digits(1970 + month // 12))


def _american(days: Any) -> Column:
    parts = (pc.month(days), pc.day(days), pc.year(days))
    return joined(*(part.cast(pa.string()) for part in parts), between="/")


def _to_minute(moments: Column) -> Column:
    return _clipped(moments, 16)


def _to_second(moments: Column) -> Column:
    return _clipped(moments, 19)


def _clipped(moments: Column, letters: int) -> Column:
    written: Any = moments.cast(pa.timestamp("s")).cast(pa.string())
    clipped: Column = pc.utf8_slice_codeunits(written, start=0, stop=letters)
    return clipped
