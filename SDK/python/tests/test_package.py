"""What is published: wheel and sdist of a standard backend, typed, with httpx as the only dependency."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

SDK = Path(__file__).resolve().parent.parent


@pytest.mark.timeout(120)
def test_wheel_and_sdist_hold_the_package_its_types_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "build", "--no-isolation", "--outdir", tmp_path, SDK], check=True, capture_output=True
    )
    (wheel,) = tmp_path.glob("oliver_cost_tracker-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        metadata = archive.read(next(name for name in names if name.endswith("/METADATA"))).decode()
    assert "oliver_cost_tracker/py.typed" in names and "oliver_cost_tracker/wrappers/openai.py" in names
    assert not [name for name in names if not name.startswith("oliver_cost_tracker")]
    required = [line for line in metadata.splitlines() if line.startswith("Requires-Dist:")]
    assert [line for line in required if "extra ==" not in line] == ["Requires-Dist: httpx<1,>=0.24"]
    assert "Requires-Python: >=3.10" in metadata and "Name: oliver-cost-tracker" in metadata
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert any(name.endswith("/src/oliver_cost_tracker/outbox.py") for name in archive.getnames())


def test_importing_it_imports_no_providers_package() -> None:
    code = "import sys, oliver_cost_tracker; print([m for m in ('openai', 'anthropic', 'litellm', 'tiktoken', 'langchain_core') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"


def test_no_file_is_longer_than_300_lines() -> None:
    lengths = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in (SDK / "src").rglob("*.py")}
    assert {name: length for name, length in lengths.items() if length > 300} == {}
