"""A picture as it is to stand on the disk, and what speaks against it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "image/png": "png",
        "image/jpeg": "jpg",
        "image/webp": "webp",
        "image/gif": "gif",
        "image/svg+xml": "svg",
    }
)
"""The suffix of a file for each kind of picture."""


TRUNCATED = "truncated"
DAMAGED = "damaged"
HAS_SCRIPT = "has a script"
ASKS_OUTSIDE = "asks for other files"


NAME = re.compile(rf"mdrun-[0-9a-f]{{16}}\.(?:{'|'.join(KINDS.values())})")
"""What a picture of mdrun's is called."""


class PictureRefused(ValueError):
    """Something is not the picture it is said to be, or does not belong in a vault; the message says why."""


class PictureTooLarge(PictureRefused):
    """A picture has more bytes than the limit, which is the caller's to raise."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, whole and without what varies from run to run."""

    data: bytes
    suffix: str
    title: str = ""
    """Its own, where it has one."""

    @property
    def name(self) -> str:
        """Return the name of its file: pictures that are the same have the same."""
        return f"mdrun-{hashlib.sha256(self.data).hexdigest()[:16]}.{self.suffix}"


def is_ours(name: str, data: bytes) -> bool:
    """Tell whether mdrun gave a file that holds `data` its name; none that a person made or changed has such a one."""
    suffix = name.rpartition(".")[2]
    return suffix in KINDS.values() and name == Picture(data, suffix).name
