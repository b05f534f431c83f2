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
        self._known: WeakSet[Any] = WeakSet()
        """Figures that were shown, or reported."""

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
            self._known.add(figure)

    def before_flush(self) -> None:
        """Prepare for the inline backend to show what is open; meant to come just before it does."""
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot and _is_inline(pyplot):
            self._close_result(pyplot)
            _stay_interactive(pyplot)

    def _close_result(self, pyplot: Any) -> None:
        """Close the figure that is a block's value, or it would stand there once more."""
        result = getattr(self._shell.last_execution_result, "result", None)
        if self.is_figure(result) and _inline_settings().close_figures:
            pyplot.close(result)

    def look(self, report: Callable[[str, str], None]) -> None:
        """Report figures that are open and were not shown, each figure once.

        No inline backend draws them, or the note turned interactive mode off.
        """
        pyplot = sys.modules.get("matplotlib.pyplot")
        if pyplot is None:
            return
        managers = import_module("matplotlib._pylab_helpers").Gcf.get_all_fig_managers()
        lost = {manager.canvas.figure for manager in managers} - {*self._known}
        self._known.update(lost)
        if lost:
            figures, them = ("figure is", "it") if len(lost) == 1 else ("figures are", "them")
            shown = f"{len(lost)} {figures} open and not shown"
            if _is_inline(pyplot):
                report("figure", f"{shown}; plt.show() shows {them}")
            else:
                report("figure", f"{shown} by the backend {pyplot.get_backend()}; display(figure) shows {them}")


def _stay_interactive(pyplot: Any) -> None:
    """Have the inline backend show figures again where a context took that back unasked.

    Loading it turns interactive mode on. Where that happens within an `rc_context`, such as a
    style's, the end of the context turns it off again, for all blocks to come. `plt.ioff()`, which
    means it, takes away pyplot's display hook too.
    """
    hook = getattr(pyplot, "_REPL_DISPLAYHOOK", None)
    if not pyplot.isinteractive() and getattr(hook, "name", "") == "IPYTHON":
        pyplot.ion()
        import_module("matplotlib_inline.backend_inline").show._draw_called = True  # noqa: SLF001 - it has no other door


def _is_inline(pyplot: Any) -> bool:
    return "inline" in pyplot.get_backend()


def _inline_settings() -> Any:
    return import_module("matplotlib_inline.config").InlineBackend.instance()
