"""An entry of a profile that has the right shape, and is refused all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fpsctl.antai.profile_layers import Key


class ProfileFault(Exception):
    """An entry of a profile that is refused."""

    def __init__(self, code: str, key: Key, detail: str, rivals: Sequence[Key] = (), step: str = "") -> None:
        """Keep the code of the error, the key, why, the entries that may be to blame instead, what to type next."""
        super().__init__(code)
        self.code, self.key, self.detail, self.rivals, self.step = code, key, detail, rivals, step
