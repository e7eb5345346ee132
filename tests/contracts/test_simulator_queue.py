"""/queue, /history, /interrupt, /free: who is where, and who may be stopped (sections 1, 3, 4)."""

import pytest

from tests.contracts.simulator_client import (
    Comfy,
    last_message,
    simulated,
    solid,
    text_to_image,
)

LONG = 10_000


async def start_long_job(comfy: Comfy, prompt_id: str = "long") -> None:
    await comfy.submit(text_to_image(steps=LONG), prompt_id=prompt_id)
    await comfy.until_running(prompt_id)


async def test_a_job_is_pending_then_running_then_in_the_history() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)
        await comfy.submit(solid(), prompt_id="next")

        assert await comfy.queued() == (["long"], ["next"])
        assert (await comfy.http.get("/history/long")).json() == {}
        assert (await comfy.http.get("/history/next")).json() == {}
        assert (await comfy.http.get("/prompt")).json() == {"exec_info": {"queue_remaining": 2}}

        await comfy.http.post("/interrupt", json={"prompt_id": "long"})
        assert last_message(await comfy.entry("next")) == "execution_success"
        assert await comfy.queued() == ([], [])


async def test_the_lowest_number_runs_first_and_the_latest_front_before_all() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)
        await comfy.submit(solid(), prompt_id="plain")
        await comfy.submit(solid(), prompt_id="front-1", front=True)
        await comfy.submit(solid(), prompt_id="front-2", front=True)
        await comfy.submit(solid(), prompt_id="first", number=-1e9)

        await comfy.http.post("/interrupt", json={"prompt_id": "long"})
        await comfy.until_idle()

        order = [run.prompt_id for run in comfy.simulator.runs]
        assert order == ["long", "first", "front-2", "front-1", "plain"]


async def test_deleting_works_on_pending_jobs_only_and_never_says_so() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)
        await comfy.submit(solid(), prompt_id="doomed")

        for prompt_id in ("doomed", "long", "unknown"):
            answer = await comfy.http.post("/queue", json={"delete": [prompt_id]})
            assert (answer.status_code, answer.content) == (200, b"")

        assert await comfy.queued() == (["long"], [])
        assert (await comfy.http.get("/history/doomed")).json() == {}
        assert comfy.runs_of("doomed") == []


async def test_clearing_drops_everything_pending_and_leaves_what_runs() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)
        for _ in range(3):
            await comfy.submit(solid())

        await comfy.http.post("/queue", json={"clear": True})

        assert await comfy.queued() == (["long"], [])


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/queue", '{"delete": "letters"}', 200),
        ("/queue", "{}", 200),
        ("/queue", '{"delete": 5}', 500),
        ("/queue", "{", 500),
        ("/history", '{"delete": ["unknown"]}', 200),
        ("/history", "", 500),
        ("/free", "{}", 200),
        ("/free", "", 500),
        ("/interrupt", "", 200),
        ("/interrupt", "{", 200),
        ("/interrupt", "[]", 500),
        ("/interrupt", "null", 500),
    ],
)
async def test_strange_bodies_are_answered_like_the_real_program_does(
    path: str, body: str, status: int
) -> None:
    async with simulated() as comfy:
        assert (await comfy.http.post(path, content=body)).status_code == status


async def test_a_targeted_interrupt_ends_the_running_job() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)

        answer = await comfy.http.post("/interrupt", json={"prompt_id": "long"})

        assert (answer.status_code, answer.content) == (200, b"")
        entry = await comfy.entry("long")
        assert last_message(entry) == "execution_interrupted"
        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("error", False)
        assert entry["status"]["messages"][-1][1]["node_type"] == "KSampler"
        assert comfy.runs_of("long") == ["interrupted"]


async def test_an_interrupt_for_a_job_that_still_waits_is_lost_without_a_word() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)
        await comfy.submit(solid(), prompt_id="waiting")

        answer = await comfy.http.post("/interrupt", json={"prompt_id": "waiting"})

        assert (answer.status_code, answer.content) == (200, b"")
        assert await comfy.queued() == (["long"], ["waiting"])
        await comfy.http.post("/interrupt", json={"prompt_id": "long"})
        assert last_message(await comfy.entry("waiting")) == "execution_success"


@pytest.mark.parametrize("body", ["", "{}", "{", '{"prompt_id": null}', '{"prompt_id": ""}'])
async def test_an_interrupt_without_an_id_kills_whatever_runs(body: str) -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy, "somebody-elses")

        await comfy.http.post("/interrupt", content=body)

        assert last_message(await comfy.entry("somebody-elses")) == "execution_interrupted"


async def test_an_interrupt_while_nothing_runs_does_not_hit_the_next_job() -> None:
    async with simulated() as comfy:
        await comfy.http.post("/interrupt", json={})

        assert last_message(await comfy.made(solid())) == "execution_success"


async def test_a_load_cannot_be_interrupted_before_it_is_done() -> None:
    async with simulated(load_seconds=0.3) as comfy, comfy.listening("me") as listening:
        await comfy.submit(text_to_image(), prompt_id="loading", client_id="me")
        await listening.until("executing", node="4")

        await comfy.http.post("/interrupt", json={"prompt_id": "loading"})

        entry = await comfy.entry("loading")
        assert last_message(entry) == "execution_interrupted"
        assert entry["status"]["messages"][-1][1]["executed"] == ["4"]


