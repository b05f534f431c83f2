"""Vaults in memory."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mdrun.parsing import parse
from mdrun.vault import Listing, Vault

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mdrun.note import Note


def vault_of(texts: Mapping[str, str], outside: Iterable[str] = ()) -> Vault:
    """Return a vault that holds these texts, by their paths."""

    @cache
    def read(path: str) -> Note:
        return parse(texts[path], path)

    return Vault(lambda: Listing(tuple(texts), frozenset(outside)), read)
