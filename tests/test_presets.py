from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from hwsynth import presets
from hwsynth.aligned_text import Units
from hwsynth.cli import main
from hwsynth.cli.train import experiment_fields
from hwsynth.contracts import Task
from hwsynth.errors import UsageError
from hwsynth.presets import Preset, of_record, of_toml, shipped
from hwsynth.presets.writing import toml_text
from hwsynth.run_folder import RunFolder
from hwsynth.run_options import Budget
from hwsynth.run_record import RunRecord
from hwsynth.settings import build_options
from small_corpus import contents, plugins

HEAD = 1024 * 121 + 121
PARAMETERS = {
    "aligned": 4_199_555,
    "notebook": 8 * 128**2 + (3 + 1) * 1024 + HEAD,
    # Koutník et al. (2014): n²/2 + nk/2 weights between units, of k a module.
    "notebook-koutnik": (1024**2 + 1024 * 128) // 2 + (3 + 1) * 1024 + HEAD,
    "graves-prediction": 3_368_121,
    "graves-prediction-1x900": 3_366_121,
    "graves-synthesis": 3_653_751,
    "write-rnn": 822_649,
    "reader": 1_453_650,
}
READERS = ("reader",)
ALIGNED = ("aligned",)
CHARACTERS = {"graves-synthesis": 57}
"""Of Graves's texts; elsewhere as many as IAM-OnDB's have, 81."""
SMALL = {
    "core.units": 8, "head.mixtures": 2, "batches.batch_size": 4,
}  # fmt: skip
MINE = """# Mine
seed = 3

[dataset]
name = "formula"

[core]
name = "lstm"
units = 8
clip_derivative = "none"

[head]
name = "mdn"
mixtures = 2

[batches]
batch_size = 3
crop = 20

[training]
schedule = "cosine"

[budget]
steps = 1
"""


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def begun(*arguments: object) -> RunRecord:
    """What is recorded of the run that `hwsynth train` starts."""
    result = run("train", "--run", "new", *arguments)
    assert result.exit_code == 0, result.output
    return RunFolder(Path("new")).record()


def refused(result: Result, *words: str) -> None:
    assert result.exit_code == 2, result.output
    for word in words:
        assert word in result.stderr


def experiment_of(preset: Preset) -> dict:
    absent = dict.fromkeys(("epochs", "steps", "minutes", "data"))
    default = {"precision": "float32", "seed": 0}
    given = {**absent, **default, **preset.names, **preset.plain, "preset": preset}
    return experiment_fields(given, plugins())


