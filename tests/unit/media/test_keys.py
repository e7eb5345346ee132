from uuid import UUID

import pytest

from shared.jobs import JobId
from shared.media import output_key, parse_output_key, parse_thumbnail_key, thumbnail_key

JOB = JobId(UUID("0198c0de-0000-7000-8000-000000000001"))
SHA256 = "ab" * 32


def test_an_output_key_says_whose_it_is() -> None:
    assert parse_output_key(output_key(JOB, 3, SHA256, "png")) == (JOB, 3, SHA256)


def test_a_thumbnail_key_says_whose_it_is() -> None:
    assert parse_thumbnail_key(thumbnail_key(42, "small")) == (42, "small")


@pytest.mark.parametrize(
    "key",
    [
        "",
        f"jobs/{JOB}/3/{SHA256}",
        f"jobs/{JOB}/-1/{SHA256}.png",
        f"jobs/{str(JOB).upper()}/3/{SHA256}.png",
        f"jobs/{JOB}/3/../{SHA256}.png",
        f"jobs/{JOB}/3/{SHA256}.png\n",
        "thumbnails/1/small.webp",
    ],
)
def test_anything_else_is_nobodys(key: str) -> None:
    assert parse_output_key(key) is None
