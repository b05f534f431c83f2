"""How mdrun and a kernel reach each other: sockets in a private folder, or ports."""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANNELS = ("shell", "iopub", "stdin", "control", "hb")
LONGEST_SOCKET_PATH = 100
"""Bytes; the system takes 103 to 107 (F28)."""
SHORT_FOLDER = "/tmp"  # noqa: S108 - the fallback's point is to be short; mkdtemp makes it safe

Transport: TypeAlias = Literal["ipc", "tcp"]


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection file, as Jupyter documents it, and what it says."""

    file: Path
    key: str
    transport: Transport
    ip: str
    ports: Mapping[str, int]

    @classmethod
    def over_ipc(cls, folder: Path) -> Connection:
        """Connect by Unix sockets in `folder`, which nobody else can reach."""
        ports = {channel: number for number, channel in enumerate(CHANNELS, 1)}
        return cls(
            folder / "kernel.json",
            secrets.token_hex(16),
            "ipc",
            str(folder / "s"),
            ports,
        )

    @classmethod
    def over_tcp(cls, folder: Path, ports: Mapping[str, int] | None = None) -> Connection:
        """Connect by loopback ports; without `ports` the kernel binds some and writes them (F27)."""
        unbound = dict.fromkeys(CHANNELS, 0)
        key = secrets.token_hex(16)
        return cls(folder / "kernel.json", key, "tcp", "127.0.0.1", ports or unbound)

    def write(self) -> None:
        """Write the file for the kernel to read."""
        ports = {f"{channel}_port": port for channel, port in self.ports.items()}
        content: dict[str, Any] = {
            **ports,
            "transport": self.transport,
            "ip": self.ip,
            "key": self.key,
            "signature_scheme": "hmac-sha256",
            "kernel_name": "",
        }
        self.file.write_text(json.dumps(content), "utf-8")

    def bound(self) -> Connection | None:
        """Return this connection with the ports the kernel bound, or None before it has."""
        if all(self.ports.values()):
            return self
        try:
            content = json.loads(self.file.read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None  # it is just being replaced
        ports = {channel: content[f"{channel}_port"] for channel in CHANNELS}
        if not all(ports.values()):
            return None
        return Connection(self.file, self.key, self.transport, self.ip, ports)

    def url(self, channel: str) -> str:
        """Return the address of one channel's socket."""
        between = "-" if self.transport == "ipc" else ":"
        return f"{self.transport}://{self.ip}{between}{self.ports[channel]}"


def free_ports() -> dict[str, int]:
    """Return a port for each channel that was free just now."""
    sockets = {channel: socket.socket() for channel in CHANNELS}
    try:
        for each in sockets.values():
            each.bind(("127.0.0.1", 0))
        return {channel: each.getsockname()[1] for channel, each in sockets.items()}
    finally:
        for each in sockets.values():
            each.close()


def make_private_folder() -> Path:
    """Make a folder only this user can enter, short enough for sockets; it is the caller's (F28)."""
    folder = Path(tempfile.mkdtemp(prefix="mdrun-"))
    if len(os.fsencode(folder / "s-5")) <= LONGEST_SOCKET_PATH:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="mdrun-", dir=SHORT_FOLDER))
