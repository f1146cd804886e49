"""How each character is written: recipes in the notation of `forms`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """One way of writing a character."""

    face: Literal["print", "script"]
    pen: str
    """Pieces of the glyph's strokes in the order of writing."""
    weight: float = 1.0
    """How common the form is among the writers of its style."""
    joins: bool = True
    """Whether the pen can stay down to a next small letter."""
    joined: bool = True
    """Whether the pen can come down from the letter before."""


def _print(pen: str, weight: float = 1.0, joins: bool = True, joined: bool = True) -> Recipe:
    return Recipe("print", pen, weight, joins, joined)


def _script(pen: str, weight: float = 1.0, joins: bool = True, joined: bool = True) -> Recipe:
    return Recipe("script", pen, weight, joins, joined)


RECIPES: dict[str, tuple[Recipe, ...]] = {
    "a": (_print("1+0_"), _print("1+0", 0.3), _print("1[1:]+0_", 0.5), _script("0")),
    "b": (
        _print("0+1", joins=False),
        _print("0+1[1:]", 0.6, joins=False),
        _print("<-4,-12;-5,-4;-5,5;-1,9;4,6;4,0;0,-3;-5,1>", 0.4, joins=False),
        _script("0"),
    ),
    # The way from the letter before to the start of a c would make it an e.
    "c": (
        _print("0", joined=False),
        _print("<5,-3;2,-5;-4,-3;-6,3;-3,8;1,9;6,6>", 0.6, joined=False),
        _script("0", joined=False),
    ),
    "d": (_print("1+0_"), _print("1+0", 0.5), _script("0+1")),
    "e": (
        _print("0"),
        _print("<-6,2;0,1;5,-1;4,-4;0,-5;-5,-2;-6,4;-2,9;6,7>"),
        _print("<5,-3;2,-5;-3,-4;-4,-1;1,1;-4,2;-6,6;-2,9;5,7>", 0.15),
        _script("0"),
    ),
    "f": (
        _print("0 *1", 0.6),
        _print("<7,-9;4,-12;0,-9;-1,0;-1,10;-3,15;-7,15> *1", 0.6),
        _print("<6,-10;3,-12;0,-10;0,0;0,9> *1", 0.6),
        _script("0"),
    ),
    "g": (
        _print("1+0", joins=False),
        _print("1+<6,-5;6,3;5,14;-1,17;-6,14;0,9;8,6>", 0.5),
        _print("1+<6,-5;5,6;3,15;0,18>", 0.3, joins=False),
        _script("0+1"),
    ),
    "h": (_print("0+1_"), _print("0+1", 0.6), _script("0+1")),
    "i": (_print("1_ .0"), _print("1 .0", 0.7), _script("1[1:] .0")),
    "j": (_print("1 .0", joins=False), _script("1 .0")),
    "k": (
        _print("0 1+2", joined=False),
        _print("0+<-5,4;0,-4;4,-4;4,0;-3,2>+<-3,2;2,5;6,9>", 0.6),
        _script("0+1[1:]+2[1:]"),
    ),
    "l": (_print("0"), _print("<-2,-12;-2,4;-1,8;2,9;5,7>", 0.8), _script("0")),
    "m": (
        _print("0+1+2_"),
        _print("0+1+2", 0.6),
        _script("0+1+2"),
        _script("0[3:]+1+2", 0.6),
    ),
    "n": (_print("0+1_"), _print("0+1", 0.6), _script("0+1"), _script("0[3:]+1", 0.6)),
    "o": (
        _print("0", joins=False),
        _print("<1,-5;-4,-3;-6,2;-3,8;2,9;6,4;5,-2;1,-5;2,-2;7,-3>", 0.6),
        _script("0"),
    ),
    "p": (
        _print("0+1", joins=False),
        _print("<-6,-5;-6,16>+<-6,0;-2,-5;3,-4;6,1;4,7;-1,9;-5,7>", 0.6, joins=False),
        _script("0[2:]+1+2"),
    ),
    "q": (
        _print("1+0", joins=False),
        _print("1+<6,-5;6,15;10,11>", 0.5, joins=False),
        _script("0+1"),
    ),
    "r": (_print("0+1"), _print("<-3,-5;-3,9>+<-3,2;0,-4;5,-5;6,-3>", 0.7), _script("0")),
    "s": (
        _print("0", joins=False),
        _print("<5,-3;1,-5;-4,-4;-4,-1;3,3;5,6;1,9;-6,8>", joins=False),
        _script("0+1[1:]", 0.25),
        _script("<-4,9;0,3;2,0;4,3;4,7;0,9;-3,8;0,9;6,8>", 0.5),
    ),
    "t": (_print("0 *1"), _print("<0,-10;0,9> *1", 0.7), _script("0+1 *2")),
    "u": (_print("0+1_"), _print("0+1", 0.4), _script("0+1")),
    "v": (_print("0+1~"), _print("<-6,-5;-3,3;0,9;3,3;5,-5;8,-5>", 0.5), _script("0+1")),
    "w": (
        _print("0+1~+2+3~"),
        _print("<-9,-5;-8,4;-5,9;-1,6;0,-3;1,6;5,9;8,4;9,-5>", 0.7),
        _script("0+1+2"),
    ),
    "x": (
        _print("0 1", joins=False),
        _script("<-5,0;5,9> <6,0;-5,9>", joins=False),
        _script("0 1", 0.3, joins=False),
    ),
    "y": (
        _print("0+1", joins=False),
        _print("0 1", 0.6, joins=False),
        _print("<-6,-5;-6,2;-3,6;2,6;6,1>+<6,-5;6,5;4,14;-1,17;-5,15>", 0.8, joins=False),
        _script("0+1"),
    ),
    "z": (_print("1+0+2"), _print("1+0+<-6,9;0,8;6,9>", 0.6), _script("0", 0.5)),
    "A": (_print("0 1 2"), _print("0~+1 2"), _script("0", 0.4)),
    "B": (_print("0 1+2"), _print("0+1+2"), _script("0+1", 0.3)),
    "C": (_print("0"), _script("0[4:]", 0.6)),
    "D": (_print("0 1"), _print("0+1"), _script("0", 0.4)),
    "E": (
        _print("0+3 1 2"),
        _print("1~+0+3 2"),
        _print("<6,-9;1,-12;-5,-10;-4,-4;2,-2;-5,0;-7,5;-2,9;6,7>", 0.5),
        _script("0[4:]", 0.5),
    ),
    "F": (_print("0 1 2"), _print("1~+0 2", 0.6)),
    "G": (_print("0+1~"), _print("0 1"), _script("0", 0.15)),
    "H": (_print("0 1 2"), _print("0 2 1", 0.4), _script("0 1", 0.15)),
    "I": (_print("0"), _print("0 <-4,-12;4,-12> <-4,9;4,9>", 0.6)),
    "J": (_print("0"), _print("0 <-2,-12;9,-12>", 0.6), _script("0", 0.2)),
    "K": (_print("0 1+2"), _script("0 1+2[1:]", 0.2)),
    "L": (_print("0+1"), _print("<-6,-12;-6,4;-5,9;-1,9;6,8>", 0.5), _script("0", 0.4)),
    "M": (_print("0 1+2~+3"), _print("0~+1+2~+3"), _script("0+1+2", 0.4)),
    "N": (_print("0 1+2~"), _print("0~+1+2~"), _script("0+1", 0.4)),
    "O": (_print("0"), _script("0", 0.6)),
    "P": (_print("0 1"), _print("0+1"), _script("0", 0.4)),
    "Q": (_print("0 1"),),
    "R": (_print("0 1+2"), _print("0+1+2"), _script("0", 0.4)),
    "S": (_print("0"), _script("0", 0.15)),
    "T": (_print("0 1"), _print("1 0"), _script("0 1", 0.15)),
    "U": (_print("0"), _script("0+1", 0.4)),
    "V": (_print("0+1~"), _script("0", 0.4)),
    "W": (
        _print("0+1~+2+3~"),
        _print("<-9,-12;-7,4;-4,9;-1,4;0,-6;1,4;4,9;7,3;9,-12>", 0.5),
        _script("0+1~+2+3~", 0.3),
    ),
    "X": (_print("0 1"),),
    "Y": (_print("0 1"), _print("0[:2]+1~ 0[1:]", 0.3), _script("0+1", 0.2)),
    "Z": (_print("1+0+2"),),
    "0": (_print("0"),),
    "1": (_print("0"), _print("0[2:]", 0.8)),
    "2": (_print("0"),),
    "3": (
        _print("0"),
        _print("<-6,-9;-2,-12;4,-10;4,-5;-1,-2>+<-1,-2;5,0;6,5;1,9;-6,7>", 0.8),
    ),
    "4": (_print("0 1"), _print("<-4,-12;-6,0;-5,2;7,2> <3,-6;3,9>", 0.8)),
    "5": (_print("0"), _print("<-4,-12;-5,-3;0,-5;6,-1;6,5;0,9;-6,7> <-4,-12;6,-12>", 0.8)),
    "6": (_print("0"),),
    "7": (_print("1+0"), _print("1+0 <-4,-2;5,-3>", 0.4)),
    "8": (_print("0"),),
    "9": (_print("0"), _print("0[:12]+<6,-5;6,2;5,9>", 0.6)),
    ".": (_print(".0"),),
    ",": (_print("0[3:]"), _print("<1,7;0,10;-2,13>")),
    ":": (_print(".0 .1"),),
    ";": (_print(".0 1[3:]"), _print(".0 <1,7;0,10;-2,13>")),
    "!": (_print("0 .1"),),
    "?": (_print("0 .1"),),
    "'": (_print("0[3:]"), _print("<1,-12;0,-7>")),
    '"': (_print("0 1"),),
    "%": (_print("1[:11] 0 2"),),
}
"""Every way of writing a character; one that is not here is drawn as Hershey did."""
