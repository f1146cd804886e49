"""The one module that knows TensorFlow, JAX and PyTorch by name.

Everything else speaks `keras.ops`. What Keras does not offer on all backends, or not fast
enough, is here: choosing device and threads before a framework starts, loops over time, own
derivatives, compiling a function.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from hwsynth.contracts import Precision
from hwsynth.errors import UsageError

Tensor = Any
Device = Literal["auto", "cpu", "gpu"]

OPSET = 18
"""Version of ONNX's operators: the newest that browsers' runtimes have had for years."""

_MODULES = {"tensorflow": "tensorflow", "jax": "jax", "torch": "torch"}


def name() -> str:
    """The backend that Keras runs on: tensorflow, jax or torch."""
    import keras

    return str(keras.config.backend())


def prepare(device: Device = "auto") -> None:
    """Checks the wished backend and device, and starts the framework on it.

    Call it before anything imports Keras. Raises UsageError where KERAS_BACKEND, or else Keras'
    own keras.json, names what is unknown or not installed, or where `device` is gpu and none is
    there.
    """
    _check_backend(*_wished())
    # Frameworks greet at length on import; their errors still come through.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
    if device == "cpu" and "keras" not in sys.modules:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    _start_quietly()
    if name() == "torch":
        _keep_freed_memory()
    if device == "gpu" and not gpus():
        raise UsageError(
            f"--device gpu was given, but {name()} sees no GPU here; "
            "take --device cpu or auto, or install the extra 'gpu' and its driver"
        )


def _wished() -> tuple[str, str]:
    """The backend that Keras will take, and what names it; found as Keras does, without it."""
    if given := os.environ.get("KERAS_BACKEND"):
        return given, "KERAS_BACKEND"
    file = _keras_folder() / "keras.json"
    try:
        return str(json.loads(file.read_bytes())["backend"]), f"'backend' in {file}"
    except (OSError, ValueError, KeyError, TypeError):
        # None, or none that names a backend.
        return "tensorflow", "the default of KERAS_BACKEND"


def _keras_folder() -> Path:
    if (given := os.environ.get("KERAS_HOME")) is not None:
        return Path(given).expanduser()
    home = Path("~").expanduser()
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"


def _check_backend(wished: str, source: str) -> None:
    if wished not in _MODULES:
        raise UsageError(
            f"{source} is '{wished}'; it can be {', '.join(_MODULES)}. "
            "Set KERAS_BACKEND to one of these"
        )
    if importlib.util.find_spec(_MODULES[wished]) is None:
        # TensorFlow comes with hwsynth itself, the others by an extra.
        missing = "hwsynth" if wished == "tensorflow" else f"hwsynth[{wished}]"
        raise UsageError(
            f"{source} is '{wished}', but {wished} is not installed. "
            f"Try: pip install {missing}, or set KERAS_BACKEND to one that is"
        )


def _start_quietly() -> None:
    """Imports Keras; what TensorFlow's C++ says before its log level holds goes nowhere."""
    if "keras" in sys.modules:
        return
    stderr, sink = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(sink, 2)
        import keras  # noqa: F401
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(sink)


def _keep_freed_memory() -> None:
    """Has the C library keep what is freed, for what is wanted next.

    PyTorch asks it anew for every tensor on a CPU. By default what is large is the system's again
    at once, and its next pages are zeroed one by one: a fifth of a step of a large model. Where the
    library has no such switch (all but glibc), nothing is changed.
    """
    trim_threshold, mmap_threshold = -1, -3  # M_TRIM_THRESHOLD, M_MMAP_THRESHOLD in malloc.h
    with contextlib.suppress(OSError, AttributeError, TypeError):
        library = ctypes.CDLL(None)
        library.mallopt(mmap_threshold, 2**30)
        library.mallopt(trim_threshold, 2**31 - 1)


def gpus() -> int:
    """How many GPUs the backend sees."""
    if name() == "tensorflow":
        import tensorflow as tf

        return len(tf.config.list_physical_devices("GPU"))
    if name() == "jax":
        import jax

        return sum(device.platform != "cpu" for device in jax.devices())
    import torch

    return int(torch.cuda.device_count())


