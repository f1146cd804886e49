"""Contract checks that authors of components call in their tests.

from hwsynth.testing import check_core

def test_my_core_keeps_the_contract():
    check_core(MyCore(units=8))

A check raises AssertionError that names the clause of the contract which is broken, with the
numbers or values. Importing this package loads no training framework.
"""

from hwsynth.testing.core import check_core
from hwsynth.testing.dataset import check_dataset
from hwsynth.testing.exporter import check_exporter
from hwsynth.testing.head import check_head
from hwsynth.testing.readme import check_readme

__all__ = ["check_core", "check_dataset", "check_exporter", "check_head", "check_readme"]
