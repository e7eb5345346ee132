"""HTTP for what could not be delivered: an admin decides, the dispatcher acts."""

from typing import Annotated

import structlog
from fastapi import APIRouter, Query
from starlette.responses import Response

from gateway.dependencies import Admin, PartsDep
from gateway.discovery import queries
from gateway.discovery.schemas import DeadLetterDecision, DeadLetterView
from gateway.input import RowId, StrictRoute
from gateway.pages import Page, PageQuery, answer, number_in, page_of
from shared.db.engine import transaction
from shared.errors import Conflict, NotFound

log = structlog.get_logger()

router = APIRouter(prefix="/api/v1/dead-letters", tags=["dead letters"], route_class=StrictRoute)


class LetterSettled(Conflict):
    code = "dead_letter_settled"


@router.get("", response_model=Page[DeadLetterView])
async def list_dead_letters(
    query: Annotated[PageQuery, Query()], _admin: Admin, parts: PartsDep
) -> Response:
    before = number_in(query.cursor, query.scope())
    async with transaction(parts.sessions) as session:
        views = await queries.list_dead_letters(session, before=before, limit=query.limit + 1)
    return answer(page_of(views, [view.id for view in views], query))


@router.patch("/{letter_id}", response_model=DeadLetterView)
async def decide(
    letter_id: RowId, wanted: DeadLetterDecision, _admin: Admin, parts: PartsDep
) -> Response:
    async with transaction(parts.sessions) as session:
        view = await queries.decide(session, letter_id, wanted.decision)
        if view is None:
            if await queries.dead_letter_exists(session, letter_id):
                raise LetterSettled(f"dead letter {letter_id} has been acted upon")
            raise NotFound(f"there is no dead letter {letter_id}")
    parts.nudges.nudge()
    log.info("dead_letter.decided", letter_id=letter_id, decision=wanted.decision)
    return answer(view)
