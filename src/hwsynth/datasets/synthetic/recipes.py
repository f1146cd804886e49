"""How each character is written: recipes in the notation of `forms`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Style = Literal["print", "quick", "script"]
"""Letters as printed, as a hand in a hurry makes them, and as taught for joined writing."""


@dataclass(frozen=True)
class Recipe:
    """One way of writing a character."""

    style: Style
    pen: str
    """Pieces of the glyph's strokes in the order of writing."""
    weight: float = 1.0
    """How common the form is among the writers of its style."""
    joins: bool = True
    """Whether the pen can stay down to a next small letter."""
    joined: bool = True
    """Whether the pen can come down from the letter before."""

    @property
    def face(self) -> str:
        """The face of Hershey's that the pen's strokes are taken from."""
        return "script" if self.style == "script" else "print"


def _print(pen: str, weight: float = 1.0, joins: bool = True, joined: bool = True) -> Recipe:
    return Recipe("print", pen, weight, joins, joined)


def _quick(pen: str, weight: float = 1.0, joins: bool = True, joined: bool = True) -> Recipe:
    return Recipe("quick", pen, weight, joins, joined)


def _script(pen: str, weight: float = 1.0, joins: bool = True, joined: bool = True) -> Recipe:
    return Recipe("script", pen, weight, joins, joined)


