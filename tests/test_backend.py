from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from hwsynth import UsageError, backend
from hwsynth.cli import training_display


def _tensor(value: Any) -> Any:
    from keras import ops

    return ops.convert_to_tensor(np.asarray(value, np.float32))


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("steps", [1, 7])
def test_scan_folds_over_the_first_axis_in_either_direction(steps: int, reverse: bool) -> None:
    from keras import ops

    a, b = np.random.default_rng(0).standard_normal((2, steps, 3)).astype(np.float32)

    def step(carry: tuple, row: tuple) -> tuple:
        total, count = carry
        total = 0.5 * total + row[0] * row[1]
        return (total, count + 1), (total, ops.sum(total) * ops.ones((2, 2)))

    carry = (ops.zeros((3,)), ops.zeros((), "int32"))
    (total, count), (totals, sums) = backend.scan(
        step, carry, (_tensor(a), _tensor(b)), reverse=reverse
    )
    wanted, each = np.zeros(3), np.zeros((steps, 3))
    for t in reversed(range(steps)) if reverse else range(steps):
        each[t] = wanted = 0.5 * wanted + a[t] * b[t]
    np.testing.assert_allclose(np.asarray(total), wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(np.asarray(totals), each, rtol=1e-5, atol=1e-6)
    squares = np.broadcast_to(each.sum(axis=1)[:, None, None], (steps, 2, 2))
    np.testing.assert_allclose(np.asarray(sums), squares, rtol=1e-5, atol=1e-6)
    assert int(count) == steps


def test_scan_is_differentiable() -> None:
    """Against d/dx_t of ½(Σ_t 0.5^(steps−1−t) x_t)², the end of y = 0.5·y + x."""
    from keras import ops

    xs = np.random.default_rng(1).standard_normal((6, 2)).astype(np.float32)

    def half_square(sources: Any, rest: Any) -> Any:
        def step(carry: tuple, row: tuple) -> tuple:
            y = 0.5 * carry[0] + row[0]
            return (y,), (y,)

        (last,), _ = backend.scan(step, (ops.zeros((2,)),), (sources[0],))
        return 0.5 * ops.sum(ops.square(last)), last

    last, (derivative,) = backend.gradients(half_square, [])([_tensor(xs)], [])
    shares = 0.5 ** np.arange(5, -1, -1)[:, None]
    np.testing.assert_allclose(np.asarray(last), (shares * xs).sum(axis=0), rtol=1e-5)
    np.testing.assert_allclose(np.asarray(derivative), shares * np.asarray(last), rtol=1e-5)


def _product(x: Any, w: Any) -> Any:
    """tanh(x·w) and its sum by rows, with the derivatives written out."""
    from keras import ops

    y = ops.tanh(ops.matmul(x, w))

    def derivative(dy: Any, dtotal: Any) -> tuple:
        dz = (dy + dtotal[:, None]) * (1 - y * y)
        return ops.matmul(dz, ops.transpose(w)), ops.matmul(ops.transpose(x), dz)

    return (y, ops.sum(y, axis=1)), derivative


@pytest.mark.parametrize("wanted", [True, False])
def test_a_branch_that_is_not_wanted_has_no_part_in_value_or_derivative(wanted: bool) -> None:
    from keras import ops

    def either(sources: Any, rest: Any) -> tuple[Any, Any]:
        (x,) = sources
        # Both are without bounds where the other is taken.
        y = backend.cond(rest[0] > 0, lambda: ops.sum(1 / (x + 1)), lambda: ops.sum(1 / (x - 1)))
        return y, y

    sign = 1.0 if wanted else -1.0
    value, (dx,) = backend.gradients(either, [])([_tensor([sign, sign])], [_tensor(sign)])
    assert float(value) == sign
    assert np.asarray(dx).tolist() == [-0.25, -0.25]


def test_outside_of_a_program_only_the_wanted_branch_runs() -> None:
    ran = []

    def yes() -> Any:
        ran.append("yes")
        return _tensor(1)

    for wanted, given in ((True, 1), (False, 2)):
        assert float(backend.cond(_tensor(wanted) > 0, yes, lambda: _tensor(2))) == given
    assert ran == ["yes"]


@pytest.mark.parametrize("as_variable", [False, True])
def test_an_own_gradient_of_two_outputs_is_that_of_automatic_differentiation(
    as_variable: bool,
) -> None:
    import keras
    from keras import ops

    rng = np.random.default_rng(2)
    x, w, c = (rng.standard_normal(shape).astype(np.float32) for shape in ((4, 3), (3, 2), (4, 2)))
    variable = keras.Variable(w)
    found = []
    for function in (
        lambda x, w: backend.custom_gradient(_product)(x, w),
        lambda x, w: _product(ops.convert_to_tensor(x), ops.convert_to_tensor(w))[0],
    ):

        def scalar(sources: Any, rest: Any, function: Any = function) -> Any:
            y, totals = function(sources[0], variable if as_variable else sources[1])
            return ops.sum(y * rest[0]) + ops.sum(ops.square(totals)), y

        sources = [_tensor(x)] if as_variable else [_tensor(x), _tensor(w)]
        program = backend.gradients(scalar, [variable] if as_variable else [])
        found.append(program(sources, [_tensor(c)])[1])
    for own, automatic in zip(*found, strict=True):
        np.testing.assert_allclose(np.asarray(own), np.asarray(automatic), rtol=1e-5, atol=1e-6)
        assert np.abs(np.asarray(own)).max() > 0.1


def test_an_own_gradient_may_be_any() -> None:
    from keras import ops

    doubled = backend.custom_gradient(lambda x: (x * 1.0, lambda dx: 2 * dx))
    program = backend.gradients(lambda sources, _: (ops.sum(doubled(sources[0])), ()), [])
    assert np.asarray(program([_tensor([1, 2])], [])[1][0]).tolist() == [2, 2]


def test_a_derivative_by_what_does_not_matter_is_zero() -> None:
    from keras import ops

    program = backend.gradients(lambda sources, _: (ops.sum(sources[0]), ()), [])
    _, (by_first, by_second) = program([_tensor([1, 2]), _tensor([3])], [])
    assert np.asarray(by_first).tolist() == [1, 1]
    assert np.asarray(by_second).tolist() == [0]


def test_a_compiled_function_reads_variables_as_they_are_at_each_call() -> None:
    import keras

    variable = keras.Variable(np.float32([1.0]))
    program = backend.compiled(lambda x: x * variable, [variable])
    assert np.asarray(program(_tensor([3]))).tolist() == [3]
    variable.assign([2.0])
    assert np.asarray(program(_tensor([3]))).tolist() == [6]


def test_a_derivative_is_clipped_and_the_value_is_not() -> None:
    from keras import ops

    from hwsynth import clip_derivative

    def summed(sources: Any, rest: Any) -> Any:
        same = clip_derivative(sources[0], 0.5)
        return ops.sum(same * rest[0]), same

    same, (derivative,) = backend.gradients(summed, [])(
        [_tensor([-9, 0, 9, 1])], [_tensor([-3, 0.2, 3, -0.5])]
    )
    assert np.asarray(same).tolist() == [-9, 0, 9, 1]
    np.testing.assert_allclose(np.asarray(derivative), [-0.5, 0.2, 0.5, -0.5])


def test_an_unknown_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "theano")
    with pytest.raises(UsageError, match=r"'theano'; it can be tensorflow, jax, torch") as caught:
        backend.prepare()
    assert "Set KERAS_BACKEND to one of these" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "package"),
    [("tensorflow", "hwsynth,"), ("jax", r"hwsynth\[jax\],"), ("torch", r"hwsynth\[torch\],")],
)
def test_a_backend_that_is_not_installed_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, package: str
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", name)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=f"'{name}', but .* pip install {package}"):
        backend.prepare()


