"""PyTorch's own LSTM, over whole sequences; a part of `backend`, which alone calls it.

In float32 that is `torch.lstm`: cuDNN's on a GPU. In bfloat16, on processors with units for its
products (AMX), it is oneDNN's, called a level lower: `torch.lstm` would keep the cell c in
bfloat16 as well, where what is below 1/256 of it is lost as it is added. Here the operands of
products alone are bfloat16 (weights, inputs, h); c, bias and all derivatives are float32.
"""

from __future__ import annotations

from typing import Any

import torch

Tensor = Any
State = tuple[Tensor, Tensor]

_LSTM = 2
"""oneDNN's number of this kind of cell."""


def lstm(
    inputs: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor, state: State
) -> tuple[Tensor, State]:
    """In float32; see `backend.native_lstm` for what the tensors are."""
    b = _arranged(bias)
    weights = [_arranged(kernel), _arranged(recurrent_kernel), b, torch.zeros_like(b)]
    first = [part[None].contiguous() for part in state]
    # In turn: biases, layers, dropout, training, both ways, batch first.
    outputs, h, c = torch.lstm(inputs, first, weights, True, 1, 0.0, True, False, True)
    return outputs, (h[0], c[0])


def multiplies_bfloat16(inputs: Tensor) -> bool:
    """Whether `bfloat16_lstm` is there for tensors like this one, and quick."""
    if inputs.device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return False
    # PyTorch has no public name for it; versions before 2.6 have none at all.
    supported = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return supported is not None and bool(supported())


def bfloat16_lstm(
    inputs: Tensor, kernel: Tensor, recurrent_kernel: Tensor, bias: Tensor, state: State
) -> tuple[Tensor, State]:
    """With operands of products in bfloat16; see `backend.native_lstm`."""
    weights = _arranged(kernel), _arranged(recurrent_kernel), _arranged(bias)
    outputs, h, c = _OneDNN.apply(inputs, *weights, *state)
    return outputs, (h, c)


def _arranged(weight: Tensor) -> Tensor:
    """(..., 4·units) -> (4·units, ...), gates from i, f, o, g to i, f, g, o."""
    i, f, o, g = weight.chunk(4, dim=-1)
    return torch.cat([i, f, g, o], dim=-1).movedim(-1, 0).contiguous()


class _OneDNN(torch.autograd.Function):  # type: ignore[misc]
    """inputs (batch, steps, features), weights as PyTorch has them, h and c (batch, units) ->
    outputs (batch, steps, units) and the final h and c."""

    @staticmethod
    def forward(ctx: Any, inputs: Tensor, w: Tensor, u: Tensor, b: Tensor, *state: Tensor) -> Any:
        x, h = _copied(inputs.transpose(0, 1), torch.bfloat16), state[0][None].to(torch.bfloat16)
        w, u = w.to(torch.bfloat16), u.to(torch.bfloat16)
        given = x, w, u, b, torch.zeros_like(b), h.contiguous(), state[1][None].contiguous()
        # oneDNN keeps what the way back needs only where PyTorch says that there is one.
        with torch.set_grad_enabled(any(ctx.needs_input_grad)):
            results = torch.ops.aten.mkldnn_rnn_layer(
                *given, False, [], _LSTM, u.shape[1], 1, True, False, False, True
            )
        ctx.save_for_backward(*given, *results)
        outputs, h, c, _ = results
        return _copied(outputs.transpose(0, 1), torch.float32), h[0].float(), c[0]

    @staticmethod
    def backward(ctx: Any, *derivatives: Tensor) -> Any:
        *kept, workspace = ctx.saved_tensors
        doutputs, dh, dc = derivatives
        dx, dw, du, db, _, dh, dc = torch.ops.aten.mkldnn_rnn_layer_backward(
            *kept, doutputs.transpose(0, 1), dh[None], dc[None],
            False, _LSTM, kept[2].shape[1], 1, True, True, False, [], False, workspace,
        )  # fmt: skip
        return dx.transpose(0, 1), dw, du, db, dh[0], dc[0]


def _copied(tensor: Tensor, dtype: Any) -> Tensor:
    """In that type, laid out in the order of its axes; in one pass, unlike by `to`."""
    return torch.empty(tensor.shape, dtype=dtype).copy_(tensor)
