"""Notes that the small local model answers for real, wherever it is installed."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.runs import mdrun, vault
from tests.test_shipped_vault import TALKING, VAULT

pytestmark = [pytest.mark.kernel, pytest.mark.model]


SETUP = """\
# Importing
## before
```python
from langchain.chat_models import AzureChatOpenAI

llm = AzureChatOpenAI(deployment_name="gpt-4o-mini", openai_api_base="https://example.invalid/")
```
## now
```python
from langchain.chat_models import AzureChatOpenAI

llm = AzureChatOpenAI(azure_deployment="gpt-4o-mini", temperature=0, max_tokens=24)
```
"""
OLD = """\
![[Setup#Importing]]
```python
from langchain.memory import ConversationSummaryMemory

memory = ConversationSummaryMemory(llm=llm)
memory.save_context({"input": "Hi, I am Ada."}, {"output": "Hello Ada!"})
memory.load_memory_variables({})
```
```python
from langchain.memory import ConversationBufferMemory
from langchain.prompts import ChatPromptTemplate, MessagesPlaceholder
from langchain.schema.runnable import RunnablePassthrough

prompt = ChatPromptTemplate.from_messages([MessagesPlaceholder(variable_name="history"), ("human", "{message}")])
memory = ConversationBufferMemory(return_messages=True)
chain = RunnablePassthrough.assign(history=memory.load_memory_variables) | prompt | llm
chain.invoke({"message": "hi im bob"})
```
"""


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture
def copy(tmp_path: Path, model: Path) -> Path:
    assert model.exists()
    return Path(shutil.copytree(VAULT, tmp_path / "vault"))


@pytest.mark.parametrize("name", TALKING)
def test_a_shipped_note_runs_on_this_machine_alone(name: str, copy: Path) -> None:
    ran = mdrun("run", "--llm", "local", copy / name, cwd=copy)
    assert ran.code == 0, ran.out
    assert re.search(r"llm: \d calls \(\d local, SmolLM2-135M-Instruct", ran.out)


@pytest.mark.parametrize("name", TALKING)
def test_recording_twice_changes_no_file_and_replays(name: str, copy: Path) -> None:
    shutil.rmtree(copy / ".mdrun")
    record = ("run", "--llm", "record", "--upstream", "local", copy / name)
    assert "new recording" in mdrun(*record, cwd=copy).out
    once = contents(copy)
    assert "asked anew and as recorded" in mdrun(*record, cwd=copy).out
    assert contents(copy) == once
    assert mdrun("check", copy / name, cwd=copy).code == 0


def test_an_old_note_runs_to_its_last_block(tmp_path: Path, model: Path) -> None:
    assert model.exists()
    folder = vault(tmp_path / "old", {"Setup.md": SETUP, "Note.md": OLD})
    ran = mdrun("run", "--llm", "record", "--upstream", "local", folder / "Note.md", cwd=folder)
    recorded = (folder / "Note.md").read_bytes()
    assert ran.code == 1
    assert "Setup.md:6: ValidationError" in ran.out
    assert "ValueError: variable history should be a list of base messages" in ran.out
    assert b"> {'history': '" in recorded
    assert "1 call (1 recorded, SmolLM2-135M-Instruct)" in mdrun("run", "--llm", "replay", "Note.md", cwd=folder).out
    assert (folder / "Note.md").read_bytes() == recorded
