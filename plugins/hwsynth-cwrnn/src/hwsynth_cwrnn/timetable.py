"""A picture of which modules tick when, and of what a tick reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import svgwrite

from hwsynth_cwrnn import CWRNN

if TYPE_CHECKING:
    from hwsynth_cwrnn.modules import Module

CELL, ROW, LEFT, TOP, BELOW = 24, 44, 172, 36, 44
"""Pixels: a step's width, a module's height, and the room for words at three sides."""

FAST, SLOW = (14, 116, 144), (190, 24, 93)
"""Red, green and blue of the fastest and of the slowest module."""

GREY, ARROW = "#4b5563", "#111827"


def timetable(core: CWRNN, steps: int = 33) -> str:
    """The first `steps` steps as SVG: a square where a module ticks, a bar where it holds.

    Arrows show what one tick reads of the step before. The slowest module is on top.
    """
    from hwsynth_cwrnn.modules import arranged

    modules = arranged(core.module_periods(), core.module_sizes(), 1, core.coupling)
    return _Picture(modules, steps).drawn(held=core.inactive == "hold")


def ticks(module: Module, steps: int) -> range:
    """The steps at which a module ticks, of so many from t = 0 on."""
    rate = module.rate(0)
    return range(rate.offset, steps, rate.period)


class _Picture:
    def __init__(self, modules: tuple[Module, ...], steps: int) -> None:
        self.modules, self.steps = modules, steps
        self.size = (LEFT + steps * CELL + 20, TOP + len(modules) * ROW + BELOW)
        self.drawing = svgwrite.Drawing(
            size=self.size, viewBox=f"0 0 {self.size[0]} {self.size[1]}", debug=False
        )

    def drawn(self, held: bool) -> str:
        self._add("rect", insert=(0, 0), size=self.size, rx=6, fill="white")
        for number, module in enumerate(self.modules):
            self._module(number, module, held)
        self._words("step", 20, TOP - 12)
        for step in range(0, self.steps, 4):
            self._words(str(step), self._x(step), TOP - 12, text_anchor="middle")
        self._reading()
        text: str = self.drawing.tostring()
        return text

    def _module(self, number: int, module: Module, held: bool) -> None:
        y, color = self._y(number), _color(number / max(1, len(self.modules) - 1))
        self._words(f"T = {module.period}", 20, y + 5, fill=color, font_weight="bold")
        self._words(f"{module.size} units", 78, y + 5)
        if held:
            end = self._x(self.steps - 1) - self._x(0) + CELL * 0.4
            bar = {"size": (end, 6), "rx": 3, "fill": color, "opacity": 0.25}
            self._add("rect", insert=(self._x(0), y - 3), **bar)
        for step in ticks(module, self.steps):
            corner = (self._x(step) - CELL * 0.36, y - CELL * 0.36)
            self._add("rect", insert=corner, size=(CELL * 0.72,) * 2, rx=4, fill=color)

    def _reading(self) -> None:
        """Arrows to one tick from the modules that it reads, a step earlier."""
        # The third tick of a module half-way up: late enough to have a step before it.
        reader = len(self.modules) // 2 - (len(self.modules) % 2 == 0)
        if (step := 3 * self.modules[reader].period) >= self.steps:
            return
        end = (self._x(step), self._y(reader))
        read = [n for n, module in enumerate(self.modules) if reader in module.heard_by]
        for number in read:
            self._arrow((self._x(step - 1), self._y(number)), end)
        said = f"The tick of T = {self.modules[reader].period} at step {step} reads the input, and "
        said += "of the step before " + ", ".join(f"T = {self.modules[n].period}" for n in read)
        self._words(said, LEFT - CELL * 0.5, self.size[1] - 16)

    def _arrow(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        middle = (start[0] + 2, end[1] - (end[1] - start[1]) * 0.2)
        path = f"M{start[0]},{start[1]} Q{middle[0]},{middle[1]} {end[0] - 3},{end[1] - 2}"
        self._add("path", d=path, fill="none", stroke=ARROW, stroke_width=1.6)
        self._add("circle", center=start, r=3.2, fill=ARROW)
        self._add("circle", center=end, r=4.2, fill="white", stroke=ARROW, stroke_width=1.6)

    def _x(self, step: int) -> float:
        return LEFT + step * CELL

    def _y(self, number: int) -> float:
        return TOP + (len(self.modules) - number - 0.5) * ROW

    def _words(self, text: str, x: float, y: float, **style: Any) -> None:
        style = {"font_family": "sans-serif", "font_size": 14, "fill": GREY, **style}
        self._add("text", text=text, insert=(x, y), **style)

    def _add(self, element: str, **attributes: Any) -> None:
        self.drawing.add(getattr(self.drawing, element)(**attributes))


def _color(share: float) -> str:
    """Between the fastest module's, 0, and the slowest's, 1."""
    mixed = (round(f + (s - f) * share) for f, s in zip(FAST, SLOW, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)
