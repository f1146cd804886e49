"""What tests ask of any backend."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def numpy_of(tensor: Any) -> NDArray:
    """The numbers of a tensor or variable, also of one that PyTorch would differentiate by."""
    from keras import ops

    return np.asarray(ops.convert_to_numpy(tensor))
