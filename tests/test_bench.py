"""What `hwsynth bench` measures and says. Nothing here is held to a time."""

from __future__ import annotations

import io
import itertools
import json
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from hwsynth.bench import loading, measuring, references, rows, scaling, training
from hwsynth.bench.measuring import (
    LEAST_ROUNDS,
    LONG_S,
    TURN_S,
    WARM_UP,
    Benchmark,
    Context,
    Figures,
    SkippedError,
    Target,
    short,
    side_by_side,
)
from hwsynth.bench.written_archive import ARCHIVE, write_archive
from hwsynth.cli import bench, main
from hwsynth.corpus import open_corpus
from hwsynth.datasets.iam import Iam, stroke_xml
from hwsynth.datasets.synthetic import Synthetic

TARGETS = {
    "cwrnn-train": "ratio ≤ 0.083",
    "cwrnn-against-lstm-1024": "ratio ≤ 0.067",
    "lstm-train": "ratio ≤ 0.8",
    "lstm-train-bfloat16": "ratio ≤ 0.5",
    "aligned-3x400": "ours ≥ 20,000",
    "window-3x400": "ours ≤ 1,500",
    "sample-one-lstm-1x900": "ours ≥ 1,500",
    "sample-64-lstm-1x900": "ours ≥ 25,000",
    "sample-one-lstm-3x400": "ours ≥ 1,500",
    "sample-64-lstm-3x400": "ours ≥ 25,000",
    "sample-one-cwrnn": "ours ≥ 4,000",
    "sample-64-cwrnn": "ours ≥ 80,000",
    "shell-to-svg": "ours ≤ 2",
    "load-iam-cold": "ratio ≤ 0.33",
    "load-warm": "ours ≤ 0.3",
}
NOWHERE = Context(data=None)


def command(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["bench", *map(str, arguments)])


def benchmark(
    name: str = "cheap",
    figures: Figures | None = None,
    *,
    unit: Any = "ms",
    target: Target = Target("at most", 0.5),  # noqa: B008
) -> Benchmark:
    """One that costs nothing; without figures, one whose data is missing."""

    def run(context: Context) -> Figures:
        if figures is None:
            raise SkippedError("there is no data; get some")
        return figures

    return Benchmark(name, "something small", "something slow", unit, target, run)


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command has two benchmarks: one that runs, one that cannot."""
    found = Figures(20.0, 50.0, {"part_ms": 7.0})
    monkeypatch.setattr(rows, "BENCHMARKS", (benchmark("cheap", found), benchmark("missing")))


# ------------------------------------------------------------------------------------------- rows


def test_every_promised_benchmark_is_there_once_with_its_target() -> None:
    names = [each.name for each in rows.BENCHMARKS]

    assert len(set(names)) == len(names)
    assert {"model-step-notebook", "model-step-3x400"} < set(names)
    assert {each.name: str(each.target) for each in rows.BENCHMARKS}.items() >= TARGETS.items()


@pytest.mark.parametrize(
    ("unit", "figures", "ratio"),
    [
        ("ms", Figures(20.0, 50.0), 0.4),
        ("s", Figures(3.0, 2.0), 1.5),
        ("points/s", Figures(2000.0, 500.0), 0.25),
        ("s", Figures(3.0), None),
    ],
)
def test_the_ratio_is_our_time_over_the_references_in_any_unit(
    unit: str, figures: Figures, ratio: float | None
) -> None:
    assert benchmark(figures=figures, unit=unit).row(NOWHERE)["ratio"] == ratio


@pytest.mark.parametrize(
    ("target", "met"),
    [
        (Target("at most", 0.4), True),
        (Target("at most", 0.39), False),
        (Target("at least", 20, of="ours"), True),
        (Target("at least", 21, of="ours"), False),
        (Target("at most", 20, of="ours"), True),
        (Target("at most", 19, of="ours"), False),
    ],
)
def test_a_target_bounds_the_ratio_or_our_own_figure(target: Target, met: bool) -> None:
    assert benchmark(figures=Figures(20.0, 50.0), target=target).row(NOWHERE)["met"] is met


def test_a_bound_of_the_ratio_is_not_met_where_there_is_none() -> None:
    assert benchmark(figures=Figures(20.0)).row(NOWHERE)["met"] is False


def test_what_cannot_run_is_skipped_with_its_reason() -> None:
    row = benchmark().row(NOWHERE)

    assert row["skipped"] == "there is no data; get some"
    assert [row[key] for key in ("ours", "reference", "ratio", "met")] == [None] * 4


def test_without_pytorch_its_rows_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(SkippedError, match=r"pip install hwsynth\[bench\]"):
        references.torch_writer(1, 8, 1, 1)
    with pytest.raises(SkippedError, match="PyTorch is not installed"):
        references.torch_lstm(8, np.zeros((1, 1, 3), np.float32), np.zeros((1, 1, 8), np.float32))


@pytest.mark.parametrize("data", [None, Path("nowhere")])
def test_without_iam_its_rows_say_where_to_put_it(data: Path | None) -> None:
    with pytest.raises(SkippedError, match="--data, or in HWSYNTH_TEST_DATA"):
        loading.iam_cold(Context(data))


def test_a_core_that_is_not_installed_is_skipped() -> None:
    with pytest.raises(SkippedError, match="no core named 'none-such'"):
        training.our_pass("none-such")


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (None, "–"),
        (84406.3, "84,406"),
        (999.4, "999"),
        (52.67, "52.7"),
        (1.0, "1"),
        (0.052, "0.052"),
    ],
)
def test_figures_are_short(figure: float | None, text: str) -> None:
    assert short(figure) == text


# ----------------------------------------------------------------------------------------- timing


class Clock:
    """Stands still but for what actions take; knows who ran."""

    def __init__(self) -> None:
        self.now = 0.0
        self.ran: list[str] = []

    def action(self, name: str, *seconds: float) -> Callable[[], None]:
        """Takes so long, one time after the other, and the last for ever."""
        durations = itertools.chain(seconds, itertools.repeat(seconds[-1]))

        def act() -> None:
            self.ran.append(name)
            self.now += next(durations)

        return act


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Measuring goes by it."""
    clock = Clock()
    monkeypatch.setattr(measuring.time, "perf_counter", lambda: clock.now)
    return clock


