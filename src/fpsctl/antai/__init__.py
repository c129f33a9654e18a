"""The interface with ANTAI: typed messages, the profile that describes them on the wire, the codec between.

Nothing here opens a connection, and YAML is imported only when a profile is loaded.
"""

from __future__ import annotations

from fpsctl.antai.codec import Codec, Decoded, codec_for
from fpsctl.antai.messages import MESSAGES, Message
from fpsctl.antai.profile import load_profile
from fpsctl.antai.profile_model import Profile

__all__ = ["MESSAGES", "Codec", "Decoded", "Message", "Profile", "codec_for", "load_profile"]
