"""Deals from files: CSV, workbooks, Parquet and JSON, one or several joined."""

from __future__ import annotations

from winloss.sources.files.kinds import NoDealsError
from winloss.sources.files.mapfile import MapFile, read_map
from winloss.sources.files.source import FileSource

__all__ = ["FileSource", "MapFile", "NoDealsError", "read_map"]