@pytest.fixture
def untrained(formula: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """`hwsynth train` opens its run and stops there."""
    import hwsynth.cli.training_display as display

    monkeypatch.setattr(display, "train_and_show", lambda prepare, _: prepare(lambda *read: None))


@pytest.fixture
def mine(untrained: None, tmp_path: Path) -> Path:
    """A preset in the folder where commands run."""
    (tmp_path / "mine.toml").write_text(MINE)
    return Path("mine.toml")


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_preset_says_all_that_decides_a_run_but_its_data_and_seed(name):
    preset = presets.find(name)
    preset.check_components(plugins())
    assert preset.names["dataset"] == "iam"
    assert set(preset.names) == {"dataset", "core", "head"}
    assert set(preset.plain) == {"precision"}
    assert preset.budget.epochs or preset.budget.minutes


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_preset_begins_with_what_it_is_and_how_it_is_used(name):
    text = (presets.FOLDER / f"{name}.toml").read_text("utf-8")
    assert text.startswith(f"# {shipped()[name]}\n")
    assert re.search(rf"^#   hwsynth train --preset {name} --data IAM( \\)?$", text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_preset_has_as_many_parameters_as_its_model(name):
    from hwsynth.model import build_model
    from hwsynth.reading_model import build_reading_model

    fields = experiment_of(presets.find(name))
    build = build_reading_model if name in READERS else build_model
    characters = CHARACTERS.get(name, 81)
    marks = 2 if name in ALIGNED else 1
    task = Task((1.0, 1.0), marks=marks, charset="".join(map(chr, range(33, 33 + characters))))
    units = {"units": Units(0.0, 1.0, 4.0)} if name in ALIGNED else {}
    model = build(fields["core"], fields["head"], fields["model"], task=task, **units)
    assert model.head.params == (1 + characters if name in READERS else 119 + 2 * marks)
    counted = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    assert counted == PARAMETERS[name]


def test_the_notebook_is_the_whole_experiment():
    fields = experiment_of(presets.find("notebook"))
    assert fields["core"].module_sizes() == (128,) * 8
    assert fields["core"].module_periods() == (1, 2, 4, 8, 16, 32, 64, 128)
    assert (fields["core"].coupling, fields["core"].inactive) == ("none", "zero")
    assert (fields["batches"].batch_size, fields["batches"].crop) == (50, 300)
    assert fields["batches"].clip == 500
    assert (fields["training"].schedule, fields["training"].decay) == ("epoch", 0.95)
    assert fields["budget"] == Budget(epochs=40)


def test_the_two_notebooks_differ_in_their_cell_alone():
    loose, paper = (presets.find(name) for name in ("notebook", "notebook-koutnik"))
    cell = {"cell", "coupling", "inactive"}
    assert loose.options["core"].keys() - paper.options["core"].keys() == cell
    common = {k: v for k, v in loose.options["core"].items() if k not in cell}
    assert {**loose.options, "core": common} == paper.options
    assert (loose.names, loose.plain, loose.budget) == (paper.names, paper.plain, paper.budget)


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_preset_trains_when_made_small(formula, name):
    preset, small = presets.find(name), dict(SMALL)
    if preset.names["core"] == "cwrnn":
        small["core.modules"] = 3
    if preset.options["batches"]["crop"]:
        small["batches.crop"] = 20
    if name in READERS:
        del small["head.mixtures"]
        small["model.convolution"] = 4
    settings = [f"--set={key}={value}" for key, value in small.items()]
    # The formula does not know where its characters end.
    dataset = "synthetic" if name in ALIGNED else "formula"
    settings += ["--set=dataset.lines=12"] + ["--set=dataset.writers=3"] * (name in ALIGNED)
    record = begun("--preset", name, "--dataset", dataset, "--steps", 1, *settings)
    assert record.preset == name
    assert record.budget == Budget(steps=1)
    assert record.training == experiment_of(preset)["training"]


def test_the_preset_goes_before_the_defaults(mine):
    record = begun("--preset", mine)
    assert (record.core.name, record.core.options["units"]) == ("lstm", 8)
    assert record.seed == 3
    assert record.training.schedule == "cosine"
    assert record.budget == Budget(steps=1)
    assert record.preset == "mine.toml"


def test_what_is_given_goes_before_the_preset_even_where_it_is_the_default(mine):
    given = ("--seed", 0, "--set", "training.schedule=exponential", "--batch-size", 4)
    record = begun("--preset", mine, *given, "--minutes", "1e-9")
    assert record.seed == 0
    assert record.training.schedule == "exponential"
    assert (record.batches.batch_size, record.batches.crop) == (4, 20)
    assert record.budget == Budget(minutes=1e-9)


def test_another_core_takes_the_place_of_the_presets_and_of_its_options(mine):
    given = ("--core", "cwrnn", "--set", "core.modules=2", "--set", "core.units=6")
    record = begun("--preset", mine, *given)
    assert record.core.name == "cwrnn"
    assert record.core.options["units"] == 6


def test_options_of_the_presets_core_do_not_reach_another():
    left = of_toml("mine", MINE).without(["core"])
    assert "core" not in left.names
    assert "core" not in left.options
    assert left.names["head"] == "mdn"


def test_a_run_is_a_preset_for_another(untrained, trained_run):
    before = contents(trained_run)
    old, new = RunFolder(trained_run).record(), begun("--preset", trained_run)
    assert new.preset == str(trained_run)
    same = {"created", "preset"}
    assert new.model_dump(exclude=same) == old.model_dump(exclude=same)
    assert contents(trained_run) == before


def test_a_run_gives_its_data_unless_another_dataset_is_wanted(trained_run):
    record = RunFolder(trained_run).record()
    data = record.data.model_copy(update={"path": "/ink"})
    preset = of_record("old", record.model_copy(update={"data": data}))
    assert experiment_of(preset)["data"] == Path("/ink")
    assert preset.without(["dataset"]).data is None
    assert preset.without(["core"]).data == Path("/ink")


def test_a_run_written_as_toml_is_read_back_with_every_option(trained_run):
    preset = of_record("old", RunFolder(trained_run).record())
    text = toml_text(preset, "Made from\n[core]")
    assert text.startswith("# Made from[core]\n")
    again = of_toml("old", text)
    assert experiment_of(again) == experiment_of(preset)
    assert again.options.keys() == preset.options.keys()
    assert all(again.options[key].keys() == preset.options[key].keys() for key in preset.options)


def test_none_and_lists_survive_toml():
    options = {"periods": (1, 3), "weight_sd": None, "modules": 2}
    preset = Preset("old", names={"core": "cwrnn"}, options={"core": options})
    again = of_toml("old", toml_text(preset, "A clock"))
    core = plugins().component("core", "cwrnn")
    assert build_options(core, again.options["core"], section="core") == core(**options)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cor = 1", ("'cor'", "Did you mean 'core'?")),
        ('core = "lstm"', ("[core]", 'name = "lstm"')),
        ("training = 3", ("training must be a table", "[training]")),
        ("[core]\nunits = 8", ("[core]", "name =")),
        ("[core]\nname = 3", ("[core]", "name =")),
        ('[core]\nname = "lstn"', ("'lstn'", "Did you mean 'lstm'?")),
        ('[core]\nname = "lstm"\nunts = 3', ("core.unts", "Did you mean 'core.units'?")),
        ('[core]\nname = "lstm"\nunits = -3', ("core.units=-3", "int > 0")),
        ('[core]\nname = "lstm"\nunits = true', ("core.units=true", "int > 0")),
        ('[core]\nname = "lstm"\nunits = [8]', ("core.units=8", "int > 0")),
        ('[core]\nname = "lstm"\nunits = {a = 1}', ("core.units", "int > 0")),
        ('[core]\nname = "cwrnn"\nmodules = 2\nperiods = [true, 2]', ("core.periods=true,2",)),
        ("[training]\nlearning_rat = 1", ("Did you mean 'training.learning_rate'?",)),
        ("[training]\nlearning_rate = nan", ("training.learning_rate=nan", "> 0")),
        ("[batches]\ncrop = 2020-01-01", ("batches.crop=2020-01-01", "int ≥ 0")),
        ("[budget]\nhours = 1", ("budget.hours", "minutes")),
        ("[budget]\nsteps = 0", ("budget.steps=0", "int > 0")),
        ("seed = -1", ("seed=-1", "int ≥ 0")),
        ("seed = true", ("seed=true",)),
        ('precision = "float16"', ("precision=float16", "float32|bfloat16")),
        ("[core", ("not TOML", "at end of document")),
        ("a = 1\na = 2", ("not TOML",)),
        ("a = " + "9" * 5000, ("not TOML",)),
        ("a = " + "[" * 100_000, ("not TOML",)),
        ("# " + "a" * presets.MAX_BYTES, ("larger than a preset may be",)),
        ("# \udcff", ("not text in UTF-8",)),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else None,
)
def test_a_file_that_cannot_be_used_is_refused_by_its_name(formula, text, words):
    Path("bad.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(run("train", "--run", "new", "--preset", "bad.toml"), "bad.toml", *words)
    assert not Path("new").exists()


def test_a_file_that_is_missing_is_refused_with_the_names_there_are(formula):
    refused(run("train", "--preset", "none.toml"), "none.toml", "No such file", "write-rnn")
    Path("folder.toml").mkdir()
    refused(run("train", "--preset", "folder.toml"), "folder.toml", "directory")


def test_a_name_that_is_none_is_refused_with_the_nearest(formula):
    refused(run("train", "--preset", "notebok"), "Did you mean 'notebook'?")
    refused(run("train", "--preset", "runs/x"), "'runs/x'", "NAME.toml")


def test_a_folder_that_is_no_run_is_refused(formula):
    Path("empty").mkdir()
    for name in ("empty", "empty/run.json"):
        result = run("train", "--preset", name)
        assert result.exit_code == 1
        assert "run.json" in result.stderr


def test_a_run_goes_on_under_the_preset_it_was_begun_with(mine):
    begun("--preset", mine, "--set", "core.units=6")
    before = contents(Path("new"))
    again = ("train", "--run", "new", "--resume", "--preset", mine)
    result = run(*again, "--set", "core.units=6")
    assert result.exit_code == 0, result.output
    refused(run(*again), "core.units is 6, not 8")
    assert contents(Path("new")) == before


def test_a_preset_without_bounds_leaves_the_default_budget():
    preset = of_toml("mine", "[budget]\n")
    assert preset.budget is None


def test_the_help_lists_every_preset():
    listed = run("train", "--help").stdout.partition("For --preset:\n")[2]
    assert all(re.search(rf"^  {name}\s", listed, re.MULTILINE) for name in shipped())


def test_presets_are_listed_with_what_they_are():
    words = run("presets").stdout.split()
    for name, about in shipped().items():
        assert name in words
        assert set(about.split()) <= set(words)


@pytest.mark.parametrize("name", shipped())
def test_a_preset_is_printed_as_it_stands_in_its_file(name):
    assert run("presets", name).stdout == (presets.FOLDER / f"{name}.toml").read_text("utf-8")


def test_a_runs_options_are_printed_as_a_preset_that_starts_the_same_run(untrained, trained_run):
    printed = run("presets", trained_run).stdout
    Path("old.toml").write_text(printed)
    old, new = RunFolder(trained_run).record(), begun("--preset", "old.toml")
    same = {"created", "preset"}
    assert new.model_dump(exclude=same) == old.model_dump(exclude=same)


def test_a_file_that_is_no_preset_is_not_printed(formula):
    Path("bad.toml").write_text("[core")
    refused(run("presets", "bad.toml"), "bad.toml", "not TOML")


def test_errors_of_a_preset_name_it_on_every_line():
    text = "[training]\nlearning_rate = -1\ndecay = 2"
    with pytest.raises(UsageError) as caught:
        of_toml("mine.toml", text)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("mine.toml: training.") for line in lines)


def test_the_example_in_the_documentation_is_a_preset():
    text = (Path(__file__).parents[1] / "docs" / "presets.md").read_text("utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    preset = of_toml("example", example)
    preset.check_components(plugins())
    assert preset.budget == Budget(minutes=30)


def test_the_documentation_names_every_preset_and_its_parameters():
    text = (Path(__file__).parents[1] / "docs" / "presets.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([\w-]+)` \|.*\| ([\d,]+) \|$", text, re.MULTILINE))
    assert rows == {name: f"{PARAMETERS[name]:,}" for name in shipped()}
