"""What `hwsynth bench` measures: ours beside public references, by turns in one run.

measuring.py    timing side by side, what a row says
training.py     cores over whole sequences, forwards and backwards
model_step.py   a whole training step, and its parts
sampling.py     writing, one line and many at once
shell.py        a whole command, its start included
loading.py      IAM-OnDB from its archive, and from the cache
starting.py     a training run's way to its first batch, in a process of its own
models.py       the components and models that are measured
references.py   what we are measured against, written as anyone would write it
rows.py         name -> benchmark, and its target
products.py     how fast an LSTM's matrix products are by themselves
scaling.py      how cost grows, axis by axis
written_archive.py   synthetic lines in the form of IAM-OnDB's files
machine.py      what figures were taken on
"""
