"""Capture: what was said when a deal closed, and how it is read.

`taxonomy` is the list of reasons, `reasons` and `competitors` read a CRM's values once each, `resolve` joins them
to the deals, `picklist` proposes the short list that reps choose from. Pure: no file, clock or engine.
"""
