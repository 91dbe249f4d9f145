"""The page in a real browser, where there is one: chromium without a window, without network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path

import pytest

from report_study import deals_of, full, nearly_empty, refusing
from winloss.report import write
from winloss.synthesize.study import Study

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update", "--allow-file-access-from-files"),
    *("--virtual-time-budget=4000", "--host-resolver-rules=MAP * ~NOTFOUND"),
)
FRAME = """<!doctype html><pre id="told"></pre>
<iframe id="page" src="report.html" style="width:{width}px;height:900px;border:0"></iframe>
<script>
document.getElementById("page").onload = (event) => {{
  const page = event.target.contentDocument, root = page.documentElement;
  const fonts = [...page.fonts].filter((font) => font.status === "loaded").map((font) => font.family);
  const wide = [...page.querySelectorAll("main *, header *, nav *")].filter(
    (part) => !part.closest(".scroll, svg") && part.getBoundingClientRect().right > {width} + 1
  );
  const shown = [...page.querySelectorAll(".chart svg")].filter((svg) => svg.getBoundingClientRect().width > 0);
  page.fonts.ready.then(() => {{
    document.getElementById("told").textContent = JSON.stringify({{
      scroll: root.scrollWidth, wide: wide.slice(0, 5).map((part) => part.outerHTML.slice(0, 120)),
      charts: shown.length, fonts: [...new Set(fonts)].sort(), quirks: page.compatMode,
    }});
  }});
}};
</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser on this machine")


def look(study: Study, folder: Path, width: int) -> dict[str, object]:
    write(study, folder / "report.html", format="html", deals=deals_of)
    frame = folder / "frame.html"
    frame.write_text(FRAME.format(width=width), "utf-8")
    asked = [str(BROWSER), *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom", frame.as_uri()]
    page = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r'<pre id="told">(.*?)</pre>', page, flags=re.S)
    assert found is not None
    told = json.loads(unescape(found[1]))
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_runs_over_the_edge(width: int, tmp_path: Path) -> None:
    told = look(full(), tmp_path, width)
    assert told["wide"] == []
    assert isinstance(told["scroll"], int)
    assert told["scroll"] <= width
    assert told["charts"] == 9
    assert told["quirks"] == "CSS1Compat"
    assert told["fonts"] == ["Inter", "Newsreader"]


@pytest.mark.parametrize("study", [nearly_empty(), refusing()])
def test_a_page_with_little_to_say_fits_a_phone_too(study: Study, tmp_path: Path) -> None:
    told = look(study, tmp_path, 360)
    assert told["wide"] == []


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler on this machine")
def test_what_is_folded_on_the_screen_is_open_in_print(tmp_path: Path) -> None:
    page, printed = tmp_path / "report.html", tmp_path / "report.pdf"
    write(full(), page, format="html", deals=deals_of)
    flags = [*FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--print-to-pdf={printed}"]
    subprocess.run([str(BROWSER), *flags, page.as_uri()], capture_output=True, timeout=60, check=True)
    told = subprocess.run(["pdftotext", "-layout", printed, "-"], capture_output=True, text=True, check=True).stdout
    folded = re.findall(r"<summary>(.*?)</summary>(.*?)</details>", page.read_text("utf-8"), flags=re.S)
    assert len(folded) >= 3
    for summary, content in folded:
        first = re.search(r'<th scope="row">([^<&]+)', content)
        assert first is None or first[1].split()[0] in told.partition(unescape(summary))[2]