async def test_history_pages_from_the_end_or_from_an_offset() -> None:
    async with simulated() as comfy:
        for number in range(5):
            await comfy.made(solid(), prompt_id=f"job-{number}")

        async def page(query: str) -> list[str]:
            return list((await comfy.http.get(f"/history{query}")).json())

        assert await page("?max_items=2") == ["job-3", "job-4"]
        assert await page("?max_items=2&offset=0") == ["job-0", "job-1"]
        assert await page("?max_items=2&offset=1") == ["job-1", "job-2"]
        assert await page("?max_items=0") == []
        assert await page("?max_items=-1") == []
        assert await page("?offset=3") == ["job-3", "job-4"]
        assert (await comfy.http.get("/history?max_items=abc")).status_code == 500
        assert (await comfy.http.get("/history/")).status_code == 404


async def test_an_entry_has_the_prompt_the_outputs_the_status_and_the_meta() -> None:
    async with simulated() as comfy:
        extra = {"darkroom": {"job": "j", "attempt": 1}, "api_key_comfy_org": "secret"}
        entry = await comfy.made(solid(), prompt_id="p", client_id="c", extra_data=extra)

        assert entry.keys() == {"prompt", "outputs", "status", "meta"}
        number, prompt_id, _, extra_data, outputs = entry["prompt"]
        assert (number, prompt_id, outputs) == (0, "p", ["2"])
        assert extra_data == {"darkroom": {"job": "j", "attempt": 1}, "client_id": "c"}
        assert [message[0] for message in entry["status"]["messages"]] == [
            "execution_start",
            "execution_cached",
            "execution_success",
        ]
        assert entry["meta"]["2"]["real_node_id"] == "2"
        assert comfy.simulator.runs[0].darkroom == {"job": "j", "attempt": 1}


async def test_the_history_forgets_the_oldest_when_it_is_full() -> None:
    async with simulated(history_limit=2) as comfy:
        for number in range(3):
            await comfy.made(solid(), prompt_id=f"job-{number}")

        assert list((await comfy.http.get("/history")).json()) == ["job-1", "job-2"]


async def test_history_can_be_deleted_entry_by_entry_or_whole() -> None:
    async with simulated() as comfy:
        for number in range(3):
            await comfy.made(solid(), prompt_id=f"job-{number}")

        await comfy.http.post("/history", json={"delete": ["job-1", "unknown"]})
        assert list((await comfy.http.get("/history")).json()) == ["job-0", "job-2"]

        await comfy.http.post("/history", json={"clear": True})
        assert (await comfy.http.get("/history")).json() == {}


async def test_a_run_time_cycle_is_told_as_success_unless_one_reads_the_messages() -> None:
    graph = solid()
    graph["1"]["inputs"]["images"] = ["2", 0]
    async with simulated() as comfy:
        entry = await comfy.made(graph)

        assert (entry["status"]["status_str"], entry["status"]["completed"]) == ("success", True)
        assert last_message(entry) == "execution_error"


async def test_a_graph_that_kills_the_worker_stays_running_until_a_restart() -> None:
    orphan = solid()
    orphan["9"] = {"class_type": "EmptyImage"}
    stale_link = solid()
    stale_link["1"]["inputs"]["undeclared"] = ["77", 0]
    for graph in (orphan, stale_link):
        async with simulated() as comfy:
            await comfy.submit(graph, prompt_id="killer")
            await comfy.until_running("killer")
            await comfy.submit(solid(), prompt_id="behind")
            await comfy.http.post("/interrupt", json={"prompt_id": "killer"})
            await comfy.http.post("/queue", json={"delete": ["killer"]})

            assert await comfy.queued() == (["killer"], ["behind"])
            assert (await comfy.http.get("/system_stats")).status_code == 200

            await comfy.simulator.restart()
            assert await comfy.queued() == ([], [])
            assert last_message(await comfy.made(solid())) == "execution_success"


async def test_equal_number_and_id_is_a_500_and_yet_enqueued() -> None:
    async with simulated(step_seconds=0.01) as comfy:
        await start_long_job(comfy)
        bodies = [{"prompt": solid(), "prompt_id": "tied", "number": 5} for _ in range(2)]

        answers = [await comfy.http.post("/prompt", json=body) for body in bodies]

        assert [answer.status_code for answer in answers] == [200, 500]
        assert await comfy.queued() == (["long"], ["tied", "tied"])


async def test_free_drops_the_cache_only_when_asked_to_free_memory() -> None:
    async with simulated() as comfy:
        graph = solid()
        await comfy.made(graph)
        await comfy.http.post("/free", json={"unload_models": True})
        cached = await comfy.made(graph)
        await comfy.http.post("/free", json={"free_memory": True})
        again = await comfy.made(graph)

        assert cached["status"]["messages"][1][1]["nodes"] == ["1", "2"]
        assert again["status"]["messages"][1][1]["nodes"] == []
