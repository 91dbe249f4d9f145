"""Leads and the deals they became."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa

from winloss.sources.files.arrow import Array
from winloss.sources.files.arrow import kernels as pc


def with_deals(leads: pa.RecordBatch, pairs: Sequence[tuple[Array, Array]]) -> pa.RecordBatch:
    """A batch of leads with `deal_id` filled where a deal names the lead.

    Parameters
    ----------
    leads
        A batch of `leads`.
    pairs
        Lead ids and deal ids, a pair of arrays each.
    """
    if not pairs:
        return leads
    lead_ids = pa.concat_arrays([lead for lead, _ in pairs])
    deal_ids = pa.concat_arrays([deal for _, deal in pairs])
    places = pc.index_in(leads.column("lead_id"), lead_ids)
    found = pc.coalesce(leads.column("deal_id"), deal_ids.take(places))
    return leads.set_column(leads.schema.get_field_index("deal_id"), "deal_id", found)
