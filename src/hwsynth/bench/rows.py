"""What is measured, in the order of the report."""

from __future__ import annotations

from functools import partial

from hwsynth.bench import aligned, loading, model_step, sampling, shell, training, window_step
from hwsynth.bench.measuring import Benchmark, Target

BENCHMARKS = (
    Benchmark(
        "cwrnn-train",
        "clockwork core of 8 modules of 128, forwards and backwards, 50 lines of 300 steps",
        "the masked cell in keras.layers.RNN, the faster of graph and compiled",
        "ms",
        Target("at most", 1 / 12),
        training.cwrnn_train,
    ),
    Benchmark(
        "cwrnn-against-lstm-1024",
        "the same",
        "an LSTM of 1024 units, the fastest of keras.layers.LSTM and PyTorch's nn.LSTM",
        "ms",
        Target("at most", 1 / 15),
        training.cwrnn_against_lstm,
    ),
    Benchmark(
        "lstm-train",
        "LSTM core of 400 units, forwards and backwards, 50 lines of 300 steps",
        "PyTorch's nn.LSTM",
        "ms",
        Target("at most", 0.8),
        training.lstm_train,
    ),
    Benchmark(
        "lstm-train-bfloat16",
        "the same, products of bfloat16 operands",
        "PyTorch's nn.LSTM in float32",
        "ms",
        Target("at most", 0.5),
        partial(training.lstm_train, precision="bfloat16"),
    ),
    Benchmark(
        "model-step-notebook",
        "a whole step: 8 modules of 128, 20 mixtures, 50 lines of 300 steps, optimiser, input",
        "its core alone",
        "ms",
        Target("at most", 2.0),
        partial(model_step.model_step, core="cwrnn", layers=1),
    ),
    Benchmark(
        "model-step-3x400",
        "a whole step: 3 LSTM layers of 400 units, the rest the same",
        "its cores alone",
        "ms",
        Target("at most", 2.0),
        partial(model_step.model_step, core="lstm", layers=3, units=400),
    ),
    Benchmark(
        "window-3x400",
        "a whole step of 3 LSTM layers of 400 units with a window over 30 characters, 50 lines of "
        "300 steps, on PyTorch, in bfloat16 where the processor has units for it",
        "the same in float32, on the backend of the other rows",
        "ms",
        Target("at most", 1_500, of="ours"),
        window_step.window_step,
    ),
    Benchmark(
        "aligned-3x400",
        "a whole step of 3 LSTM layers of 400 units that are told a text and a writer beside the "
        "rows, 100 lines of 300 steps, on PyTorch, in bfloat16 where the processor has units for "
        "it",
        "the same in float32, on the backend of the other rows",
        "points/s",
        Target("at least", 20_000, of="ours"),
        aligned.aligned,
    ),
    *(
        Benchmark(
            f"sample-{'one' if lines == 1 else lines}-lstm-{layers}x{units}",
            f"{'one line' if lines == 1 else f'{lines} lines together'} of "
            f"{layers} LSTM layer{'s' if layers > 1 else ''} of {units} units",
            "PyTorch's nn.LSTM in a Python loop",
            "points/s",
            Target("at least", 1_500 if lines == 1 else 25_000, of="ours"),
            partial(sampling.lstm, layers=layers, units=units, lines=lines),
        )
        for layers, units in ((1, 900), (3, 400))
        for lines in (1, 64)
    ),
    *(
        Benchmark(
            f"sample-{'one' if lines == 1 else lines}-cwrnn",
            f"{'one line' if lines == 1 else f'{lines} lines together'} of 8 modules of 128",
            "nothing",
            "points/s",
            Target("at least", 4_000 if lines == 1 else 80_000, of="ours"),
            partial(sampling.cwrnn, lines=lines),
        )
        for lines in (1, 64)
    ),
    Benchmark(
        "shell-to-svg",
        "hwsynth sample from the shell: 4 lines of 700 points of 3 LSTM layers of 400 units",
        "the same by way of the training framework",
        "s",
        Target("at most", 2.0, of="ours"),
        shell.shell_to_svg,
    ),
    Benchmark(
        "load-iam-cold",
        "all of IAM-OnDB from its archive into the cache",
        "the notebook's xml.etree loop over the same archive",
        "s",
        Target("at most", 1 / 3),
        loading.iam_cold,
    ),
    Benchmark(
        "load-iam-memory",
        "the same until the first batch: what the process grows to, beyond its imports",
        "the corpus: points, times and texts as they lie in the cache",
        "MiB",
        Target("at most", 2.0),
        loading.memory,
    ),
    Benchmark(
        "load-warm",
        "a training run's first batch from the cache: opened, normalised, cropped, beyond imports",
        "nothing",
        "s",
        Target("at most", 0.3, of="ours"),
        loading.warm,
    ),
)
