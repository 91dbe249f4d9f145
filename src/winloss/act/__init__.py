"""Act: what was decided, and whether it worked.

An `Action` is measured on one segment and one measure: deals of its window against deals before, here against the rest of
the book. What counts is the difference of the two differences, held against what other segments and other periods of
the same book did without any action. Before the window has ended and its deals are ripe there is progress and no verdict.
"""
