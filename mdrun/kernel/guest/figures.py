"""The figures of matplotlib: each one is seen, and none is seen twice for no reason (F41)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable


class Figures:
    """Looks after figures from when matplotlib is loaded, by the note."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._shown: WeakSet[Any] = WeakSet()

    def is_figure(self, shown: Any) -> bool:
        """Tell whether something is a figure."""
        return issubclass(type(shown), getattr(sys.modules.get("matplotlib.figure"), "Figure", ()))

    def prepare(self) -> None:
        """See to it that figures shown by themselves are drawn, whatever draws those that are open."""
        formatters = self._shell.display_formatter.formatters.values()
        if not any(import_module("matplotlib.figure").Figure in each for each in formatters):
            inline = _inline_settings()
            select = import_module("IPython.core.pylabtools").select_figure_formats
            select(self._shell, inline.figure_formats, **inline.print_figure_kwargs)

    def remember(self, figure: Any, data: Any) -> None:
        """Know that a figure was shown, if its bundle holds a picture."""
        if any(kind.startswith("image/") for kind in data):
            self._shown.add(figure)

    def close_result(self) -> None:
        """Close the figure that is a block's value, or it would stand there once more.

        Meant to come before the inline backend shows what is open.
        """
        pyplot = sys.modules.get("matplotlib.pyplot")
        result = getattr(self._shell.last_execution_result, "result", None)
        if pyplot and self.is_figure(result) and _is_inline(pyplot) and _inline_settings().close_figures:
            pyplot.close(result)

    def look(self, report: Callable[[str, str], None]) -> None:
        """Report figures that are open and were never shown.

        Usually no inline backend draws them; one that a note left and came back to does not either.
        """
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        managers = import_module("matplotlib._pylab_helpers").Gcf.get_all_fig_managers()
        if count := sum(manager.canvas.figure not in self._shown for manager in managers):
            are = "figure is" if count == 1 else "figures are"
            report("figure", f"{count} {are} open, and the backend {pyplot.get_backend()} shows none")


def _is_inline(pyplot: Any) -> bool:
    return "inline" in pyplot.get_backend()


def _inline_settings() -> Any:
    return import_module("matplotlib_inline.config").InlineBackend.instance()
