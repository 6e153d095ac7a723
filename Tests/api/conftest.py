from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import product as running
from document import Operation


def pytest_report_header() -> str:
    return f"oliver: {running.binary() or 'not built'}, seed {running.SEED} (OLIVER_TEST_SEED)"


@pytest.fixture(scope="session")
def product() -> running.Product:
    return running.product()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "operation" in metafunc.fixturenames:
        operations = running.product().document.operations
        metafunc.parametrize("operation", operations, ids=[o.name for o in operations])


def pytest_sessionfinish() -> None:
    if running.product.cache_info().currsize:
        running.product().close()


__all__ = ["Operation"]