RECIPES: dict[str, tuple[Recipe, ...]] = {
    "a": (
        _print("1+0_"),
        _print("1+0", 0.3),
        _print("1[1:]+0_", 0.5),
        _script("0"),
        _quick("<5,-4;1,-5;-4,-2;-6,4;-3,9;1,7;5,-4;5,4;6,9;9,7>"),
        _quick("<5,-3;2,-5;-3,-3;-5,3;-3,8;1,8;4,0;5,7;9,8>", 0.7),
        _quick("<-5,-3;-1,-5;4,-2;4,8>+<4,2;-2,3;-5,7;-1,9;5,5>", 0.2, joined=False),
    ),
    "b": (
        _print("0+1", joins=False),
        _print("0+1[1:]", 0.6, joins=False),
        _print("<-4,-12;-5,-4;-5,5;-1,9;4,6;4,0;0,-3;-5,1>", 0.4, joins=False),
        _script("0"),
        _quick("<-4,-12;-5,-4;-5,6;-2,9;3,7;3,1;0,-1;-4,4>", joins=False),
        _quick("<-3,-12;-4,4;-2,9;3,7;3,0;1,-3;6,-3>", 0.5),
    ),
    # The way from the letter before to the start of a c would make it an e.
    "c": (
        _print("0", joined=False),
        _print("<5,-3;2,-5;-4,-3;-6,3;-3,8;1,9;6,6>", 0.6, joined=False),
        _script("0", joined=False),
        _quick("<4,-3;0,-5;-4,-1;-5,5;-1,9;5,6>", joined=False),
    ),
    "d": (
        _print("1+0_"),
        _print("1+0", 0.5),
        _script("0+1"),
        _quick("<4,-3;0,-5;-5,-1;-5,6;-2,9;2,5;5,-12;4,2;6,9;9,7>"),
        _quick("<4,-2;0,-4;-5,1;-4,8;1,8;4,1;2,-7;-3,-12>", 0.15, joins=False),
    ),
    "e": (
        _print("0"),
        _print("<-6,2;0,1;5,-1;4,-4;0,-5;-5,-2;-6,4;-2,9;6,7>"),
        _print("<5,-3;2,-5;-3,-4;-4,-1;1,1;-4,2;-6,6;-2,9;5,7>", 0.15),
        _script("0"),
        _quick("<-5,4;1,2;4,-2;1,-5;-3,-2;-4,5;-1,9;6,6>"),
        _quick("<-4,3;3,-2;1,-5;-3,1;-2,8;1,9;7,6>", 0.6),
    ),
    "f": (
        _print("0 *1", 0.3),
        _print("<8,-9;5,-13;0,-9;-1,0;-1,10;-3,15;-7,15> *1", 0.6),
        _print("<8,-9;5,-13;0,-9;0,0;0,9> *1", 0.6),
        _script("0"),
        _quick("<8,-10;5,-14;0,-8;-1,2;-1,9> *1"),
        _quick("<7,-9;4,-14;0,-6;-1,6;-3,15;-6,16> *1", 0.5),
    ),
    "g": (
        _print("1+0", joins=False),
        _print("1+<6,-5;6,3;5,14;-1,17;-6,14;0,9;8,6>", 0.5),
        _print("1+<6,-5;5,6;3,15;0,18>", 0.3, joins=False),
        _script("0+1"),
        _quick("<5,-4;0,-5;-5,-1;-4,6;0,8;4,1;5,-4;5,6;3,14;-2,17;-6,15>", joins=False),
        _quick("<5,-4;0,-5;-5,0;-3,7;1,6;5,-4;4,9;0,17;-5,15;0,10;8,7>", 0.6),
    ),
    "h": (
        _print("0+1_"),
        _print("0+1", 0.6),
        _script("0+1"),
        _quick("<-5,-12;-5,2;-5,9;-4,3;0,-3;4,-2;4,5;6,9;9,7>"),
        _quick("<-4,-12;-5,0;-5,8;-2,1;1,1;3,8;7,8>", 0.5),
    ),
    "i": (
        _print("1_ .0"),
        _print("1 .0", 0.7),
        _script("1[1:] .0"),
        _quick("<0,-5;-1,4;1,9;4,8> .0"),
        _quick("<0,-4;0,8> .0", 0.6),
    ),
    "j": (
        _print("1 .0", joins=False),
        _script("1 .0"),
        _quick("<1,-5;1,8;-1,15;-5,16> .0", joins=False),
    ),
    "k": (
        _print("0 1+2", joined=False),
        _print("0+<-5,4;0,-4;4,-4;4,0;-3,2>+<-3,2;2,5;6,9>", 0.6),
        _script("0+1[1:]+2[1:]"),
        _quick("<-5,-12;-5,9;-4,4;0,-2;4,-4;2,1;-3,3;2,6;7,9>"),
    ),
    "l": (
        _print("0"),
        _print("<-2,-12;-2,4;-1,8;2,9;5,7>", 0.8),
        _script("0"),
        _quick("<-1,-12;-2,3;-1,9;4,8>"),
        _quick("<-4,6;2,-4;3,-11;0,-12;-2,-4;-2,5;0,9;5,7>", 0.4),
        _quick("<0,-12;-1,9>", 0.5),
    ),
    "m": (
        _print("0+1+2_"),
        _print("0+1+2", 0.6),
        _script("0+1+2"),
        _script("0[3:]+1+2", 0.6),
        _quick("<-9,-5;-9,3;-9,9;-8,2;-5,-4;-1,-3;-1,3;-1,8;0,1;4,-4;7,-3;7,4;8,9;11,8>"),
        _quick("<-9,-4;-8,8;-5,-3;-2,-2;-1,8;2,-3;5,-3;6,7;10,8>"),
    ),
    "n": (
        _print("0+1_"),
        _print("0+1", 0.6),
        _script("0+1"),
        _script("0[3:]+1", 0.6),
        _quick("<-5,-5;-5,3;-5,9;-4,3;0,-4;4,-3;4,4;6,9;9,7>"),
        _quick("<-5,-4;-4,8;-1,-2;2,-4;4,1;4,8;8,7>", 0.8),
        _quick("<-5,-4;-5,5;-3,9;0,4;3,-4;4,2;5,9;9,6>", 0.3),
    ),
    "o": (
        _print("0", joins=False),
        _print("<1,-5;-4,-3;-6,2;-3,8;2,9;6,4;5,-2;1,-5;2,-2;7,-3>", 0.6),
        _script("0"),
        _quick("<1,-5;-4,-2;-5,5;-1,9;4,5;4,-2;1,-5>", joins=False),
        _quick("<2,-5;-3,-3;-5,4;-2,9;3,6;4,-1;1,-4;4,-3;8,-3>", 0.8),
    ),
    "p": (
        _print("0+1", joins=False),
        _print("<-6,-5;-6,16>+<-6,0;-2,-5;3,-4;6,1;4,7;-1,9;-5,7>", 0.6, joins=False),
        _script("0[2:]+1+2"),
        _quick("<-5,-5;-5,5;-5,16;-4,2;-1,-4;3,-4;5,1;3,7;-2,8>", joins=False),
        _quick("<-4,-4;-5,6;-6,16;-4,2;1,-4;4,-1;2,6;-1,8;7,7>", 0.3),
    ),
    "q": (
        _print("1+0", joins=False),
        _print("1+<6,-5;6,15;10,11>", 0.5, joins=False),
        _script("0+1"),
        _quick("<5,-4;0,-5;-5,0;-4,7;1,7;5,-4;5,6;5,16;8,13>", joins=False),
    ),
    "r": (
        _print("0+1"),
        _print("<-3,-5;-3,9>+<-3,2;0,-4;5,-5;6,-3>", 0.7),
        _script("0"),
        _quick("<-4,-4;-3,3;-3,8;-2,1;1,-4;5,-5>"),
        _quick("<-4,-4;-3,7;-1,-1;2,-5;5,-3>", 0.7),
        _quick("<-4,-2;-3,-5;-1,-3;3,-4;2,4;4,9;8,7>", 0.3),
    ),
    "s": (
        _print("0", joins=False),
        _print("<5,-3;1,-5;-4,-4;-4,-1;3,3;5,6;1,9;-6,8>", joins=False),
        _script("0+1[1:]", 0.15),
        _script("<6,2;3,0;-1,1;0,4;3,6;1,9;-4,7>", joins=False),
        _quick("<4,-4;0,-5;-4,-2;-1,2;3,5;0,9;-5,7>", joins=False),
        _quick("<3,-5;-2,-3;0,2;2,6;-2,9;-5,7>", 0.5, joins=False),
        _quick("<-4,8;1,1;3,-5;4,4;2,9;-2,8;5,8>", 0.4),
    ),
    "t": (
        _print("0 *1"),
        _print("<0,-10;0,9> *1", 0.7),
        _script("0+1 *2"),
        _quick("<0,-10;-1,5;1,9;5,7> *1"),
        _quick("<0,-11;-1,3;-1,9;-4,6;-4,1;0,-3;6,-4>", 0.35),
        _quick("<1,-10;-1,9> *1", 0.6),
    ),
    "u": (
        _print("0+1_"),
        _print("0+1", 0.4),
        _script("0+1"),
        _quick("<-5,-5;-5,4;-2,9;2,6;5,-5;5,4;6,9;9,7>"),
        _quick("<-5,-4;-4,8;0,7;4,-4;4,5;5,8;8,7>", 0.6),
    ),
    "v": (
        _print("0+1~"),
        _print("<-6,-5;-3,3;0,9;3,3;5,-5;8,-5>", 0.5),
        _script("0+1"),
        _quick("<-5,-5;-2,4;-1,8;2,1;5,-5>", joins=False),
        _quick("<-5,-4;-2,8;1,7;4,-4;7,-4>", 0.5),
    ),
    "w": (
        _print("0+1~+2+3~"),
        _print("<-9,-5;-8,4;-5,9;-1,6;0,-3;1,6;5,9;8,4;9,-5>", 0.7),
        _script("0+1+2"),
        _quick("<-8,-5;-6,5;-4,8;-1,0;1,5;3,8;6,2;8,-5>", joins=False),
        _quick("<-8,-4;-6,8;-2,7;0,-2;1,7;5,7;8,-4;11,-4>", 0.6),
    ),
    "x": (
        _print("0 1", joins=False),
        _script("<-5,0;5,9> <6,0;-5,9>", joins=False),
        _script("0 1", 0.3, joins=False),
        _quick("<-5,-5;1,4;6,9> <5,-5;-1,3;-6,9>", joins=False),
    ),
    "y": (
        _print("0+1", joins=False),
        _print("0 1", 0.6, joins=False),
        _print("<-6,-5;-6,2;-3,6;2,6;6,1>+<6,-5;6,5;4,14;-1,17;-5,15>", 0.8, joins=False),
        _script("0+1"),
        _quick("<-5,-5;-4,1;0,3;5,-5;1,8;-5,17>", joins=False),
        _quick("<-5,-4;-4,4;0,6;5,-4;5,6;2,15;-4,16>", 0.8, joins=False),
        _quick("<-5,-4;-3,5;1,5;5,-4;3,10;-1,17;-5,14;2,9;8,7>", 0.4),
    ),
    "z": (
        _print("1+0+2"),
        _print("1+0+<-6,9;0,8;6,9>", 0.6),
        _script("0", 0.5),
        _quick("<-5,-4;4,-5;0,1;-6,8;6,8>"),
        _quick("<-5,-4;0,-5;4,-3;0,3;-5,8;0,7;6,9> <-3,2;4,2>", 0.3, joins=False),
    ),
    "A": (_print("0 1 2"), _print("0~+1 2"), _script("0", 0.16)),
    "B": (_print("0 1+2"), _print("0+1+2"), _script("0+1", 0.12)),
    "C": (_print("0"), _script("0[4:]", 0.6)),
    "D": (_print("0 1"), _print("0+1"), _script("0", 0.16)),
    "E": (
        _print("0+3 1 2"),
        _print("1~+0+3 2"),
        _print("<6,-9;1,-12;-5,-10;-4,-4;2,-2;-5,0;-7,5;-2,9;6,7>", 0.5),
        _script("0[4:]", 0.5),
    ),
    "F": (_print("0 1 2"), _print("1~+0 2", 0.6)),
    "G": (_print("0+1~"), _print("0 1"), _script("0", 0.06)),
    "H": (_print("0 1 2"), _print("0 2 1", 0.4), _script("0 1", 0.06)),
    "I": (_print("0"), _print("0 <-4,-12;4,-12> <-4,9;4,9>", 0.6)),
    "J": (_print("0"), _print("0 <-2,-12;9,-12>", 0.6), _script("0", 0.08)),
    "K": (_print("0 1+2"), _script("0 1+2[1:]", 0.08)),
    "L": (_print("0+1"), _print("<-6,-12;-6,4;-5,9;-1,9;6,8>", 0.5), _script("0", 0.16)),
    "M": (_print("0 1+2~+3"), _print("0~+1+2~+3"), _script("0+1+2", 0.16)),
    "N": (_print("0 1+2~"), _print("0~+1+2~"), _script("0+1", 0.16)),
    "O": (_print("0"), _script("0", 0.2)),
    "P": (_print("0 1"), _print("0+1"), _script("0", 0.16)),
    "Q": (_print("0 1"),),
    "R": (_print("0 1+2"), _print("0+1+2"), _script("0", 0.16)),
    "S": (_print("0"), _script("0", 0.06)),
    "T": (_print("0 1"), _print("1 0"), _script("0 1", 0.06)),
    "U": (_print("0"), _script("0+1", 0.16)),
    "V": (_print("0+1~"), _script("0", 0.16)),
    "W": (
        _print("0+1~+2+3~"),
        _print("<-9,-12;-7,4;-4,9;-1,4;0,-6;1,4;4,9;7,3;9,-12>", 0.5),
        _script("0+1~+2+3~", 0.12),
    ),
    "X": (_print("0 1"),),
    "Y": (_print("0 1"), _print("0[:2]+1~ 0[1:]", 0.3), _script("0+1", 0.08)),
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
