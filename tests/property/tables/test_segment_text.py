from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from winloss.tables.segment import Condition, Segment

names = st.from_regex(r"[a-z_][a-z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: name not in {"and", "in", "between", "is", "blank"}
)
values = st.text(max_size=20)
conditions = st.one_of(
    st.builds(lambda f, v: Condition(f, "=", (v,)), names, values),
    st.builds(lambda f, v: Condition(f, "in", tuple(v)), names, st.lists(values, min_size=1, max_size=4)),
    st.builds(lambda f, a, b: Condition(f, "between", (a, b)), names, values, values),
    st.builds(lambda f: Condition(f, "blank"), names),
)


@given(st.lists(conditions, max_size=4))
def test_reading_what_was_written_gives_the_same_segment(parts: list[Condition]) -> None:
    segment = Segment(tuple(parts))
    assert Segment.parse(str(segment)) == segment
