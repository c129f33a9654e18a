"""The notice before it is printed: the print request and its mentions."""

from fpsctl.avis.impression import build_impression

__all__ = ["build_impression"]
