"""What is known of LangChain's modules without asking for them: it is what langchain-classic has."""

from __future__ import annotations

import importlib
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from pkgutil import iter_modules

import pytest

from mdrun.kernel import guest
from mdrun.kernel.guest.moved import NEW, OLD, PROVIDERS, new_home


def modules_of(package: str) -> set[str]:
    """Return the public modules right below a package."""
    found = importlib.import_module(package)
    return {module.name for module in iter_modules(found.__path__) if not module.name.startswith("_")}


def test_modules_are_where_the_kernel_finds_them() -> None:
    for name in modules_of(NEW):
        still_there = name in modules_of(OLD)
        assert new_home(f"{OLD}.{name}", "") == (None if still_there else f"{NEW}.{name}")
        assert new_home(OLD, name) == (None if still_there else NEW)


@pytest.mark.parametrize("package", ["agents", "chat_models", "embeddings", "tools"])
def test_modules_inside_of_what_stayed_are_known_too(package: str) -> None:
    kept = modules_of(f"{OLD}.{package}")
    for name in modules_of(f"{NEW}.{package}"):
        old, new = f"{OLD}.{package}.{name}", f"{NEW}.{package}.{name}"
        assert new_home(old, "") == new_home(old, "Any") == (None if name in kept else new)
        assert new_home(f"{OLD}.{package}", name) == (None if name in kept else f"{NEW}.{package}")


def test_classes_of_agents_are_in_the_module_they_moved_to() -> None:
    old, new = importlib.import_module(f"{OLD}.agents"), importlib.import_module(f"{NEW}.agents")
    for name in new.__all__:
        assert new_home(f"{OLD}.agents", name) == (None if name in {*dir(old), "tool"} else f"{NEW}.agents")


def test_classes_of_other_packages_are_in_them() -> None:
    for module, classes in PROVIDERS.items():
        for name, home in classes.items():
            assert new_home(module, name) == home
            assert hasattr(importlib.import_module(home), name)
    for name in ("LLMChain", "PromptTemplate", "OpenAI", "MRKLChain"):
        found = new_home(OLD, name)
        assert found
        assert hasattr(importlib.import_module(found), name)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "path"),
        ("langchain_core.prompts", "PromptTemplate"),
        ("langchain", "__version__"),
        ("langchain.nonsense", ""),
        ("langchain.agents", "create_agent"),
        ("langchain.agents.middleware", "AgentMiddleware"),
        ("langchain.messages", "HumanMessage"),
        ("langchain.tools", "tool"),
        ("langchains.memory", "x"),
    ],
)
def test_what_stayed_or_never_was_there_has_no_new_home(module: str, name: str) -> None:
    assert new_home(module, name) is None


def test_it_is_known_where_there_is_no_langchain() -> None:
    folder = Path(guest.__file__).parent
    code = (
        "import sys; sys.modules['langchain'] = sys.modules['langchain_classic'] = None; import moved; "
        "print(moved.new_home('langchain.memory', 'ConversationBufferMemory'))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True)
    assert done.stdout == "langchain_classic.memory\n"
    assert find_spec("langchain_classic.memory") is not None
