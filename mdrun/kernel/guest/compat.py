"""Imports that moved out of LangChain, found where they are now.

Notes written for LangChain 0.x ask for modules that LangChain 1 no longer has. They are
answered with langchain-classic's, the very same module objects, and each answer is reported.
Nothing happens before LangChain is imported, and nothing where it still has what is asked for.
"""

from __future__ import annotations

import importlib
import sys
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, cast

from .moved import NEW, OLD, PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def install(report: Callable[[str, str], None], is_users: Callable[[str], bool]) -> None:
    """Redirect imports from now on; what code of the user's asked for is reported."""
    told = Told(report, is_users)
    redirect = Redirect(told)
    # At the end: asked only for what nobody else has. Those below a redirected module are
    # asked first, or Python would load langchain-classic's files a second time under old names.
    sys.meta_path.append(redirect)
    sys.meta_path.insert(0, Inner(redirect, told))


class Told:
    """Reports redirections, leaving out the packages on the way to what was asked for."""

    def __init__(self, report: Callable[[str, str], None], is_users: Callable[[str], bool]) -> None:
        self._report, self._is_users = report, is_users

    def tell(self, old: str, new: str) -> None:
        """Report that `old` is now `new`, if a note asked for just that."""
        frame: Any = sys._getframe(1)  # noqa: SLF001 - whose import it is shows nowhere else
        asked = old
        while frame is not None and _is_machinery(frame):
            asked = frame.f_locals.get("name", asked) if _is_import(frame) else asked
            frame = frame.f_back
        if frame is not None and asked == old and self._is_users(frame.f_code.co_filename):
            self._report("redirect", f"{old} -> {new}")


class Redirect:
    """Finds in langchain-classic what LangChain no longer has."""

    def __init__(self, told: Told) -> None:
        self._told = told
        self.redirected: set[str] = set()

    def find_spec(self, name: str, _path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Return how to load the module that `name` moved to, if there is one."""
        if not name.startswith(f"{OLD}."):
            return None
        new = NEW + name[len(OLD) :]
        try:
            if find_spec(new) is None:
                return None
        except ModuleNotFoundError:
            return None
        self.redirected.add(name)
        self._told.tell(name, new)
        return ModuleSpec(name, cast("Any", AliasLoader(new)))


class Inner:
    """Finds the modules below redirected ones, and completes those that lost a class."""

    def __init__(self, redirect: Redirect, told: Told) -> None:
        self._redirect, self._told = redirect, told

    def find_spec(self, name: str, path: Any = None, _target: Any = None) -> ModuleSpec | None:
        """Return a spec for the few names this is about."""
        if name.rpartition(".")[0] in self._redirect.redirected:
            return self._redirect.find_spec(name)
        if name not in PROVIDERS:
            return None
        spec = PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = cast("Any", CompletingLoader(spec.loader, self._told))
        return spec


class AliasLoader:
    """Loads a module by another name, and leaves it as it is."""

    def __init__(self, new: str) -> None:
        self._new = new
        self._spec: ModuleSpec | None = None

    def create_module(self, _spec: ModuleSpec) -> ModuleType:
        """Return the module itself."""
        module = importlib.import_module(self._new)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Give it back the spec that the import system has just replaced."""
        module.__spec__ = self._spec


class CompletingLoader:
    """Loads a module, then has it find the classes that left it."""

    def __init__(self, loader: Any, told: Told) -> None:
        self._loader, self._told = loader, told

    def __getattr__(self, name: str) -> Any:
        """Have the module's other needs, such as its source, met by the loader."""
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> Any:
        """Leave it to the loader."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Execute the module; where it has a way of its own to find names, that comes first."""
        self._loader.exec_module(module)
        own = vars(module).get("__getattr__")
        classes, told = PROVIDERS[module.__name__], self._told

        def find(name: str) -> Any:
            try:
                return _own_attribute(own, module, name)
            except AttributeError:
                if name not in classes:
                    raise
            home = classes[name]
            found = getattr(importlib.import_module(home), name)
            told.tell(f"{module.__name__}.{name}", f"{home}.{name}")
            return found

        module.__getattr__ = find  # type: ignore[method-assign]


def _own_attribute(own: Any, module: ModuleType, name: str) -> Any:
    if own is not None:
        return own(name)
    message = f"module {module.__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def _is_machinery(frame: Any) -> bool:
    name: str = frame.f_code.co_filename
    return name == __file__ or name.startswith("<frozen importlib")


def _is_import(frame: Any) -> bool:
    name: str = frame.f_code.co_name
    return name == "_find_and_load"