def test_actions_take_turns(clock: Clock) -> None:
    side_by_side(clock.action("a", 1), clock.action("b", 1), rounds=3)

    assert clock.ran == ["a", "b"] * (WARM_UP + 3)


def test_the_median_counts_and_warm_up_does_not(clock: Clock) -> None:
    warm_up = [100.0] * WARM_UP
    ours = clock.action("a", *warm_up, 1, 9, 2)
    theirs = clock.action("b", *warm_up, 3, 1, 8)

    assert side_by_side(ours, theirs, rounds=3) == [2, 3]


def test_what_is_quick_runs_again_in_its_turn(clock: Clock) -> None:
    quick, slow = clock.action("quick", TURN_S / 2.5), clock.action("slow", 2 * TURN_S)

    assert side_by_side(quick, slow, rounds=1, warm_up=0) == pytest.approx(
        [TURN_S / 2.5, 2 * TURN_S]
    )
    assert clock.ran == ["quick"] * 3 + ["slow"]


def test_what_takes_long_gets_fewer_rounds(clock: Clock) -> None:
    side_by_side(clock.action("a", LONG_S), rounds=50)

    assert len(clock.ran) == WARM_UP + LEAST_ROUNDS


# ------------------------------------------------------------------------------------- references


def test_the_masked_cell_gives_what_the_clockwork_core_gives() -> None:
    import keras
    from keras import ops

    from small_corpus import plugins

    core = plugins().component("core", "cwrnn")(units=12, modules=3, periods=(1, 3, 4)).build()
    core.build((None, None, 3))
    cell = references.MaskedClockworkCell((1, 3, 4), 4)
    layer = keras.layers.RNN(cell, return_sequences=True)
    layer.build((None, None, 3))
    whole = np.zeros((12, 12), np.float32)
    for module, kernel in zip(core.arranged, core.recurrent_kernels, strict=True):
        whole[module.units, : module.units.stop] = ops.convert_to_numpy(kernel)
    for ours, theirs in ((core.kernel, cell.kernel), (whole, cell.recurrent)):
        theirs.assign(ours)
    bias = np.linspace(-1, 1, 12, dtype=np.float32)
    core.bias.assign(bias)
    cell.bias.assign(bias)
    inputs = np.random.default_rng(0).standard_normal((2, 20, 3)).astype(np.float32)

    np.testing.assert_allclose(layer(inputs), core(inputs)[0], atol=1e-5)
    np.testing.assert_array_equal(cell.only_links(cell.recurrent), whole)


def test_the_masked_cell_begins_without_what_a_module_must_not_read() -> None:
    cell = references.MaskedClockworkCell((1, 2), 2)
    cell.build((None, 3))

    assert np.flatnonzero(np.asarray(cell.recurrent)[:2, 2:]).size == 0
    assert np.count_nonzero(np.asarray(cell.recurrent)) == 12


