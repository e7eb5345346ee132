"""Bring a batch home: look what is there, copy its files, write it in one transaction, count.

Killed before the transaction, files lie in the store under keys that the next run uses again;
killed after it, the next run finds the rows. Nothing else is ever half there.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from deploy.legacy_import.endings import WITHOUT_CONTENT
from deploy.legacy_import.files import Copied, Files
from deploy.legacy_import.report import Named, Report
from deploy.legacy_import.schema import CONTENT_TABLES, JOB_TABLES
from deploy.legacy_import.target import Decision, Overtaken, What, decide_all, write_batch
from deploy.legacy_import.units import Plan
from shared.db.engine import Sessions
from shared.db.imported import LegacyKey
from shared.failpoints import reached

MOST_TRIES = 5


class Bringer:
    def __init__(self, sessions: Sessions, files: Files, report: Report) -> None:
        self._sessions = sessions
        self._files = files
        self._report = report
        self._number = 0

    async def bring(self, plans: Sequence[Plan]) -> None:
        self._number += 1
        for tries_left in reversed(range(MOST_TRIES)):
            try:
                decisions, copies = await self._bring_once(plans)
            except Overtaken:
                if not tries_left:
                    raise
                continue
            for plan, decision, copy in zip(plans, decisions, copies, strict=True):
                self._count(plan, decision, copy)
            return

    async def _bring_once(
        self, plans: Sequence[Plan]
    ) -> tuple[list[Decision], list[Copied | None]]:
        """Raises Overtaken: nothing was written."""
        units = [plan.unit for plan in plans]
        decisions = await decide_all(self._sessions, units)
        copies = await self._copy(plans, decisions)
        with_files = [
            replace(decision, unit=replace(decision.unit, file=copy.file if copy else None))
            for decision, copy in zip(decisions, copies, strict=True)
        ]
        await reached(f"import.files_copied.{self._number}")
        if not self._report.is_dry_run:
            moved = await write_batch(self._sessions, units, with_files)
            self._report.changed.update({"address taken, new one": moved} if moved else {})
        await reached(f"import.batch_written.{self._number}")
        return decisions, copies

    async def _copy(
        self, plans: Sequence[Plan], decisions: Sequence[Decision]
    ) -> list[Copied | None]:
        try:
            async with asyncio.TaskGroup() as tasks:
                copying = [
                    tasks.create_task(self._copy_one(plan, decision))
                    for plan, decision in zip(plans, decisions, strict=True)
                ]
        except ExceptionGroup as group:
            raise group.exceptions[0] from None  # they all tell of the same folder or store
        return [task.result() for task in copying]

    async def _copy_one(self, plan: Plan, decision: Decision) -> Copied | None:
        is_wanted = decision.what in (What.NEW, What.LATE, What.LACKING)
        if plan.content is None or not is_wanted:
            return None
        job_id = decision.unit.job.id
        if plan.content.path is not None:
            return await self._files.take_path(job_id, plan.content.path)
        return await self._files.take_text(job_id, plan.content.text or "")

    def _count(self, plan: Plan, decision: Decision, copy: Copied | None) -> None:
        report, is_new = self._report, decision.what in (What.NEW, What.LATE, What.JOB_ONLY)
        self._count_job(plan, decision)
        self._count_item(plan, decision)
        if is_new:
            report.changed.update(plan.changes)
        key = plan.unit.item.key if plan.unit.item else plan.unit.job.key
        report.left_out += [Named(*key, f"too large: {what}") for what in plan.left_out]
        if copy is not None:
            self._count_copy(key, plan, decision, copy)

    def _count_job(self, plan: Plan, decision: Decision) -> None:
        count, key, job = self._report.jobs, plan.unit.job.key, decision.unit.job
        if key.table in CONTENT_TABLES:
            count.made += 1
        elif key.table not in JOB_TABLES:
            count.split += 1
        match decision.what:
            case What.NEW | What.JOB_ONLY:
                count.written += 1
            case What.LATE:
                count.already += 1
                count.made += 1
                count.written += 1
            case What.LACKING | What.ALREADY:
                count.already += 1
        code = job.error["code"] if job.error else None
        if decision.what not in (What.LACKING, What.ALREADY):
            self._report.ended[code or job.status.value] += 1
        if job.error and code == WITHOUT_CONTENT:
            self._report.without_content.append(Named(*key, job.error["message"]))

    def _count_item(self, plan: Plan, decision: Decision) -> None:
        if plan.unit.item is None:
            return
        count = self._report.items
        count.made += plan.is_item_made
        if decision.what in (What.NEW, What.LATE):
            count.written += 1
        else:
            count.already += 1

    def _count_copy(self, key: LegacyKey, plan: Plan, decision: Decision, copy: Copied) -> None:
        path = plan.content.path if plan.content else None
        if copy.trouble is not None:
            self._report.missing_files.append(Named(*key, copy.trouble, path))
            return
        if copy.damage is not None:
            self._report.damaged_files.append(Named(*key, copy.damage, path))
        self._report.files_copied += 1
        self._report.bytes_copied += copy.file.byte_size
        self._report.files_found += decision.what == What.LACKING
