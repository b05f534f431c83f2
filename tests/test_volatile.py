"""Texts are the same when only volatile parts of them differ."""

from __future__ import annotations

import re

import pytest

from mdrun.volatile import same


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("equal", "equal"),
        ("<object at 0x7f3a1c2b4d50>", "<object at 0x7f9955aa1230>"),
        ("<f at 0x104e3b1c0>", "<f at 0x000001F2A3B4C5D6>"),
        ("cell 0x7f3a1c2b4d50", "cell 0x55d0c8a1b2c3"),
        (
            "id='lc_run--01a2b3c4-0000-7000-8000-0123456789ab-0'",
            "id='lc_run--ffffffff-1111-7111-9111-ba9876543210-0'",
        ),
        ("run--01a2b3c4-0000-7000-8000-0123456789ab", "run--ffffffff-1111-7111-9111-ba9876543210"),
        ("/tmp/ipykernel_12/345.py:2", "/var/folders/x1/T/ipykernel_9/8.py:2"),
        ("'/tmp/mdrun-a1b2c3d4/x'", "'/private/tmp/mdrun-____1234/x'"),
        ("http://127.0.0.1:40001/v1", "http://127.0.0.1:32768/v1"),
        ("http://mdrun:***@127.0.0.1:40001", "http://mdrun:***@127.0.0.1:60999"),
        ("asked 127.0.0.1:40001.", "asked 127.0.0.1:65535."),
        ("3/3 [00:00<00:00, 26715.31it/s]", "3/3 [00:01<00:00,  1.20s/it]"),
        ("0/3 [00:00<?, ?it/s, loss=1]", "0/3 [1:00:02<?, 12.1MB/s, loss=1]"),
        ("5it [00:00, 34.20it/s]", "5it [00:09, 1.1it/s]"),
        ("one  \n\ntwo\n", "one\r\ntwo"),
    ],
)
def test_what_changes_from_run_to_run_does_not_count(old: str, new: str) -> None:
    assert same(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("one", "two"),
        ("one\ntwo", "one two"),
        ("0xdeadbeef", "0xcafebabe"),
        ("<A object at 0x7f3a1c2b4d50>", "<B object at 0x7f3a1c2b4d50>"),
        ("'/mdrun-skip'", "'/mdrun-timeout'"),
        ("http://127.0.0.1:40001/v1", "http://127.0.0.1:40001/v2"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:9999"),
        ("2/3 [00:00<00:00, 9.31it/s]", "3/3 [00:00<00:00, 9.31it/s]"),
        ("3/3 [00:00<00:00, 9.31it/s, loss=1]", "3/3 [00:00<00:00, 9.31it/s, loss=2]"),
        ("[10:30]", "[10:31]"),
        ("  x", "x"),
        ("id='lc_run--01a2b3c4-0000-7000-8000-0123456789ab-0'", "id='lc_run--01a2b3c4-0000-7000-8000-0123456789ab-1'"),
    ],
)
def test_everything_else_counts(old: str, new: str) -> None:
    assert not same(old, new)


def test_users_say_what_else_changes() -> None:
    patterns = (re.compile(r"\d+ ms"),)
    assert same("took 12 ms", "took 900 ms", patterns)
    assert not same("took 12 s", "took 900 s", patterns)
