from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from hwsynth import DataError, UsageError
from hwsynth.plots import growth_plot, loss_plot

NAN = float("nan")


def history(rows: int = 40) -> list[dict[str, float | None]]:
    return [
        {
            "step": 10.0 * row,
            "epoch": float(row // 4),
            "train_nats_per_point": 2 * np.exp(-row / 8) - 1.5 + 0.05 * np.sin(3 * row),
            "validation_nats_per_point": 2 * np.exp(-row / 8) - 1.4 if row % 4 == 3 else None,
            "minutes": row / 6,
        }
        for row in range(rows)
    ]


def columns(rows: list[dict[str, float | None]]) -> dict[str, list[float]]:
    return {name: [NAN if row[name] is None else row[name] for row in rows] for name in rows[0]}


def drawn_texts(path: Path) -> str:
    # matplotlib names each text in a comment beside its outlines.
    parser = ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True))
    root = ElementTree.parse(path, parser).getroot()
    return "\n".join(node.text for node in root.iter() if node.tag is ElementTree.Comment)


def test_a_png_is_a_png_and_an_svg_is_an_svg(tmp_path: Path) -> None:
    loss_plot(history(), tmp_path / "loss.png")
    loss_plot(history(), tmp_path / "loss.SVG")
    assert (tmp_path / "loss.png").read_bytes().startswith(b"\x89PNG")
    assert ElementTree.parse(tmp_path / "loss.SVG").getroot().tag.endswith("}svg")


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_same_history_gives_the_same_file_as_rows_or_as_columns(
    suffix: str, tmp_path: Path
) -> None:
    one, other = tmp_path / f"one.{suffix}", tmp_path / f"other.{suffix}"
    loss_plot(history(), one)
    loss_plot(columns(history()), other)
    assert one.read_bytes() == other.read_bytes()


def test_the_legend_says_where_each_curve_ends(tmp_path: Path) -> None:
    loss_plot(history(), tmp_path / "loss.svg", title="a clockwork core")
    texts = drawn_texts(tmp_path / "loss.svg")
    assert "training, -1.519 at the end" in texts
    assert "validation, -1.385 at the end" in texts
    assert "a clockwork core" in texts


def test_a_run_that_has_not_been_validated_yet_has_one_curve(tmp_path: Path) -> None:
    rows = [{"step": 1, "train_nats_per_point": 0.5}, {"step": 2, "train_nats_per_point": 0.25}]
    loss_plot(rows, tmp_path / "loss.svg")
    texts = drawn_texts(tmp_path / "loss.svg")
    assert "training, 0.250 at the end" in texts
    assert "validation" not in texts


def test_one_measured_step_is_enough(tmp_path: Path) -> None:
    loss_plot([{"step": 1, "train_nats_per_point": 0.5}], tmp_path / "loss.png")
    assert (tmp_path / "loss.png").stat().st_size > 0


def test_a_first_step_far_above_the_rest_does_not_hide_the_rest(tmp_path: Path) -> None:
    rows = [{"step": step, "train_nats_per_point": -1 - step / 1000} for step in range(400)]
    rows[0]["train_nats_per_point"] = 5000
    loss_plot(rows, tmp_path / "loss.svg")
    assert "1.2" in drawn_texts(tmp_path / "loss.svg")


@pytest.mark.parametrize(
    "empty",
    [
        [],
        {"step": []},
        [{"step": 1, "train_nats_per_point": NAN}],
        [{"step": 1, "validation_nats_per_point": None}],
    ],
)
def test_a_history_with_nothing_to_draw_is_refused(empty: object, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no nats per point yet"):
        loss_plot(empty, tmp_path / "loss.png")
    assert list(tmp_path.iterdir()) == []


def test_another_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"not 'loss.jpeg'"):
        loss_plot(history(), tmp_path / "loss.jpeg")


def test_growth_is_drawn_with_its_sizes_and_labels_and_the_same_each_time(tmp_path: Path) -> None:
    curves = {"steep": ((32, 64, 1024), (1.0, 4.0, 1000.0)), "flat": ((32, 64), (5.0, 5.0))}

    for name in ("one.svg", "other.svg"):
        growth_plot(curves, tmp_path / name, size="units", cost="ms")

    texts = drawn_texts(tmp_path / "one.svg")
    assert all(text in texts for text in ("steep", "flat", "units", "ms", "32", "64", "1,024"))
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "other.svg").read_bytes()
