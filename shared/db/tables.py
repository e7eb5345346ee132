"""Every table of the system. One schema, one migration history (migrations/)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.table import Table, one_of
from shared.jobs import FINAL, JobStatus, JobType, Phase


class User(Table):
    __tablename__ = "users"
    __table_args__ = (Index("ix_users_turn", text("last_turn_at NULLS FIRST"), "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    is_admin: Mapped[bool] = mapped_column(server_default=text("false"))
    max_unfinished: Mapped[int] = mapped_column(server_default=text("1000"))
    last_turn_at: Mapped[datetime | None]  # when a job of theirs was last given to a worker
    legacy_id: Mapped[UUID | None] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiToken(Table):
    """A way in. Only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (Index(None, "user_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime | None]


class Job(Table):
    """One request for one image, from submission to its last status."""

    __tablename__ = "generation_jobs"
    __table_args__ = (
        CheckConstraint(one_of("status", JobStatus), name="status_known"),
        CheckConstraint(one_of("job_type", JobType), name="job_type_known"),
        CheckConstraint(one_of("phase", Phase), name="phase_known"),
        CheckConstraint(
            f"({one_of('status', sorted(FINAL))}) = (finished_at IS NOT NULL)",
            name="finished_at_iff_final",
        ),
        CheckConstraint(
            "(status = 'completed') = (content_id IS NOT NULL)", name="content_iff_completed"
        ),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="error_iff_failed"),
        CheckConstraint("status <> 'running' OR worker_id IS NOT NULL", name="running_has_worker"),
        CheckConstraint("priority BETWEEN -10 AND 10", name="priority_bounds"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress_bounds"),
        CheckConstraint("timeout_s BETWEEN 1 AND 86400", name="timeout_bounds"),
        UniqueConstraint("user_id", "idempotency_key"),
        UniqueConstraint("legacy_table", "legacy_id"),
        Index(None, "user_id", "id"),
        Index(
            "ix_generation_jobs_finished",
            "user_id",
            "finished_at",
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
        Index(
            "ix_generation_jobs_unfinished",
            "user_id",
            postgresql_where=text("status IN ('pending', 'running')"),
        ),
        Index(
            "ix_generation_jobs_turn",
            "user_id",
            text("priority DESC"),
            "id",
            postgresql_where=text("status = 'pending' AND worker_id IS NULL"),
        ),
        Index(
            "ix_generation_jobs_paused",
            "not_before",
            postgresql_where=text("status = 'pending' AND not_before IS NOT NULL"),
        ),
        Index(
            "ix_generation_jobs_held",
            "worker_id",
            postgresql_where=text("status IN ('pending', 'running') AND worker_id IS NOT NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)  # v7: sorts by age
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    job_type: Mapped[JobType]
    status: Mapped[JobStatus] = mapped_column(server_default=text("'pending'"))
    prompt: Mapped[str]
    negative_prompt: Mapped[str] = mapped_column(server_default=text("''"))
    params: Mapped[dict[str, Any]]
    needs: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))  # of a worker's `has`
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    content_id: Mapped[int | None] = mapped_column(
        BigInteger, ForeignKey("content_items.id"), unique=True
    )
    error: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    priority: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    attempt: Mapped[int] = mapped_column(server_default=text("1"))
    failures: Mapped[int] = mapped_column(server_default=text("0"))
    max_failures: Mapped[int] = mapped_column(server_default=text("3"))
    not_before: Mapped[datetime | None]  # of the next attempt
    worker_id: Mapped[str | None]
    lease_expires_at: Mapped[datetime | None]
    timeout_s: Mapped[int] = mapped_column(server_default=text("600"))
    phase: Mapped[Phase | None]
    progress: Mapped[float | None]
    unlisted: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    warnings: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    retry_of: Mapped[UUID | None]
    legacy_table: Mapped[str | None]
    legacy_id: Mapped[int | None] = mapped_column(BigInteger)
    idempotency_key: Mapped[str | None]
    request_sha256: Mapped[bytes | None] = mapped_column(LargeBinary)
    trace_id: Mapped[str | None]
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    assigned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())


class JobEvent(Table):
    """One transition, written by the statement that made it. Kept as long as the job.

    `attempt` and `worker_id` are those before the transition.
    """

    __tablename__ = "job_events"

    job_id: Mapped[UUID] = mapped_column(
        ForeignKey("generation_jobs.id", ondelete="CASCADE"), primary_key=True
    )
    version: Mapped[int] = mapped_column(primary_key=True)
    type: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    attempt: Mapped[int]
    worker_id: Mapped[str | None]
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class OutboxRow(Table):
    """A message committed with the change that it announces. Deleted once the broker has it.

    Names an event (job_id, version), a `generate` command (job_id, attempt), or carries `body`.
    """

    __tablename__ = "outbox"
    __table_args__ = (CheckConstraint("num_nonnulls(version, attempt, body) = 1", name="one_kind"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID | None]
    version: Mapped[int | None]
    attempt: Mapped[int | None]
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class ContentItem(Table):
    """One image of the gallery; its id is the N of the page's address /N. Never removed."""

    __tablename__ = "content_items"
    __table_args__ = (
        CheckConstraint(one_of("content_type", JobType), name="content_type_known"),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating_bounds"),
        UniqueConstraint("legacy_table", "legacy_id"),
        Index(
            "ix_content_items_gallery",
            "user_id",
            text("id DESC"),
            postgresql_where=text("deleted_at IS NULL"),
        ),
        Index("ix_content_items_search", "search", postgresql_using="gin"),
        Index("ix_content_items_tags", "tags", postgresql_using="gin"),
        Index("ix_content_items_storage_key", "storage_key"),
        Index(
            "ix_content_items_to_sweep",
            "id",
            postgresql_where=text("deleted_at IS NOT NULL AND files_removed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID | None] = mapped_column(unique=True)  # null once the job was removed
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    content_type: Mapped[JobType]
    title: Mapped[str]
    prompt: Mapped[str]
    negative_prompt: Mapped[str] = mapped_column(server_default=text("''"))
    params: Mapped[dict[str, Any]]
    storage_key: Mapped[str]
    mime_type: Mapped[str]
    byte_size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    width: Mapped[int | None]  # pixels
    height: Mapped[int | None]  # pixels
    tags: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    rating: Mapped[int | None] = mapped_column(SmallInteger)
    is_favorite: Mapped[bool] = mapped_column(server_default=text("false"))
    file_missing: Mapped[bool] = mapped_column(server_default=text("false"))
    legacy_table: Mapped[str | None]
    legacy_id: Mapped[int | None] = mapped_column(BigInteger)
    version: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
    files_removed_at: Mapped[datetime | None]  # set by the sweeper; null while files may be left
    search: Mapped[str] = mapped_column(
        TSVECTOR,
        Computed("to_tsvector('simple', left(title || ' ' || prompt, 100000))", persisted=True),
        deferred=True,
    )


class ContentThumbnail(Table):
    __tablename__ = "content_thumbnails"
    __table_args__ = (CheckConstraint(one_of("size", ("small", "medium", "large")), name="size"),)

    content_id: Mapped[int] = mapped_column(
        BigInteger, ForeignKey("content_items.id"), primary_key=True
    )
    size: Mapped[str] = mapped_column(primary_key=True)
    storage_key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    byte_size: Mapped[int]


class Worker(Table):
    """A worker as its last heartbeat described it."""

    __tablename__ = "workers"
    __table_args__ = (CheckConstraint(one_of("wanted", ("run", "drain")), name="wanted_known"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    instance_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    last_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    accepting: Mapped[bool]
    reason: Mapped[str | None]
    ahead: Mapped[int]
    offers_digest: Mapped[str] = mapped_column(server_default=text("''"))
    offers: Mapped[dict[str, Any]]
    has: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))  # offers, as `jobs.needs`
    reads: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    loaded_checkpoint: Mapped[str | None]
    affinity_run: Mapped[int] = mapped_column(server_default=text("0"))
    comfyui: Mapped[dict[str, Any]]
    wanted: Mapped[str] = mapped_column(server_default=text("'run'"))
    first_seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DeadLetter(Table):
    __tablename__ = "dead_letters"
    __table_args__ = (
        CheckConstraint(one_of("decision", ("retry", "discard")), name="decision_known"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    queue: Mapped[str]
    reason: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    job_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    decision: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None]  # when the dispatcher acted on the decision
