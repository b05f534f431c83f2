"""The process that hosts a local model: it says where it answers, and ends with its standard input.

`python -m mdrun.llm.serve MODEL NAME` reads the key its requests have to carry from the first
line, and prints `{"address": "http://127.0.0.1:PORT"}` once it is ready.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

CONTEXT = 4096
"""Tokens of a request and its answer together."""
LONGEST_ANSWER = 256
"""Tokens of an answer, unless the request sets a limit of its own."""


def main() -> None:
    """Host the model named on the command line until standard input ends."""
    model, name = sys.argv[1:]
    key = sys.stdin.readline().strip()
    try:
        server = host(model, name, key)
    except ImportError as error:
        sys.exit(f"xllamacpp cannot be loaded: {error}")
    except RuntimeError as error:
        sys.exit(f"{model} cannot be loaded: {error}")
    print(json.dumps({"address": server.listening_address}), flush=True)  # noqa: T201 - the parent reads it
    sys.stdin.read()
    # An orderly end would wait for an answer that nobody reads any more, which can take minutes.
    os._exit(0)


def host(model: str, name: str, key: str) -> Any:
    """Return a running server whose answers are the same every time, whatever was asked before."""
    import xllamacpp  # noqa: PLC0415 - it may be missing, and is told so

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {name}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [key]
    parameters.n_ctx = CONTEXT
    parameters.n_predict = LONGEST_ANSWER
    parameters.n_parallel = 1
    # Two threads on busy cores wait for each other: one is up to twenty times as fast.
    parameters.cpuparams.n_threads = 1
    parameters.cpuparams_batch.n_threads = 1
    parameters.n_gpu_layers = 0
    # What an earlier request left in the cache changes the next answer.
    parameters.cache_prompt = False
    # For requests that say nothing of their own.
    parameters.sampling.temp = 0.0
    parameters.sampling.seed = 0
    parameters.warmup = False
    parameters.verbosity = 0
    parameters.ui = False
    return xllamacpp.Server(parameters)


if __name__ == "__main__":
    main()
