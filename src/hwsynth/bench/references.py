"""What we are measured against: public layers, and the plain way to write the rest.

PyTorch is named here, beside the backend that hwsynth runs on, since its `nn.LSTM` is one of
the references.
"""

from __future__ import annotations

import tarfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from hwsynth import backend
from hwsynth.bench.measuring import SkippedError

Tensor = Any


class MaskedClockworkCell(keras.layers.Layer):
    """Koutník et al. 2014 as it is written: the full matrix at every step, then what does not
    tick is masked out. For `keras.layers.RNN`.

    What a module must not read is held at 0 by a constraint, after each update: to multiply by a
    mask at every step as well would cost a quarter more.
    """

    def __init__(self, periods: Sequence[int], units_a_module: int, **layer: Any) -> None:
        super().__init__(**layer)
        self.periods = np.repeat(periods, units_a_module)
        self.units = len(self.periods)
        self.state_size = [self.units, 1]
        self.output_size = self.units

    def build(self, input_shape: Any) -> None:
        """Weights for inputs (batch, features)."""
        self.kernel = self.add_weight((input_shape[-1], self.units), name="kernel")
        # Module i reads modules j >= i: columns are those that read.
        self.reads = (self.periods[:, None] >= self.periods).astype(np.float32)
        self.recurrent = self.add_weight(
            (self.units, self.units), constraint=self.only_links, name="recurrent"
        )
        self.recurrent.assign(self.only_links(self.recurrent))
        self.bias = self.add_weight((self.units,), initializer="zeros", name="bias")
        self.every = ops.convert_to_tensor(self.periods.astype(np.float32))
        self.built = True

    def only_links(self, recurrent: Tensor) -> Tensor:
        """recurrent (units, units) with 0 where there is no link."""
        return recurrent * self.reads

    def call(self, inputs: Tensor, states: Sequence[Tensor]) -> tuple[Tensor, list[Tensor]]:
        """inputs (batch, features), h (batch, units) and the clock (batch, 1)."""
        h, clock = states
        z = ops.matmul(inputs, self.kernel) + ops.matmul(h, self.recurrent)
        ticks = ops.equal(ops.mod(clock, self.every), 0.0)
        h = ops.where(ticks, ops.tanh(z + self.bias), h)
        return h, [h, clock + 1]


def torch_lstm(units: int, inputs: NDArray[np.float32], weights: NDArray[np.float32]) -> Callable:
    """One pass of PyTorch's `nn.LSTM` over inputs (batch, steps, features), forwards, and
    backwards from a weighted sum of its outputs, on all cores, or the GPU where hwsynth is."""
    torch = _torch()
    device = _device(torch)
    layer = torch.nn.LSTM(inputs.shape[-1], units, batch_first=True).to(device)
    x, w = (torch.from_numpy(array).to(device) for array in (inputs, weights))

    def one_pass() -> None:
        layer.zero_grad(set_to_none=True)
        (layer(x)[0] * w).sum().backward()
        _wait(torch)

    return one_pass


def _torch() -> Any:
    try:
        import torch
    except ImportError:
        raise SkippedError("PyTorch is not installed; try: pip install hwsynth[bench]") from None
    return torch


def _device(torch: Any) -> str:
    """Where hwsynth computes too, so that machines are not what is compared."""
    if not backend.gpus():
        return "cpu"
    if not torch.cuda.is_available():
        raise SkippedError("PyTorch sees no GPU, and hwsynth runs on one; try: --device cpu")
    return "cuda"


def _wait(torch: Any) -> None:
    """Until a GPU is done with what it was told."""
    if backend.gpus():
        torch.cuda.synchronize()


def notebook_reader(archive: Path) -> int:
    """The notebook's way through IAM-OnDB: every stroke file through `xml.etree`, point by
    point, into an array of rows (x, y, pen_up). Returns how many points there were."""
    points = 0
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.isfile() and member.name.endswith(".xml"):
                points += len(_rows(ElementTree.fromstring(tar.extractfile(member).read())))  # type: ignore[union-attr]
    return points


def _rows(root: ElementTree.Element) -> NDArray[np.float32]:
    rows = []
    for stroke in root.iter("Stroke"):
        for point in stroke.iter("Point"):
            rows.append([int(point.attrib["x"]), int(point.attrib["y"]), 0])
        rows[-1][2] = 1
    return np.array(rows, np.float32)


def torch_writer(layers: int, units: int, lines: int, steps: int) -> Callable[[], object]:
    """Writing as a plain script does it: PyTorch's `nn.LSTM`, one step at a time in a Python
    loop, a mixture of 20 Gaussians after it, a point drawn from that and fed back. What it makes
    returns offsets (lines, steps, 3)."""
    torch = _torch()
    device, mixtures = _device(torch), 20
    core = torch.nn.LSTM(3, units, num_layers=layers, batch_first=True).eval().to(device)
    head = torch.nn.Linear(units, 6 * mixtures + 1).eval().to(device)

    def write() -> Any:
        rows, row, state = [], torch.zeros(lines, 1, 3, device=device), None
        with torch.no_grad():
            for _ in range(steps):
                output, state = core(row, state)
                row = _point(torch, head(output[:, 0]), mixtures)[:, None]
                rows.append(row)
        return torch.cat(rows, 1).cpu()

    return write


def _point(torch: Any, params: Any, mixtures: int) -> Any:
    """params (batch, params) -> a row (batch, 3) drawn of each (Graves 2013, eq. 18-23)."""
    pen_up, rest = params[:, :1], params[:, 1:].reshape(-1, 6, mixtures)
    component = torch.multinomial(torch.softmax(rest[:, 0], -1), 1)
    mx, my, sx, sy, rho = (rest[:, i].gather(1, component) for i in range(1, 6))
    nx, ny = torch.randn_like(mx), torch.randn_like(my)
    rho = torch.tanh(rho)
    x = mx + torch.exp(sx) * nx
    y = my + torch.exp(sy) * (rho * nx + torch.sqrt(1 - rho * rho) * ny)
    return torch.cat([x, y, torch.bernoulli(torch.sigmoid(pen_up))], -1)
