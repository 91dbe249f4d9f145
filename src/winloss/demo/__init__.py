"""An invented company whose true causes are known: test data, and a first look at a report.

`invent` makes a `Company`; its tables stand in the columns of `winloss.tables`, its exports look like those
of three CRMs, and its `truth` says what is really going on. A twin looks like it, and nothing is going on.
"""

from __future__ import annotations

from winloss.demo.company import Company, invent
from winloss.demo.exports import FLAVOURS, write
from winloss.demo.truth import Cause, Truth
from winloss.demo.world import Twin

__all__ = ["FLAVOURS", "Cause", "Company", "Truth", "Twin", "invent", "write"]
