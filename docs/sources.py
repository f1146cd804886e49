"""Definitions as they stand in the source: names, signatures, docstrings, fields.

Read, not imported, so that what needs a training framework is described without one.
"""

from __future__ import annotations

import ast
import functools
import importlib.util
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef

WIDTH = 92
"""Longer signatures are broken, an argument a line."""


@dataclass(frozen=True)
class Definition:
    """A class, function or constant of a module."""

    name: str
    node: ast.stmt
    docs: str
    """Its docstring, or the string under it; "" where it has none."""


@functools.cache
def module_tree(module: str) -> ast.Module:
    """The module's source, parsed; the module itself is not imported."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise LookupError(f"there is no module {module}")
    return ast.parse(Path(spec.origin).read_text("utf-8"))


def public_names(module: str) -> list[str]:
    """What `__all__` lists, or else the classes and functions without a leading underscore."""
    body = module_tree(module).body
    for node in body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return sorted(ast.literal_eval(node.value), key=str.lower)
    kinds = (ast.ClassDef, ast.FunctionDef)
    return [n.name for n in body if isinstance(n, kinds) and not n.name.startswith("_")]


def definition(module: str, name: str) -> Definition:
    """Where a module's name is defined, followed through imports. Raises LookupError."""
    for found in definitions(module_tree(module).body):
        if found.name == name:
            return found
    for node in ast.walk(module_tree(module)):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                if (alias.asname or alias.name) == name:
                    return definition(node.module, alias.name)
    raise LookupError(f"{module} has no {name}")


def definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    """What a module's or a class's body defines, in its order."""
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.ClassDef | Function):
            yield Definition(node.name, node, ast.get_docstring(node) or "")
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            yield Definition(ast.unparse(target), node, _string(following))


def _string(node: ast.stmt | None) -> str:
    """The string that stands as a statement of its own."""
    value = node.value if isinstance(node, ast.Expr) else None
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        return inspect.cleandoc(value.value)
    return ""


def members(node: ast.ClassDef) -> Iterator[Definition]:
    """What a class defines for others to use, and says something about; of a dataclass all fields,
    since whoever makes one gives them."""
    is_dataclass = any("dataclass" in ast.unparse(mark) for mark in node.decorator_list)
    for found in definitions(node.body):
        is_field = is_dataclass and isinstance(found.node, ast.AnnAssign)
        is_public = found.name == "__call__" or not found.name.startswith("_")
        if is_public and (found.docs or is_field):
            yield found


def signature(node: Function) -> str:
    """`def name(arguments) -> result`, broken where it is long."""
    start, end = f"{node.name}(", f"){_result(node)}"
    arguments = _arguments(node.args)
    line = start + ", ".join(arguments) + end
    if len(line) <= WIDTH:
        return line
    return "\n".join([start, *(f"    {argument}," for argument in arguments), end])


def _result(node: Function) -> str:
    return f" -> {ast.unparse(node.returns)}" if node.returns else ""


def _arguments(args: ast.arguments) -> list[str]:
    """Each argument as it is written, markers included, `self` and `cls` left out."""
    plain = [*args.posonlyargs, *args.args]
    defaults = [None] * (len(plain) - len(args.defaults)) + args.defaults
    written = [_argument(a, d) for a, d in zip(plain, defaults, strict=True)]
    written = [argument for argument in written if argument not in ("self", "cls")]
    if args.vararg:
        written.append(f"*{_argument(args.vararg, None)}")
    elif args.kwonlyargs:
        written.append("*")
    written += map(_argument, args.kwonlyargs, args.kw_defaults)
    return [*written, f"**{_argument(args.kwarg, None)}"] if args.kwarg else written


def _argument(arg: ast.arg, default: ast.expr | None) -> str:
    typed = f"{arg.arg}: {ast.unparse(arg.annotation)}" if arg.annotation else arg.arg
    if default is None:
        return typed
    return f"{typed}{' = ' if arg.annotation else '='}{ast.unparse(default)}"