def test_a_pass_gives_the_outputs_too() -> None:
    import keras

    ours = training.our_pass("lstm", batch=2, steps=3, units=4)
    theirs = training._pass(keras.layers.LSTM(4, return_sequences=True), 4, False, 2, 3)

    assert [outputs().shape for outputs in (ours, theirs)] == [(2, 3, 4)] * 2


def test_the_plain_writer_writes_lines_of_offsets() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)

    written = np.asarray(references.torch_writer(2, 8, lines=3, steps=5)())

    assert written.shape == (3, 5, 3)
    assert np.isfinite(written).all()
    assert set(np.unique(written[..., 2])) <= {0.0, 1.0}


def test_a_pass_of_pytorch_goes_back_to_the_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    torch = pytest.importorskip("torch")
    made: list[Any] = []
    real = torch.nn.LSTM
    monkeypatch.setattr(torch.nn, "LSTM", lambda *a, **k: made.append(real(*a, **k)) or made[-1])

    references.torch_lstm(4, np.ones((2, 3, 5), np.float32), np.ones((2, 3, 4), np.float32))()

    assert made[0].weight_hh_l0.grad.abs().sum() > 0


@pytest.mark.real_data
def test_the_notebooks_reader_finds_the_points_that_the_loader_does(
    test_data: Path, tmp_path: Path
) -> None:
    with (
        tarfile.open(test_data / "iamondb" / ARCHIVE) as whole,
        tarfile.open(tmp_path / ARCHIVE, "w:gz") as few,
    ):
        members = (member for member in whole if member.name.endswith(".xml"))
        for member in itertools.islice(members, 6):
            few.addfile(member, whole.extractfile(member))
    corpus = open_corpus(Iam(), tmp_path, cache_folder=tmp_path / "cache")

    assert not corpus.drops
    assert references.notebook_reader(tmp_path / ARCHIVE) == len(corpus.points)


# ---------------------------------------------------------------------------------------- scaling


def test_an_archive_of_synthetic_lines_is_read_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hwsynth.bench.written_archive.DIFFERENT", 40)
    # Read by the quick way that IAM-OnDB's own files take.
    monkeypatch.setattr(stroke_xml, "_parse_any", lambda data: pytest.fail("not regular"))
    write_archive(tmp_path / ARCHIVE, 41)

    corpus = open_corpus(Iam(), tmp_path, cache_folder=tmp_path / "cache")
    written = list(Synthetic(lines=40).read(None))

    assert len(corpus) == 41
    for line, wanted in zip(corpus, [*written, written[0]], strict=True):
        np.testing.assert_array_equal(line.points, wanted.points)
    assert references.notebook_reader(tmp_path / ARCHIVE) == len(corpus.points)


def test_the_exponent_of_a_power_is_that_power() -> None:
    sizes = [32, 64, 128, 1024]

    assert scaling.exponent(sizes, [7 * size**1.6 for size in sizes]) == pytest.approx(1.6)


def test_an_axis_tells_the_exponents_of_each_curve() -> None:
    axis = scaling.Axis(
        "width",
        "metres",
        (1, 2, 4, 8),
        lambda size: {"all": size, **({"short": 2.0} if size < 8 else {})},
    )
    told: list[str] = []

    report = axis.report(told.append)

    assert told == ["width 1", "width 2", "width 4", "width 8"]
    grown, flat = report["curves"]
    assert (grown["sizes"], grown["ms"]) == ([1, 2, 4, 8], [1000, 2000, 4000, 8000])
    assert grown["exponent"] == pytest.approx(1)
    assert flat["sizes"] == [1, 2, 4]
    assert flat["exponent_of_largest"] == pytest.approx(0, abs=1e-9)


def test_exponents_of_the_largest_sizes_leave_out_what_is_constant() -> None:
    axis = scaling.Axis("width", "metres", (1, 2, 512, 1024, 2048), lambda size: {"": 100.0 + size})

    (curve,) = axis.report(lambda text: None)["curves"]

    assert curve["exponent"] < 0.6 < 0.8 < curve["exponent_of_largest"] < 1


@pytest.mark.parametrize("name", ["units", "steps", "batch", "modules", "corpus"])
def test_there_is_an_axis_of_each_kind(name: str) -> None:
    (axis,) = [axis for axis in scaling.AXES if axis.name == name]

    assert list(axis.sizes) == sorted(set(axis.sizes))
    assert len(axis.sizes) >= scaling.LARGE


