"""Log lines as JSON, one object a line."""

from __future__ import annotations

import datetime as dt
import json
import logging


class Lines(logging.Formatter):
    """Time, level, logger and message of a record; of an error its trace as well."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            told["trace"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False)
