"""What every component is held to; what is broken is named."""

from __future__ import annotations

import pytest

import broken_components
import tiny_components
from clauses import missing
from hwsynth.testing import check_core, check_readme, component
from hwsynth.testing.fresh_process import frameworks_loaded_by

BROKEN = {
    "NameInCapitals": "name, class attributes and defaults: NameInCapitals.name",
    "DefaultMissing": "name, class attributes and defaults: DefaultMissing has no default for more",
    "OptionUndocumented": "every option is documented: write a string under more",
    "Undocumented": "the class has a docstring",
    "TakesWhatIsUnknown": "unknown options are refused",
    "Clamps": "values that cannot be are refused: exporter.count=0 was taken, as 1",
    "OtherError": "values that cannot be are refused: exporter.periods=no such choice raised KeyEr",
    "OptionUnnamed": "values that cannot be are refused: the error for exporter.count",
    "OptionsCanBeSet": "options are frozen: count can be set",
    "OptionsHoldAList": "options are frozen: unhashable",
    "RoundsWhenWritten": "options survive run.json",
    "WritesWhatItDoesNotTake": "options survive run.json",
}


def test_options_of_every_kind_keep_the_contract() -> None:
    component.check_component(broken_components.Sound(), "exporter")


@pytest.mark.parametrize("name", BROKEN)
def test_a_component_that_breaks_one_clause_is_told_which(name: str) -> None:
    cls = getattr(broken_components, name)
    broken = cls.model_construct() if name == "DefaultMissing" else cls()
    with pytest.raises(AssertionError) as caught:
        component.check_component(broken, "exporter")
    assert str(caught.value).startswith(BROKEN[name])


def test_a_component_of_another_kind_is_told() -> None:
    with pytest.raises(AssertionError, match=r"^a component is a core: Sound is not derived"):
        check_core(broken_components.Sound())


def test_a_component_whose_module_loads_a_framework_is_told(tmp_path, monkeypatch) -> None:
    (tmp_path / "heavy.py").write_text("import sys; sys.modules['torch'] = sys")
    monkeypatch.syspath_prepend(tmp_path)
    outside = tiny_components.core("Sound")
    type(outside).__module__ = "heavy"
    with pytest.raises(AssertionError, match=r"^importing the component's module loads no train"):
        component.check_component(outside, "core")


def test_what_code_prints_is_not_taken_for_a_framework() -> None:
    assert frameworks_loaded_by("print('torch', end='')") == []


def test_code_that_ends_its_process_without_a_word_is_told() -> None:
    with pytest.raises(AssertionError, match=r"process of its own: ended with exit code 3"):
        frameworks_loaded_by("import os; os._exit(3)")


def test_there_is_a_broken_component_for_every_clause() -> None:
    others = ["a component is a", "importing the component's module loads no training framework"]
    assert missing([*BROKEN.values(), *others], component) == []


TABLE = """
| Option | Allowed | Default | |
|---|---|---|---|
| `count` | int ≥ 1, < 10 | 3 | How many. |
| `share` | float > 0, ≤ 0.6 | 0.5 | Of all. |
| `bound` | float > 0 or none | none | Or none. |
| `periods` | int,int,… | 1,2 | One after the other. |
| `names` | text,text,… | a,b | Any texts. |
| `title` | text | none | Any text. |

| Option | Of another |
|---|---|
| `other` | 1 |
"""


def test_a_readme_with_every_option_is_right(tmp_path) -> None:
    (tmp_path / "README.md").write_text(f"# A package\n{TABLE}\nMore.\n", encoding="utf-8")
    check_readme(broken_components.Sound, tmp_path / "README.md")


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("| 3 |", "| 4 |", "| `count` | int ≥ 1, < 10 | 3 | How many. |"),
        ("How many.", "How few.", "| `count` | int ≥ 1, < 10 | 3 | How many. |"),
        ("| `bound` | float > 0 or none | none | Or none. |\n", "", "| `bound` |"),
        ("| text | none | Any text. |\n", "| text | none | Any text. |\n| `old` |\n", "| `old` |"),
        ("| Option |", "| Setting |", "| `title` | text | none | Any text. |"),
    ],
)
def test_a_readme_that_says_otherwise_is_told_which_row(tmp_path, old, new, told) -> None:
    (tmp_path / "README.md").write_text(TABLE.replace(old, new), encoding="utf-8")
    with pytest.raises(AssertionError) as caught:
        check_readme(broken_components.Sound, tmp_path / "README.md")
    assert str(caught.value).startswith("the README lists the options of sound: ")
    assert told in str(caught.value)
