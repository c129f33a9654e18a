"""The cases of the self-certification, in the order of a town's life; ids are frozen."""

from fpsctl.conformance.cases import after, notices, returns, start

CASES = (*start.CASES, *notices.CASES, *returns.CASES, *after.CASES)

__all__ = ["CASES"]
