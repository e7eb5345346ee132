"""The statements behind a heartbeat that says something new, put together once."""

from sqlalchemy import (
    ColumnElement,
    Interval,
    TableValuedAlias,
    all_,
    and_,
    bindparam,
    case,
    func,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import Double, Integer, Text, Uuid

from services.dispatcher.known_workers import UNLISTED_TIMES
from shared.db.jobs import status_in
from shared.db.table import Table
from shared.db.tables import Job, Worker
from shared.jobs import UNFINISHED

WORKERS = Table.metadata.tables[Worker.__tablename__]

_IS_THERE = and_(Job.worker_id == bindparam("this_worker"), status_in(UNFINISHED))
_IS_UNLISTED = and_(_IS_THERE, Job.id != all_(bindparam("listed", type_=ARRAY(Uuid))))


def _held() -> TableValuedAlias:
    """Arrays, for lists of any length are one statement then."""
    columns: list[ColumnElement[object]] = [
        bindparam("job_ids", type_=ARRAY(Uuid)),
        bindparam("attempts", type_=ARRAY(Integer)),
        bindparam("phases", type_=ARRAY(Text)),
        bindparam("progresses", type_=ARRAY(Double)),
    ]
    names = ("job_id", "attempt", "phase", "progress")
    return func.unnest(*columns).table_valued(*names).render_derived(name="held")


_HELD = _held()

KNOWN = (
    select(Worker.id, Worker.instance_id, Worker.seq, Worker.offers_digest)
    .where(Worker.id == bindparam("this_worker"))
    .with_for_update()
)
DESCRIBE = (
    update(WORKERS).where(WORKERS.c.id == bindparam("this_worker")).values(last_seen_at=func.now())
)
RENEW = (
    update(Job)
    .where(Job.id == _HELD.c.job_id, Job.attempt == _HELD.c.attempt, _IS_THERE)
    .values(
        lease_expires_at=func.now() + bindparam("lease", type_=Interval()),
        phase=_HELD.c.phase,
        progress=_HELD.c.progress,
        unlisted=0,
    )
    .returning(Job.id, Job.attempt)
    .execution_options(synchronize_session=False)
)
_AGAIN = Job.unlisted + 1 >= UNLISTED_TIMES
COUNT_UNLISTED = (
    update(Job)
    .where(_IS_UNLISTED, Job.assigned_at < func.now() - bindparam("after", type_=Interval()))
    .values(unlisted=case((_AGAIN, 0), else_=Job.unlisted + 1))
    .returning(Job.id, Job.attempt, Job.unlisted)
    .execution_options(synchronize_session=False)
)
RESET_UNLISTED = update(Job).where(_IS_UNLISTED).values(unlisted=0).returning(Job.id, Job.attempt)
UNFINISHED_THERE = select(Job.id, Job.attempt).where(_IS_THERE)
