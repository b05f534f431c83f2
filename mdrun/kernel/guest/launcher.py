"""Start ipykernel for one note: the program mdrun runs, by path, under the note's interpreter."""
# ruff: noqa: PLC0415 - what may be imported, and when, is this module's whole matter

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_IPYKERNEL = 87
"""Exit code when there is no ipykernel; mdrun knows it as well."""
PRIVATE = "mdrun-"
"""How the name of the folder begins that mdrun makes for a run; mdrun knows it as well."""
HERE = os.path.dirname(os.path.abspath(__file__))
CWD = os.getcwd()


def main() -> None:
    """Load ipykernel with nothing of the vault in the way, then let the note in."""
    path = list(sys.path)
    sys.path[:] = [entry for entry in path if _is_trusted(entry)]
    import json

    settings = json.loads(sys.argv[1])
    sys.argv[:] = [""]
    _give_back("PYTHONSAFEPATH", settings["safe_path"])
    _hold_lifeline(os.path.dirname(settings["connection_file"]))
    _load_guest()
    app = _application(settings)
    sys.path[:] = [CWD, *(entry for entry in path if entry not in ("", HERE, CWD))]
    app.run()


def _is_trusted(entry: str) -> bool:
    """Tell whether a folder of `sys.path` may be searched before the kernel runs (F72)."""
    return os.path.isabs(entry) and os.path.realpath(entry) not in (
        HERE,
        os.path.realpath(CWD),
    )


def _give_back(variable: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(variable, None)
    else:
        os.environ[variable] = value


def _hold_lifeline(folder: str) -> None:
    """Kill this process and all it started when mdrun is gone, however it went (F21).

    mdrun's private `folder` goes as well: nobody else is left to remove it (F28).
    Standard input is a pipe whose other end only mdrun holds; the note gets an empty one.
    """
    import shutil
    import signal
    import threading

    lifeline = os.dup(0)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)

    def watch() -> None:  # pragma: no cover - it ends with this very process
        while os.read(lifeline, 1):
            pass
        if os.path.basename(folder).startswith(PRIVATE):
            shutil.rmtree(folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="mdrun lifeline", daemon=True).start()


def _load_guest() -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    entry = os.path.join(HERE, "__init__.py")
    spec = spec_from_file_location("_mdrun_guest", entry, submodule_search_locations=[HERE])
    if spec is not None:  # pragma: no branch - it always is one
        sys.modules[spec.name] = module_from_spec(spec)


def _application(settings: dict[str, Any]) -> Any:
    # ipykernel loads debugpy whether it is wanted or not, for a quarter of its start.
    sys.modules["debugpy"] = None  # type: ignore[assignment]
    try:
        import ipykernel
        import ipykernel.debugger  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name != "ipykernel":
            raise
        _explain_missing()
    finally:
        del sys.modules["debugpy"]
    from _mdrun_guest.app import prepare  # type: ignore[import-not-found]

    return prepare(settings)


def _explain_missing() -> None:
    """End with the command that installs ipykernel as the log's last line."""
    from importlib.util import find_spec
    from shlex import quote

    python = quote(sys.executable)
    if find_spec("pip") is None:
        command = f"uv pip install --python {python} ipykernel"
    else:
        command = f"{python} -m pip install ipykernel"
    sys.stderr.write(f"{command}\n")
    sys.exit(NO_IPYKERNEL)


if __name__ == "__main__":
    main()
