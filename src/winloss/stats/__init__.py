"""Numbers that know no deals: intervals, tests, false-discovery control, effects."""
