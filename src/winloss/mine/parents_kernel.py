"""Conditions numbered and children counted in machine code. Needs numba; importing this compiles nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from winloss.mine.cubes import compiled, inside
from winloss.mine.table import MOST_LEVELS_OF_RUNS

Codes = NDArray[np.uint8]
Numbers = NDArray[np.int32]

VALUES = 256
"""Numbers of single values of an attribute come before those of its runs."""
CODES = VALUES + MOST_LEVELS_OF_RUNS**2
"""Numbers for one attribute."""


@inside
def _code(attribute: int, low: int, high: int) -> int:
    return attribute * CODES + (low if low == high else VALUES + low * MOST_LEVELS_OF_RUNS + high)


@compiled
def number(attribute: NDArray[np.int16], low: Codes, high: Codes, number_of: Numbers, numbers: Numbers) -> int:
    """Into `numbers` (m, depth) a number from 1 for each condition, 0 where there is none; how many there are.

    `number_of` is zeros, enough for the codes of all attributes.
    """
    for i in range(len(attribute)):
        for j in range(attribute.shape[1]):
            if attribute[i, j] >= 0:
                number_of[_code(int(attribute[i, j]), int(low[i, j]), int(high[i, j]))] = 1
    found = 0
    for code in range(len(number_of)):
        if number_of[code]:
            found += 1
            number_of[code] = found
    for i in range(len(attribute)):
        for j in range(attribute.shape[1]):
            numbers[i, j] = 0
            if attribute[i, j] >= 0:
                numbers[i, j] = number_of[_code(int(attribute[i, j]), int(low[i, j]), int(high[i, j]))]
    return found


@compiled
def descend(numbers: Numbers, width: int, places: Numbers, born: Numbers) -> None:
    """Into `places` where each key that can be a parent's stands, into `born` how many children it has.

    A key is the numbers of a segment's conditions, `width` bits each; both are as long as keys of parents go.
    """
    depth = numbers.shape[1]
    for i in range(len(numbers)):
        if numbers[i, depth - 1] == 0:
            key = 0
            for j in range(depth):
                if numbers[i, j] > 0:
                    key = key << width | numbers[i, j]
            places[key] = i
        for dropped in range(depth):
            key = 0
            for j in range(depth):
                if numbers[i, dropped] > 0 and j != dropped and numbers[i, j] > 0:
                    key = key << width | numbers[i, j]
            born[key] += 1