def scan(
    step: Callable[[tuple[Tensor, ...], tuple[Tensor, ...]], tuple[tuple, tuple]],
    carry: tuple[Tensor, ...],
    xs: tuple[Tensor, ...],
    *,
    reverse: bool = False,
) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Folds `step(carry, x) -> (carry, y)` over the first axis (steps) of each of `xs`.

    Returns the last carry and the ys, each (steps, ...), in the order of `xs` also when run in
    reverse. Unlike `keras.ops.scan`, a y may have another shape than the carry.
    """
    backend = name()
    if backend == "jax":
        import jax

        return jax.lax.scan(step, carry, xs, reverse=reverse)  # type: ignore[no-any-return]
    if backend == "tensorflow":
        return _scan_tensorflow(step, carry, xs, reverse)
    return _scan_eagerly(step, carry, xs, reverse)


def _scan_tensorflow(step: Any, carry: tuple, xs: tuple, reverse: bool) -> tuple[tuple, tuple]:
    import tensorflow as tf

    carry = tuple(tf.convert_to_tensor(c) for c in carry)
    xs = tuple(tf.convert_to_tensor(x) for x in xs)
    steps = xs[0].shape[0] if xs[0].shape[0] is not None else tf.shape(xs[0])[0]
    shapes = _y_shapes_tensorflow(step, carry, xs)
    queues = [tf.TensorArray(x.dtype, steps, element_shape=x.shape[1:]).unstack(x) for x in xs]
    stacks = [tf.TensorArray(dtype, steps, element_shape=shape) for shape, dtype in shapes]

    def body(i: Any, carry: tuple, stacks: list) -> tuple:
        t = steps - 1 - i if reverse else i
        carry, ys = step(carry, tuple(queue.read(t) for queue in queues))
        return i + 1, carry, [stack.write(t, y) for stack, y in zip(stacks, ys, strict=True)]

    _, carry, stacks = tf.while_loop(
        lambda i, *_: i < steps, body, (0, carry, stacks), maximum_iterations=steps
    )
    return carry, tuple(stack.stack() for stack in stacks)


def _y_shapes_tensorflow(step: Any, carry: tuple, xs: tuple) -> list[tuple]:
    """Shape and type of each y, found by tracing one step that is never run."""
    import tensorflow as tf

    carry_specs = tuple(tf.TensorSpec(c.shape, c.dtype) for c in carry)
    row_specs = tuple(tf.TensorSpec(x.shape[1:], x.dtype) for x in xs)
    traced = tf.function(step, autograph=False).get_concrete_function(carry_specs, row_specs)
    return [(y.shape, y.dtype) for y in traced.structured_outputs[1]]


def _scan_eagerly(step: Any, carry: tuple, xs: tuple, reverse: bool) -> tuple[tuple, tuple]:
    from keras import ops

    carry, xs = (tuple(map(ops.convert_to_tensor, given)) for given in (carry, xs))
    order = range(len(xs[0]))
    rows = []
    for t in reversed(order) if reverse else order:
        carry, ys = step(carry, tuple(x[t] for x in xs))
        rows.append(ys)
    if reverse:
        rows.reverse()
    return carry, tuple(ops.stack(ys) for ys in zip(*rows, strict=True))


def native_lstm(
    inputs: Tensor,
    kernel: Tensor,
    recurrent_kernel: Tensor,
    bias: Tensor,
    state: tuple[Tensor, Tensor],
    precision: Precision = "float32",
) -> tuple[Tensor, tuple[Tensor, Tensor]] | None:
    """The framework's own plain LSTM over inputs (batch, steps, features), where it has one that
    computes the same: outputs (batch, steps, units) and the final h and c (batch, units).

    Gates lie as i, f, o, g in kernel (features, 4·units), recurrent_kernel (units, 4·units) and
    bias (4·units,). PyTorch's is cuDNN's on a GPU; with operands of bfloat16 it is oneDNN's, on
    processors with units for them. None on the others: TensorFlow has cuDNN's outside XLA alone,
    and on CPUs Keras's is slower than a loop with its own derivative.
    """
    if name() != "torch":
        return None
    from hwsynth import torch_lstm

    tensors = inputs, *map(_value, (kernel, recurrent_kernel, bias)), state
    if precision == "float32":
        return torch_lstm.lstm(*tensors)
    return torch_lstm.bfloat16_lstm(*tensors) if torch_lstm.multiplies_bfloat16(inputs) else None


def emulates(precision: Precision) -> bool:
    """Whether products of that precision are put together of others here, which takes PyTorch some
    twenty times as long as float32 on processors without units for them."""
    if precision == "float32" or name() != "torch":
        return False
    import torch

    from hwsynth import torch_lstm

    return not torch.cuda.is_available() and not torch_lstm.multiplies_bfloat16(torch.zeros(()))


def cond(wanted: Tensor, yes: Callable[[], Any], no: Callable[[], Any]) -> Any:
    """`yes()` if `wanted`, else `no()`; what the other would take is not paid.

    As `keras.ops.cond`, which on JAX compiles anew at every call outside of a program.
    """
    if name() == "jax":
        import jax

        if not isinstance(wanted, jax.core.Tracer):
            return yes() if wanted else no()
    from keras import ops

    return ops.cond(wanted, yes, no)


def custom_gradient(function: Callable[..., tuple[Any, Callable]]) -> Callable:
    """`function(*tensors)` returns (outputs, derivative); `derivative(*output_derivatives)`
    gives one derivative an input. Outputs are one tensor or a tuple of them; what is called
    takes tensors or variables."""
    make = {
        "tensorflow": _custom_gradient_tensorflow,
        "jax": _custom_gradient_jax,
        "torch": _custom_gradient_torch,
    }
    own = make[name()](function)
    # A variable read inside would be one more input, whose derivative nobody gives.
    return lambda *tensors: own(*(_value(tensor) for tensor in tensors))


def _value(tensor: Any) -> Tensor:
    import keras

    value = tensor.value if isinstance(tensor, keras.Variable) else tensor
    if name() == "tensorflow":
        import tensorflow as tf

        return tf.convert_to_tensor(value)
    return keras.ops.convert_to_tensor(value)


def _custom_gradient_tensorflow(function: Callable) -> Callable:
    import tensorflow as tf

    return tf.custom_gradient(function)  # type: ignore[no-any-return]


def _custom_gradient_jax(function: Callable) -> Callable:
    import jax

    def with_one_argument(*tensors: Any) -> tuple[Any, Callable]:
        outputs, derivative = function(*tensors)
        # JAX hands the derivatives over as one nest of the outputs' shape.
        if isinstance(outputs, tuple):
            return outputs, lambda derivatives: derivative(*derivatives)
        return outputs, derivative

    return jax.custom_gradient(with_one_argument)  # type: ignore[no-any-return]


def _custom_gradient_torch(function: Callable) -> Callable:
    # keras.ops.custom_gradient fails on PyTorch with two outputs and hides forward errors.
    import torch

    class OwnGradient(torch.autograd.Function):  # type: ignore[misc]
        @staticmethod
        def forward(ctx: Any, *tensors: Any) -> Any:
            outputs, ctx.derivative = function(*tensors)
            return outputs

        @staticmethod
        def backward(ctx: Any, *derivatives: Any) -> Any:
            return ctx.derivative(*derivatives)

    return lambda *tensors: OwnGradient.apply(*tensors)


def compiled(function: Callable, variables: Sequence[Any]) -> Callable:
    """`function` of tensors (or nests of them) as one compiled program, where there is one.

    `variables` are the Keras variables that it reads: their values are those at each call.
    """
    backend = name()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function, jit_compile=True, autograph=False)  # type: ignore[no-any-return]
    if backend == "jax":
        return _compiled_jax(function, variables)
    return _without_gradients_torch(function)


def _compiled_jax(function: Callable, variables: Sequence[Any]) -> Callable:
    # JAX would freeze the variables' values into the program: they go in as arguments.
    import jax
    import keras

    def pure(values: list, *args: Any) -> Any:
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*args)

    program = jax.jit(pure)
    return lambda *args: program([variable.value for variable in variables], *args)


def _without_gradients_torch(function: Callable) -> Callable:
    import keras
    import torch

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def call(*args: Any) -> Any:
        # The other frameworks turn NumPy's arrays into tensors as they enter a program.
        return function(*keras.tree.map_structure(keras.ops.convert_to_tensor, args))

    return call  # type: ignore[no-any-return]


def compiles_training(gains_from_xla: bool) -> bool:
    """Whether Keras should compile a training step (its `jit_compile`).

    On JAX always, as there a step is either compiled by XLA or not at all; on PyTorch never, whose
    compiler takes minutes over loops that Python unrolls.
    """
    return {"tensorflow": gains_from_xla, "jax": True, "torch": False}[name()]


Sources = Sequence[Tensor]


def gradients(
    function: Callable[[Sources, Sources], tuple[Tensor, Any]],
    variables: Sequence[Any],
    *,
    compiled: bool = False,
) -> Callable[[Sources, Sources], tuple[Any, list[Tensor]]]:
    """`function(sources, rest)` gives (scalar, more) -> a program of the same arguments that
    gives more, and the scalar's derivatives by each of the sources and then by each of the Keras
    `variables`; zeros where it does not depend on one. `compiled`: by XLA, where TensorFlow has
    the choice."""
    if name() == "tensorflow":
        return _gradients_tensorflow(function, variables, compiled)  # type: ignore[no-any-return]
    make = {"jax": _gradients_jax, "torch": _gradients_torch}
    return make[name()](function, variables)  # type: ignore[no-any-return]


def _gradients_tensorflow(function: Any, variables: Any, compiled: bool) -> Any:
    import tensorflow as tf

    def run(sources: Any, rest: Any) -> tuple[Any, list]:
        everything = [*sources, *(variable.value for variable in variables)]
        with tf.GradientTape() as tape:
            tape.watch(everything)
            scalar, more = function(sources, rest)
        return more, tape.gradient(scalar, everything, unconnected_gradients="zero")

    # As a graph, so that states are traced as they are in training.
    return tf.function(run, autograph=False, jit_compile=compiled)


def _gradients_jax(function: Any, variables: Any) -> Any:
    import jax
    import keras

    def run(everything: Any, rest: Any) -> tuple[Any, Any]:
        count = len(everything) - len(variables)
        mapping = list(zip(variables, everything[count:], strict=True))
        with keras.StatelessScope(state_mapping=mapping):
            return function(everything[:count], rest)  # type: ignore[no-any-return]

    program = jax.jit(jax.grad(run, has_aux=True))

    def call(sources: Any, rest: Any) -> tuple[Any, list]:
        values = [variable.value for variable in variables]
        derivatives, more = program([*sources, *values], rest)
        return more, derivatives

    return call


def _gradients_torch(function: Any, variables: Any) -> Any:
    import keras
    import torch

    def call(sources: Any, rest: Any) -> tuple[Any, list]:
        own = [torch.as_tensor(source).detach().requires_grad_() for source in sources]
        scalar, more = function(own, rest)
        everything = [*own, *(variable.value for variable in variables)]
        found = torch.autograd.grad(scalar, everything, allow_unused=True)
        # What is given out is values, as from the programs of the other frameworks.
        return keras.tree.map_structure(torch.detach, more), [
            torch.zeros_like(source) if derivative is None else derivative
            for source, derivative in zip(everything, found, strict=True)
        ]

    return call


def as_onnx(function: Callable[..., dict[str, Tensor]], inputs: Mapping[str, Any]) -> Any:
    """`function` of tensors, given by place, as an ONNX model; on TensorFlow alone.

    inputs: name -> (shape, type), with None for an axis of any length. The model's inputs and
    outputs have the names of these and of what the function gives. What ONNX has nothing for stays
    in the model as it is, and no runtime takes it.
    """
    import tensorflow as tf
    import tf2onnx

    signature = [tf.TensorSpec(*about, name=name) for name, about in inputs.items()]
    log = logging.getLogger("tf2onnx")
    level = log.level
    log.setLevel(logging.CRITICAL)
    try:
        return tf2onnx.convert.from_function(
            tf.function(function, input_signature=signature, autograph=False),
            input_signature=signature,
            opset=OPSET,
            custom_op_handlers={"Log1p": (_log1p_in_onnx, [])},
        )[0]
    finally:
        log.setLevel(level)


def _log1p_in_onnx(context: Any, node: Any, name: str, args: Any) -> None:
    """log(1 + x): ONNX has none of its own. Sums of logarithms, where it stands, bear the
    rounding of x."""
    import numpy as np

    one = context.make_const(f"{name}_one", np.float32(1))
    total = context.make_node("Add", [node.input[0], one.output[0]])
    node.type = "Log"
    context.replace_all_inputs(node.input[0], total.output[0], ops=[node])
