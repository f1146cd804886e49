"""The clauses that the contract kit can find broken."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from types import ModuleType


def missing(messages: Iterable[str], *modules: ModuleType) -> list[str]:
    """Clauses that the checks in `modules` name and that none of the messages opens with."""
    # A clause is the text that opens a message, up to its first name or number.
    called = r'(?:(?:\b(?:equal|near|fail)|compare|_same|_same_bytes)\(\s*|clause = )f?"([^"{:]+)'
    found = {text.strip() for m in modules for text in re.findall(called, inspect.getsource(m))}
    messages = list(messages)
    return sorted(c for c in found if not any(text.startswith(c) for text in messages))