def test_scaling_puts_figures_and_a_plot_of_each_axis_into_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    axes = [scaling.Axis(name, "metres", (1, 2, 4), lambda size: {"a": size}) for name in "xy"]
    monkeypatch.setattr(scaling, "AXES", axes)

    result = command("--scaling", tmp_path / "new", "--only", "y")

    assert result.exit_code == 0, result.output
    assert result.stdout == "y: a: grows with exponent 1.00, of the largest sizes 1.00\n"
    report = json.loads((tmp_path / "new/scaling-y.json").read_text())
    assert report.keys() == {"machine", "axis", "what", "curves"}
    assert "<!-- a, exponent 1.00 -->" in (tmp_path / "new/scaling-y.svg").read_text()
    assert len(list((tmp_path / "new").iterdir())) == 2


# ------------------------------------------------------------------------------------ the command


@pytest.mark.usefixtures("two")
def test_the_report_has_the_machine_and_a_row_of_each_benchmark(tmp_path: Path) -> None:
    result = command("--json", tmp_path / "report.json")

    assert result.exit_code == 0, result.output
    report = json.loads((tmp_path / "report.json").read_text())
    assert report.keys() == {"machine", "rows"}
    assert {"processor", "cores", "backend", "hwsynth"} <= report["machine"].keys()
    cheap, missing = report["rows"]
    wanted = {"name": "cheap", "ours": 20, "reference": 50, "ratio": 0.4, "unit": "ms"}
    wanted |= {"target": 0.5, "met": True, "skipped": None, "part_ms": 7}
    assert cheap.items() >= wanted.items()
    assert (missing["met"], missing["skipped"]) == (None, "there is no data; get some")


@pytest.mark.usefixtures("two")
def test_progress_is_told_apart_from_the_table() -> None:
    result = command()

    assert result.stderr == "1/2 cheap … 20 ms\n2/2 missing … skipped\n"
    heading, cheap, missing, reason, met = result.stdout.splitlines()
    assert heading.split() == ["benchmark", "ours", "reference", "unit", "ratio", "target", "met"]
    assert cheap.split() == ["cheap", "20", "50", "ms", "0.4", "ratio", "≤", "0.5", "yes"]
    assert missing.split() == ["missing", "–", "–", "ms", "–", "ratio", "≤", "0.5", "–"]
    assert reason == "skipped: missing: there is no data; get some"
    assert met.startswith("1 of 1 targets met; ")


@pytest.mark.usefixtures("two")
def test_json_on_standard_output_is_alone_there() -> None:
    result = command("--json", "-", "--only", "cheap")

    assert [row["name"] for row in json.loads(result.stdout)["rows"]] == ["cheap"]
    assert "cheap … 20 ms" in result.stderr


@pytest.mark.usefixtures("two")
def test_an_unknown_benchmark_is_refused_with_those_that_there_are() -> None:
    result = command("--only", "chap")

    assert result.exit_code == 2
    assert "no benchmark named 'chap'; there are: cheap, missing. Did you mean" in result.stderr


def test_an_unknown_axis_is_refused_before_a_folder_is_made(tmp_path: Path) -> None:
    result = command("--scaling", tmp_path / "new", "--only", "weight")

    assert result.exit_code == 2
    assert "there are: batch, corpus, modules, steps, units" in result.stderr
    assert not (tmp_path / "new").exists()


def test_scaling_has_no_report_in_one_file(tmp_path: Path) -> None:
    result = command("--scaling", tmp_path, "--json", tmp_path / "a.json")

    assert result.exit_code == 2
    assert "leave --json out" in result.stderr


def test_the_table_of_all_benchmarks_fits_into_80_columns() -> None:
    from rich.console import Console

    large = {"ours": 123456.0, "reference": 123456.0, "ratio": 0.0123, "met": True}
    told = [{**each.row(NOWHERE), **large} for each in map(_without_running, rows.BENCHMARKS)]
    out = io.StringIO()

    Console(file=out, width=80).print(bench._table(told))

    lines = out.getvalue().splitlines()
    assert len(lines) == 1 + len(rows.BENCHMARKS)
    for line, each in zip(lines[1:], rows.BENCHMARKS, strict=True):
        assert line.startswith(f"{each.name} ")
        assert str(each.target) in line
        assert line.rstrip().endswith("yes")


def _without_running(each: Benchmark) -> Benchmark:
    return Benchmark(
        each.name, each.what, each.against, each.unit, each.target, lambda _: Figures(1.0)
    )
