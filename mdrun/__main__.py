"""Where `mdrun` and `python -m mdrun` come in."""

from __future__ import annotations

import sys

from mdrun import __version__


def main() -> None:
    """Answer `--version` at once, and leave all else to the front door.

    Loading click alone takes three times as long as a bare interpreter.
    """
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"mdrun {__version__}\n")
        return
    try:
        from mdrun.cli import enter  # noqa: PLC0415 - see above

        enter()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    if not sys.flags.safe_path:
        # `python -m` looks for modules in the working folder first: a vault's `yaml.py` is not ours (F72).
        del sys.path[0]
    main()
