"""A pending job that is to be queued again, as the workflow of today understands it."""

from collections.abc import Callable
from dataclasses import replace

from deploy.legacy_import.endings import events
from shared.db.imported import ImportedJob
from shared.errors import Invalid
from shared.jobs import LEGACY, JobStatus, without_legacy
from shared.workflows.requirements import requirements
from shared.workflows.workflow import Workflows


def requeued(
    job: ImportedJob, workflows: Workflows, draw_seed: Callable[[], int]
) -> ImportedJob | str:
    """`job`: as failed, because it did not end. Else: why it cannot be made now."""
    asked = without_legacy(job.params)
    try:
        workflow = workflows.choose(job.job_type.value, asked)
        resolved = workflow.validate(
            asked, prompt=job.prompt, negative_prompt=job.negative_prompt, draw_seed=draw_seed
        )
    except Invalid as error:
        return str(error)
    batch_size = job.params.get(LEGACY, {}).get("batch_size") or 1
    warning = f"the older request wanted {batch_size} images; this is one of them"
    return replace(
        job,
        status=JobStatus.PENDING,
        error=None,
        params=resolved.params,
        needs=requirements(workflow, resolved.params).needs(),
        timeout_s=workflow.timeout_s,
        warnings=[warning] if batch_size != 1 else [],
        events=events(JobStatus.PENDING, job.created_at, None, None, None),
        started_at=None,
        finished_at=None,
        attempt=1,
    )
