"""The shipped gallery, as a browser shows it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options

VAULT = Path(__file__).parents[1] / "vault"
BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

LOOK = """<script>
addEventListener("load", () => {
  const all = (what) => [...document.querySelectorAll(what)];
  document.body.textContent = JSON.stringify({
    pictures: all("blockquote img").map((image) => [image.alt, image.naturalWidth > 0]),
    tables: all("blockquote table").map((table) => [table.rows.length, table.rows[0].cells.length]),
    headings: all("blockquote :is(h1, h2, h3)").length,
    scripts: document.scripts.length,
  });
});
</script>"""


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
def test_a_browser_shows_every_picture_and_table_of_the_gallery(tmp_path: Path) -> None:
    shutil.copytree(VAULT, tmp_path / "vault")
    markdown = (VAULT / "Gallery.md").read_text("utf-8")
    html = cmarkgfm.github_flavored_markdown_to_html(markdown, options=Options.CMARK_OPT_UNSAFE)
    page = tmp_path / "vault" / "Gallery.html"
    page.write_text(f"<!doctype html><meta charset=utf-8>{html}{LOOK}", "utf-8")

    found = seen(page, tmp_path)

    assert len(found["pictures"]) == len(re.findall(r"!\[[^\]]*\]\(\./attachments/", markdown))
    assert all(is_shown for _, is_shown in found["pictures"])
    assert {"Rain in millimetres", "A spiral|300", "A loaf of bread"} <= {alt for alt, _ in found["pictures"]}
    assert [11, 2] in found["tables"]
    assert len(found["tables"]) == 8
    assert (found["headings"], found["scripts"]) == (0, 1)


def seen(page: Path, folder: Path) -> dict[str, Any]:
    """Return what the page finds when it looks at itself."""
    quiet = ("--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync")
    command = [
        *(str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", *quiet, f"--user-data-dir={folder / 'browser'}"),
        *("--virtual-time-budget=5000", "--dump-dom", page.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=120, check=True)
    told = re.search(r"<body>(.*)</body>", done.stdout, re.DOTALL)
    assert told, done.stdout[:300]
    looked: dict[str, Any] = json.loads(unescape(told[1]))
    return looked
