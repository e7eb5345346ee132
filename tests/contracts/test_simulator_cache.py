"""The cache, which makes a second job name the first one's file (comfyui.md, section 5)."""

from tests.contracts.simulator_client import (
    Graph,
    file_of,
    last_message,
    simulated,
    solid,
    text_to_image,
)


def renamed(graph: Graph) -> Graph:
    new = {"11": graph["1"], "22": graph["2"]}
    new["22"] = {**graph["2"], "inputs": {**graph["2"]["inputs"], "images": ["11", 0]}}
    return new


async def test_an_identical_graph_names_the_old_file_even_after_it_was_deleted() -> None:
    async with simulated() as comfy:
        graph = solid(prefix="cache/x")
        first = file_of(await comfy.made(graph))
        path = comfy.simulator.output_dir / "cache/x_00001_.png"

        for same in (graph, renamed(graph), {**graph, "1": {**graph["1"], "_meta": {"a": 1}}}):
            entry = await comfy.made(same)
            assert file_of(entry) == first
            assert entry["status"]["messages"][1][1]["nodes"] == list(same)
        path.unlink()

        assert file_of(await comfy.made(graph)) == first
        assert (await comfy.http.get("/view", params=first)).status_code == 404
        assert comfy.simulator.runs[-1].nodes_run == ()


async def test_another_prefix_another_input_or_another_job_between_makes_a_new_file() -> None:
    async with simulated() as comfy:
        graph = solid(prefix="cache/x")
        await comfy.made(graph)

        nonce = {**graph, "2": {**graph["2"], "inputs": {**graph["2"]["inputs"], "nonce": 7}}}
        entry = await comfy.made(nonce)
        assert file_of(entry)["filename"] == "x_00002_.png"
        assert entry["status"]["messages"][1][1]["nodes"] == ["1"]

        await comfy.made(solid())
        assert file_of(await comfy.made(graph))["filename"] == "x_00003_.png"


async def test_without_a_cache_everything_runs_again() -> None:
    async with simulated(cache="none") as comfy:
        graph = solid(prefix="cache/x")

        assert file_of(await comfy.made(graph))["filename"] == "x_00001_.png"
        assert file_of(await comfy.made(graph))["filename"] == "x_00002_.png"


async def test_a_retry_goes_on_where_the_failed_job_ended_and_lists_its_files() -> None:
    graph = text_to_image(prefix="late/x", steps=1000)
    graph["20"] = solid(color=5)["1"]
    graph["21"] = {
        "class_type": "SaveImage",
        "inputs": {"images": ["20", 0], "filename_prefix": "early/x"},
    }
    async with simulated(step_seconds=0.01) as comfy, comfy.listening("me") as listening:
        await comfy.submit(graph, prompt_id="cut", client_id="me")
        await listening.until("progress")
        await comfy.http.post("/interrupt", json={"prompt_id": "cut"})
        entry = await comfy.entry("cut")
        assert last_message(entry) == "execution_interrupted"
        assert entry["outputs"].keys() == {"21"}

        comfy.simulator.behave(step_seconds=0)
        again = await comfy.made(graph)

        assert set(again["status"]["messages"][1][1]["nodes"]) >= {"4", "5", "6", "7", "20", "21"}
        assert again["outputs"].keys() == {"9", "21"}
