"""Rows of jobs → what clients are shown, with their place in the queue."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from shared.db.positions import NOWHERE, Positions
from shared.db.views import job_view
from shared.jobs import JobStatus
from shared.views import JobView


async def placed_views(positions: Positions, rows: Sequence[Row[Any]]) -> list[JobView]:
    """The queue is looked at only where one of them is pending."""
    if all(row.status != JobStatus.PENDING for row in rows):
        places = [NOWHERE for _ in rows]
    else:
        queue = await positions.now()
        places = [queue.of(row.id, row.status) for row in rows]
    return [
        job_view(row, queue_position=place.queue_position, waiting_for=place.waiting_for)
        for row, place in zip(rows, places, strict=True)
    ]


async def placed_view(positions: Positions, row: Row[Any]) -> JobView:
    return (await placed_views(positions, [row]))[0]
