from __future__ import annotations

from xml.etree import ElementTree

import pytest

from hwsynth_cwrnn import CWRNN
from hwsynth_cwrnn.modules import arranged
from hwsynth_cwrnn.timetable import ticks, timetable

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("periods", [(1, 2, 4), (1, 3, 9), (2, 5, 7)])
def test_a_module_ticks_where_the_step_is_a_multiple_of_its_period(periods) -> None:
    modules = arranged(periods, (4, 4, 4), 1, "slower")

    for module, period in zip(modules, periods, strict=True):
        assert list(ticks(module, 20)) == [t for t in range(20) if t % period == 0]


def test_a_square_stands_for_each_tick_and_a_bar_for_each_module_that_holds() -> None:
    core = CWRNN(units=12, modules=3)
    held, zero = (
        ElementTree.fromstring(timetable(core.model_copy(update={"inactive": way}), 13))
        for way in ("hold", "zero")
    )

    # The paper, 13 + 7 + 4 squares, and maybe three bars.
    assert len(list(held.iter(f"{SVG}rect"))) == 1 + 24 + 3
    assert len(list(zero.iter(f"{SVG}rect"))) == 1 + 24


def test_arrows_come_from_the_modules_that_are_read() -> None:
    read = {
        coupling: len(list(_picture(coupling).iter(f"{SVG}path")))
        for coupling in ("slower", "none", "all")
    }

    # Of three modules the one in the middle reads: itself and the slower one, itself, all.
    assert read == {"slower": 2, "none": 1, "all": 3}


def _picture(coupling: str) -> ElementTree.Element:
    return ElementTree.fromstring(timetable(CWRNN(units=12, modules=3, coupling=coupling), 13))
