"""What a worker says of itself."""

from deploy.comfyui_simulator.faults import RequestFault
from services.comfyui_worker.identity import prompt_id_of
from shared.jobs import Phase
from shared.workflows.load import load_workflows
from shared.workflows.requirements import Offers, requirements
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.peer import ref_of, text_to_image


async def test_it_describes_its_comfyui(place: Bench) -> None:
    async with place.worker(worker_ahead=5):
        await place.peer.accepting()

    last = place.peer.last
    assert (last.worker_id, last.ahead, last.reason) == ("gpu-1", 5, "gpu-1 is stopping")
    assert last.comfyui["simulated"] is True
    assert last.comfyui["url"] in place.url
    assert {"version", "device"} <= last.comfyui.keys()


async def test_it_offers_what_its_comfyui_has(place: Bench) -> None:
    place.simulator.behave(checkpoints=("one.safetensors",), missing_nodes=frozenset({"VAELoader"}))
    order = text_to_image()
    needed = requirements(
        load_workflows()["text_to_image"], order.params | {"checkpoint": "one.safetensors"}
    )

    async with place.worker():
        await place.peer.accepting()

    told = [beat for beat in place.peer.heartbeats if beat.offers is not None][-1]
    offers = Offers.model_validate(told.offers)
    assert offers.missing(needed) == []
    assert offers.options["checkpoints"] == ("one.safetensors",)
    assert place.peer.last.offers_digest == offers.digest()


async def test_new_models_are_told_and_the_offers_are_not_sent_each_time(place: Bench) -> None:
    place.time(describe=0.2, offers_while_new=0.5, offers_again=60)

    async with place.worker():
        await place.peer.accepting()
        await until(lambda: place.peer.last.offers is None)
        digest = place.peer.last.offers_digest

        place.simulator.behave(checkpoints=("new.safetensors",))
        await until(lambda: place.peer.last.offers_digest != digest)

    told = [beat for beat in place.peer.heartbeats if beat.offers is not None][-1]
    assert told.offers_digest != digest
    assert Offers.model_validate(told.offers).options["checkpoints"] == ("new.safetensors",)
    changed = [beat for beat in place.peer.heartbeats if beat.offers_digest == told.offers_digest]
    assert changed[0].offers is not None


async def test_they_are_numbered_and_name_the_instance(place: Bench) -> None:
    async with place.worker():
        await place.peer.accepting()
        await until(lambda: len(place.peer.heartbeats) >= 5)
    first = list(place.peer.heartbeats)
    place.peer.heartbeats.clear()
    async with place.worker():
        await place.peer.accepting()

    numbers = [beat.seq for beat in first]
    assert numbers == sorted(set(numbers))
    assert len({beat.instance_id for beat in first}) == 1
    assert place.peer.last.instance_id != first[0].instance_id


async def test_it_says_which_checkpoint_is_loaded(place: Bench) -> None:
    order = text_to_image()

    async with place.worker():
        await place.peer.accepting()
        assert place.peer.last.loaded_checkpoint is None
        await place.peer.give(order)
        await place.peer.output_of(order)
        await until(
            lambda: place.peer.last.loaded_checkpoint == order.params["checkpoint"],
            what="the checkpoint is told",
        )


async def test_waiting_in_comfyui_has_no_progress_and_running_has(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.05)
    running, waiting = text_to_image(steps=40), text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(running, waiting)
        await place.peer.holds(waiting, Phase.SUBMITTED)
        await until(lambda: 0 < (place.peer.last.attempts[0].progress or 0) < 1)
        assert place.peer.last.attempts[1].progress is None
        for order in (running, waiting):
            await place.peer.drop(order)
        await until(lambda: not place.peer.last.attempts)


async def test_steps_alone_cause_no_heartbeats(place: Bench) -> None:
    place.time(heartbeat=30)
    place.simulator.behave(step_seconds=0.01)
    order = text_to_image(steps=100)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.holds(order, Phase.RENDERING)
        before = len(place.peer.heartbeats)
        await place.peer.output_of(order)

    assert len(place.peer.heartbeats) - before < 20  # for 100 steps


async def test_without_a_websocket_all_works_but_less_lively(place: Bench) -> None:
    place.simulator.add_faults(RequestFault(kind="error", path="/ws", status=503))
    order = text_to_image()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)
        await place.peer.holds(order, None)

    assert prompt_id_of(ref_of(order)) not in place.simulator.memory.queue.history
    assert place.peer.progress == []
