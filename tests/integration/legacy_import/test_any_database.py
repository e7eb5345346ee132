"""Whatever is in a legacy database: the arithmetic holds, and completed ⇔ content."""

import asyncio
import shutil
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from deploy.legacy_import import reading, source
from shared.failpoints import Killed, killing_at
from tests.integration.legacy_import.conftest import legacy_database
from tests.integration.legacy_import.home import OLD, Home
from tests.integration.legacy_import.legacy_database import BEGAN, LegacyDatabase
