"""`python -m hwsynth` is `hwsynth`."""

from hwsynth.cli import main

main(prog_name="hwsynth")
