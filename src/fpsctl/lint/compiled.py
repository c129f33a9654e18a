"""One function that reads the values of a message, written for the message and compiled once, as dataclasses are.

A walk over a table costs more than the validation itself. Names of the wire and canonical paths are constants of the
function, never part of its text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Reader = Callable[[Any], Any]
Compiled = Callable[[dict[str, Any]], tuple[int, dict[str, Any], int]]
"""Wire values -> number of keys, values by canonical path, digest; raises what readers raise."""


class Reading:
    """Collects what is to be read, then makes the function."""

    def __init__(self) -> None:
        """Start with the message itself, which stands in `wire`."""
        self._lines: list[str] = []
        self._optional: list[str] = []
        self._keys, self._values, self._sure = ["len(wire)"], dict[str, str](), list[str]()
        self._names: dict[str, Any] = {"empty": {}}

    def inside(self, holder: str, name: str, *, sure: bool) -> str:
        """Return the variable of an object that stands in another; `sure`: it is always there."""
        variable = f"object{len(self._keys)}"
        key = self._constant(name)
        self._lines.append(f"{variable} = {holder}[{key}]" if sure else f"{variable} = {holder}.get({key}, empty)")
        self._keys.append(f"len({variable})")
        return variable

    def value(self, holder: str, name: str, path: str, reader: Reader | None, *, sure: bool) -> None:
        """Read a value of an object and call it by its canonical path."""
        variable, key, place = f"value{len(self._values)}", self._constant(name), self._constant(path)
        self._values[path] = variable
        self._lines.append(f"{variable} = {holder}[{key}]" if sure else f"{variable} = {holder}.get({key})")
        read = f"{variable} = {self._constant(reader)}({variable})" if reader else ""
        if sure:
            self._lines += [read] if read else []
            self._sure.append(f"{place}: {variable}")
        else:
            kept = f"facts[{place}] = {variable}"
            self._optional.append(f"if {variable} is not None: {f'{read}; {kept}' if read else kept}")

    def _constant(self, value: Any) -> str:  # noqa: ANN401 - a name of the wire, a path, a reader
        name = f"constant{len(self._names)}"
        self._names[name] = value
        return name

    def made(self, compared: Iterable[str]) -> Compiled:
        """Return the function; `compared`: the paths whose values make the digest, in their order."""
        digest = "".join(f"{self._values.get(path)}, " for path in compared)
        lines = [
            *self._lines,
            f"facts = {{{', '.join(self._sure)}}}",
            *self._optional,
            f"return {' + '.join(self._keys)}, facts, hash(({digest}))",
        ]
        # Constants are arguments with a default: locals are found faster than globals.
        given = ", ".join(f"{name}={name}" for name in self._names)
        text = f"def read(wire, {given}):\n" + "".join(f"    {line}\n" for line in lines)
        made: dict[str, Any] = dict(self._names)
        exec(compile(text, "<sieve>", "exec"), made)  # noqa: S102 - the text holds names that are made here, nothing else
        read: Compiled = made["read"]
        return read
