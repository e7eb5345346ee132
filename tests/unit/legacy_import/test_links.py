from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.legacy_import.links import ItemFacts, JobFacts, Output, link
from deploy.legacy_import.schema import ITEMS, ITEMS_AUTO, JOBS, REQUESTS
from shared.db.imported import LegacyKey

ANNA, BEN = UUID(int=1), UUID(int=2)
NOON = datetime(2025, 3, 1, 12, tzinfo=UTC)


def a_job(number: int, **facts: Any) -> JobFacts:
    given_facts: dict[str, Any] = {
        "key": LegacyKey(JOBS, number), "user_id": ANNA, "is_completed": True, "link": None,
        "completed_at": NOON, "prompt": 0, "outputs": (),
    } | facts  # fmt: skip
    return JobFacts(**given_facts)


def an_item(number: int, path: str = "", **facts: Any) -> ItemFacts:
    given_facts: dict[str, Any] = {
        "key": LegacyKey(ITEMS, number), "user_id": ANNA, "path": path, "prompt": 0,
        "created_at": NOON,
    } | facts  # fmt: skip
    return ItemFacts(**given_facts)


def test_a_link_comes_before_a_path_a_path_before_a_number_and_that_before_a_prompt() -> None:
    jobs = [
        a_job(1, link=10, prompt=5),
        a_job(2, outputs=("/o/gen_job_3_1.png",), prompt=5),
        a_job(3, prompt=5),
        a_job(4, prompt=5),
    ]
    items = [
        an_item(10, "/o/x.png"),
        an_item(11, "/o/gen_job_3_1.png"),
        an_item(12, "/o/gen_job_3_2.png"),
        an_item(13, "/o/y.png", prompt=5),
    ]

    links = link(jobs, items)

    assert {job.id: item.id for item, job in links.owners.items()} == {1: 10, 2: 11, 3: 12, 4: 13}
    assert {key.id: how for key, how in links.relinked.items()} == {
        2: "path", 3: "number", 4: "prompt",
    }  # fmt: skip


def test_a_number_in_a_name_is_a_jobs_and_never_a_requests() -> None:
    links = link([a_job(1, key=LegacyKey(REQUESTS, 1))], [an_item(10, "/o/gen_job_1_1.png")])
    assert links.owners == {}


def test_a_link_never_leads_to_automatic_content() -> None:
    links = link([a_job(1, link=10)], [an_item(10, key=LegacyKey(ITEMS_AUTO, 10))])
    assert links.owners == {}


def test_who_lost_an_item_still_gets_its_own_further_images() -> None:
    near = a_job(1, link=10)
    far = a_job(2, link=10, completed_at=NOON + timedelta(1), outputs=("/o/a.png", "/o/b.png"))

    links = link([near, far], [an_item(10, "/o/a.png")])

    assert links.lost_to == {far.key: LegacyKey(ITEMS, 10)}
    assert links.outputs[far.key] == [Output(None, "/o/b.png", 1)]


@pytest.mark.parametrize("path", ["/o/b.png", "b.png", "/moved/to/b.png"])
def test_of_a_batch_the_linked_image_is_found_by_its_name(path: str) -> None:
    job = a_job(1, link=10, outputs=("/o/a.png", "/o/b.png", "/o/c.png"))
    links = link([job], [an_item(10, path)])
    assert links.outputs[job.key] == [
        Output(LegacyKey(ITEMS, 10), path),
        Output(None, "/o/a.png", 0),
        Output(None, "/o/c.png", 2),
    ]


def test_one_path_is_one_image_of_the_first_job_that_names_it() -> None:
    links = link([a_job(1, outputs=("/o/a.png",)), a_job(2, outputs=("/o//a.png",))], [])
    assert list(links.outputs) == [LegacyKey(JOBS, 1)]
    assert links.lost_to == {LegacyKey(JOBS, 2): LegacyKey(JOBS, 1)}


NAMES = st.sampled_from(["", "/o/a.png", "/o//a.png", "a.png", "/o/gen_job_1_1.png", "/x/b.png"])
JOB = st.builds(
    JobFacts,
    key=st.builds(LegacyKey, st.sampled_from([JOBS, REQUESTS]), st.integers(1, 5)),
    user_id=st.sampled_from([ANNA, BEN]),
    is_completed=st.booleans(),
    link=st.one_of(st.none(), st.integers(1, 5)),
    completed_at=st.one_of(st.none(), st.just(NOON)),
    prompt=st.integers(0, 2),
    outputs=st.lists(NAMES.filter(bool), max_size=4, unique=True).map(tuple),
)
ITEM = st.builds(
    ItemFacts,
    key=st.builds(LegacyKey, st.sampled_from([ITEMS, ITEMS_AUTO]), st.integers(1, 5)),
    user_id=st.sampled_from([ANNA, BEN]),
    path=NAMES,
    prompt=st.integers(0, 2),
    created_at=st.just(NOON),
)


@given(
    jobs=st.lists(JOB, unique_by=lambda job: job.key),
    items=st.lists(ITEM, unique_by=lambda item: item.key),
)
def test_an_item_has_one_job_of_its_own_user_and_a_path_is_made_once(
    jobs: list[JobFacts], items: list[ItemFacts]
) -> None:
    links = link(jobs, items)
    users = {job.key: job.user_id for job in jobs}
    owners = {item.key: item.user_id for item in items}

    given_items = [out.item for outputs in links.outputs.values() for out in outputs if out.item]
    assert len(given_items) == len(set(given_items)) == len(links.owners)
    assert all(users[job] == owners[item] for item, job in links.owners.items())
    assert not {job.key for job in jobs if not job.is_completed} & links.outputs.keys()
    made = [
        (users[job], output.position, output.path)
        for job, outputs in links.outputs.items()
        for output in outputs
        if output.item is None
    ]
    assert len({(user, path.replace("//", "/")) for user, _, path in made}) == len(made)
