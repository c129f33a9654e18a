"""The interface with ANTAI: typed messages, the profile that describes them on the wire, the codec between.

Nothing here opens a connection. Names are resolved when they are first used, so that a light command that
needs one module does not build fourteen models.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fpsctl.antai.codec import Codec, Decoded, codec_for
    from fpsctl.antai.messages import MESSAGES, Message
    from fpsctl.antai.profile import load_profile
    from fpsctl.antai.profile_model import Profile

__all__ = ["MESSAGES", "Codec", "Decoded", "Message", "Profile", "codec_for", "load_profile"]

_HOMES = {
    "MESSAGES": "messages",
    "Codec": "codec",
    "Decoded": "codec",
    "Message": "messages",
    "Profile": "profile_model",
    "codec_for": "codec",
    "load_profile": "profile",
}


def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type
    """Import a name of this face from its module."""
    if name not in _HOMES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
