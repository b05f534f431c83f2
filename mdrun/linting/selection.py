"""Which rules count: those that are selected and not ignored, by code or by what codes begin with."""

from __future__ import annotations

from dataclasses import dataclass

ALL = ("MR",)


@dataclass(frozen=True, slots=True)
class Selection:
    """Codes, or their beginnings; the longer one that fits a code decides, and of equals that it is ignored."""

    select: tuple[str, ...] = ALL
    ignore: tuple[str, ...] = ()

    def __contains__(self, code: str) -> bool:
        return _longest(self.select, code) > _longest(self.ignore, code)


def _longest(beginnings: tuple[str, ...], code: str) -> int:
    return max((len(each) for each in beginnings if code.startswith(each)), default=0)
