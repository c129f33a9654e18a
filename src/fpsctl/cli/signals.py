"""The end that others ask for: SIGTERM, which `timeout` and a cancelled CI job send, is taken as an interruption."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


@contextmanager
def terminable() -> Iterator[None]:
    """Raise `KeyboardInterrupt` at the first SIGTERM while the block runs; later ones must not disturb the clean-up.

    `timeout` sends two. One that was ignored from the start (`nohup`-like callers) stays ignored.
    """
    former = signal.getsignal(signal.SIGTERM)
    if current_thread() is not main_thread() or former is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, former)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
