"""Whatever clients do to a server, it logs no error."""

import logging
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def no_error_is_logged(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    loud = [one for one in caplog.records if one.levelno >= logging.WARNING or one.exc_info]
    assert not loud, caplog.text