@pytest.fixture
def keras_json(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where Keras looks for its settings, with no backend named by the environment."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    return tmp_path / "keras.json"


def test_an_unknown_backend_in_the_settings_of_keras_is_refused(keras_json: Path) -> None:
    keras_json.write_text('{"backend": "theano"}')
    with pytest.raises(UsageError, match=r"'backend' in .*keras\.json is 'theano'; it can be"):
        backend.prepare()


@pytest.mark.parametrize("text", ["{", "{}", '{"backend": "torch"}'])
@pytest.mark.parametrize("given", [None, "", "jax"])
def test_the_environment_goes_before_the_settings_of_keras(
    monkeypatch: pytest.MonkeyPatch, keras_json: Path, text: str, given: str | None
) -> None:
    if given is not None:
        monkeypatch.setenv("KERAS_BACKEND", given)
    keras_json.write_text(text)
    wanted = given or ("torch" if "torch" in text else "tensorflow")
    assert backend._wished()[0] == wanted


def test_a_gpu_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "gpus", lambda: 0)
    with pytest.raises(UsageError, match=r"--device gpu was given, but .* sees no GPU"):
        backend.prepare("gpu")


def test_a_gpu_that_is_there_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "gpus", lambda: 1)
    backend.prepare("gpu")


def test_a_fresh_process_starts_without_a_word_on_the_cpu() -> None:
    code = (
        "import sys; from hwsynth import backend\n"
        "assert 'keras' not in sys.modules\n"
        "backend.prepare('cpu')\n"
        "assert 'keras' in sys.modules and backend.gpus() == 0\n"
        "from keras import ops; ops.zeros((1,))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={name: os.environ[name] for name in os.environ if not name.startswith("TF_")},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(
    backend.name() != "torch" or platform.libc_ver()[0] != "glibc", reason="PyTorch on glibc alone"
)
def test_memory_that_is_freed_is_not_asked_of_the_system_again() -> None:
    import resource

    import torch

    backend.prepare()
    faults = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        torch.ones(2**24)
        faults.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    # 64 MiB are thousands of pages, whatever their size.
    assert faults[-1] < 100


@pytest.mark.skipif(backend.name() != "torch", reason="PyTorch alone does")
@pytest.mark.parametrize("has_units", [True, False])
def test_bfloat16_is_emulated_where_the_processor_has_no_units_for_it(
    has_units: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("a GPU has units for it")
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: has_units)
    assert backend.emulates("bfloat16") is not has_units
    assert not backend.emulates("float32")


def test_training_warns_where_its_precision_is_emulated(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run = SimpleNamespace(record=SimpleNamespace(precision="bfloat16"))
    for emulated in (False, True):
        monkeypatch.setattr(backend, "emulates", lambda precision, emulated=emulated: emulated)
        training_display._warn_of_emulation(run)  # type: ignore[arg-type]
    (said,) = caplog.messages
    assert "no units for bfloat16" in said
    assert "without --precision" in said
