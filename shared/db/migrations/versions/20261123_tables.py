"""Every table, as of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261123_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dead_letters",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("queue", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "decision IN ('retry', 'discard')", name=op.f("ck_dead_letters_decision_known")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letters")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column(
            "body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.CheckConstraint(
            "num_nonnulls(version, attempt, body) = 1", name=op.f("ck_outbox_one_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("max_unfinished", sa.Integer(), server_default=sa.text("1000"), nullable=False),
        sa.Column("last_turn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("legacy_id", sa.Uuid(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("legacy_id", name=op.f("uq_users_legacy_id")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
    )
    op.create_index(
        "ix_users_turn",
        "users",
        [sa.literal_column("last_turn_at NULLS FIRST"), "id"],
        unique=False,
    )
    op.create_table(
        "workers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("instance_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "last_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("accepting", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("ahead", sa.Integer(), nullable=False),
        sa.Column("offers_digest", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("offers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "has", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "reads", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("loaded_checkpoint", sa.Text(), nullable=True),
        sa.Column("affinity_run", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("comfyui", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("wanted", sa.Text(), server_default=sa.text("'run'"), nullable=False),
        sa.Column(
            "first_seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint("wanted IN ('run', 'drain')", name=op.f("ck_workers_wanted_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workers")),
    )
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_sha256", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_api_tokens_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_api_tokens_token_sha256")),
    )
    op.create_index(op.f("ix_api_tokens_user_id"), "api_tokens", ["user_id"], unique=False)
    op.create_table(
        "content_items",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("negative_prompt", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("mime_type", sa.Text(), nullable=False),
        sa.Column("byte_size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("is_favorite", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("file_missing", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("legacy_table", sa.Text(), nullable=True),
        sa.Column("legacy_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("files_removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "search",
            postgresql.TSVECTOR(),
            sa.Computed(
                "to_tsvector('simple', left(title || ' ' || prompt, 100000))", persisted=True
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "content_type IN ('text', 'image', 'video', 'audio')",
            name=op.f("ck_content_items_content_type_known"),
        ),
        sa.CheckConstraint("rating BETWEEN 1 AND 5", name=op.f("ck_content_items_rating_bounds")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_content_items_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_content_items")),
        sa.UniqueConstraint("job_id", name=op.f("uq_content_items_job_id")),
        sa.UniqueConstraint(
            "legacy_table", "legacy_id", name=op.f("uq_content_items_legacy_table_legacy_id")
        ),
    )
    op.create_index(
        "ix_content_items_gallery",
        "content_items",
        ["user_id", sa.literal_column("id DESC")],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_index(
        "ix_content_items_search", "content_items", ["search"], unique=False, postgresql_using="gin"
    )
    op.create_index("ix_content_items_storage_key", "content_items", ["storage_key"], unique=False)
    op.create_index(
        "ix_content_items_tags", "content_items", ["tags"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "content_thumbnails",
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.Text(), nullable=False),
        sa.Column("storage_key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("byte_size", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "size IN ('small', 'medium', 'large')", name=op.f("ck_content_thumbnails_size")
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content_items.id"], name=op.f("fk_content_thumbnails_content_id")
        ),
        sa.PrimaryKeyConstraint("content_id", "size", name=op.f("pk_content_thumbnails")),
    )
    op.create_table(
        "generation_jobs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("job_type", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("negative_prompt", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("params", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "needs", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "tags", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("content_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "error", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.Column("priority", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column("failures", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("max_failures", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("not_before", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("timeout_s", sa.Integer(), server_default=sa.text("600"), nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("progress", sa.Double(), nullable=True),
        sa.Column("unlisted", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "warnings", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column("retry_of", sa.Uuid(), nullable=True),
        sa.Column("legacy_table", sa.Text(), nullable=True),
        sa.Column("legacy_id", sa.BigInteger(), nullable=True),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("request_sha256", sa.LargeBinary(), nullable=True),
        sa.Column("trace_id", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.CheckConstraint(
            "(status = 'completed') = (content_id IS NOT NULL)",
            name=op.f("ck_generation_jobs_content_iff_completed"),
        ),
        sa.CheckConstraint(
            "(status = 'failed') = (error IS NOT NULL)",
            name=op.f("ck_generation_jobs_error_iff_failed"),
        ),
        sa.CheckConstraint(
            "(status IN ('cancelled', 'completed', 'failed')) = (finished_at IS NOT NULL)",
            name=op.f("ck_generation_jobs_finished_at_iff_final"),
        ),
        sa.CheckConstraint(
            "job_type IN ('text', 'image', 'video', 'audio')",
            name=op.f("ck_generation_jobs_job_type_known"),
        ),
        sa.CheckConstraint(
            "phase IN ('waiting', 'claimed', 'submitted', 'rendering', 'stored')",
            name=op.f("ck_generation_jobs_phase_known"),
        ),
        sa.CheckConstraint(
            "status <> 'running' OR worker_id IS NOT NULL",
            name=op.f("ck_generation_jobs_running_has_worker"),
        ),
        sa.CheckConstraint(
            "status IN ('pending', 'running', 'completed', 'failed', 'cancelled')",
            name=op.f("ck_generation_jobs_status_known"),
        ),
        sa.CheckConstraint(
            "priority BETWEEN -10 AND 10", name=op.f("ck_generation_jobs_priority_bounds")
        ),
        sa.CheckConstraint(
            "progress BETWEEN 0 AND 1", name=op.f("ck_generation_jobs_progress_bounds")
        ),
        sa.CheckConstraint(
            "timeout_s BETWEEN 1 AND 86400", name=op.f("ck_generation_jobs_timeout_bounds")
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content_items.id"], name=op.f("fk_generation_jobs_content_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_generation_jobs_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_generation_jobs")),
        sa.UniqueConstraint("content_id", name=op.f("uq_generation_jobs_content_id")),
        sa.UniqueConstraint(
            "legacy_table", "legacy_id", name=op.f("uq_generation_jobs_legacy_table_legacy_id")
        ),
        sa.UniqueConstraint(
            "user_id", "idempotency_key", name=op.f("uq_generation_jobs_user_id_idempotency_key")
        ),
    )
    op.create_index(
        "ix_generation_jobs_held",
        "generation_jobs",
        ["worker_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'running') AND worker_id IS NOT NULL"),
    )
    op.create_index(
        "ix_generation_jobs_turn",
        "generation_jobs",
        ["user_id", sa.literal_column("priority DESC"), "id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND worker_id IS NULL"),
    )
    op.create_index(
        "ix_generation_jobs_unfinished",
        "generation_jobs",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('pending', 'running')"),
    )
    op.create_index(
        op.f("ix_generation_jobs_user_id_id"), "generation_jobs", ["user_id", "id"], unique=False
    )
    op.create_table(
        "job_events",
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("worker_id", sa.Text(), nullable=True),
        sa.Column(
            "detail", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True
        ),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["generation_jobs.id"],
            name=op.f("fk_job_events_job_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("job_id", "version", name=op.f("pk_job_events")),
    )
    op.create_index(
        "ix_generation_jobs_finished",
        "generation_jobs",
        ["user_id", "finished_at"],
        unique=False,
        postgresql_where=sa.text("finished_at IS NOT NULL"),
    )
    op.create_index(
        "ix_generation_jobs_paused",
        "generation_jobs",
        ["not_before"],
        unique=False,
        postgresql_where=sa.text("status = 'pending' AND not_before IS NOT NULL"),
    )
    op.create_index(
        "ix_content_items_to_sweep",
        "content_items",
        ["id"],
        unique=False,
        postgresql_where=sa.text("deleted_at IS NOT NULL AND files_removed_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("job_events")
    op.drop_index(op.f("ix_generation_jobs_user_id_id"), table_name="generation_jobs")
    op.drop_index(
        "ix_generation_jobs_unfinished",
        table_name="generation_jobs",
        postgresql_where=sa.text("status IN ('pending', 'running')"),
    )
    op.drop_index(
        "ix_generation_jobs_turn",
        table_name="generation_jobs",
        postgresql_where=sa.text("status = 'pending' AND worker_id IS NULL"),
    )
    op.drop_index(
        "ix_generation_jobs_held",
        table_name="generation_jobs",
        postgresql_where=sa.text("status IN ('pending', 'running') AND worker_id IS NOT NULL"),
    )
    op.drop_table("generation_jobs")
    op.drop_table("content_thumbnails")
    op.drop_index("ix_content_items_tags", table_name="content_items", postgresql_using="gin")
    op.drop_index("ix_content_items_storage_key", table_name="content_items")
    op.drop_index("ix_content_items_search", table_name="content_items", postgresql_using="gin")
    op.drop_index(
        "ix_content_items_gallery",
        table_name="content_items",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_table("content_items")
    op.drop_index(op.f("ix_api_tokens_user_id"), table_name="api_tokens")
    op.drop_table("api_tokens")
    op.drop_table("workers")
    op.drop_index("ix_users_turn", table_name="users")
    op.drop_table("users")
    op.drop_table("outbox")
    op.drop_table("dead_letters")
