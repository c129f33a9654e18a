"""The interface with ANTAI: typed messages, the profile that describes them on the wire, the codec between.

Nothing here opens a connection. Names are resolved when they are first used, so that a light command that
needs one module does not build fourteen models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from fpsctl.lazy import face

if TYPE_CHECKING:
    from fpsctl.antai.codec import Codec, Decoded, codec_for
    from fpsctl.antai.messages import MESSAGES, Message
    from fpsctl.antai.profile import load_profile
    from fpsctl.antai.profile_model import Profile

__all__ = ["MESSAGES", "Codec", "Decoded", "Message", "Profile", "codec_for", "load_profile"]

__getattr__ = face(
    __name__,
    {
        "MESSAGES": "messages",
        "Codec": "codec",
        "Decoded": "codec",
        "Message": "messages",
        "Profile": "profile_model",
        "codec_for": "codec",
        "load_profile": "profile",
    },
)
