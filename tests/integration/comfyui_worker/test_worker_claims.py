"""A worker asks before it spends GPU time."""

from pathlib import Path
from uuid import uuid4

from deploy.comfyui_simulator.faults import RequestFault
from services.comfyui_worker.identity import prompt_id_of
from shared.jobs import JobId, Phase
from shared.messages import AttemptRef
from tests.infrastructure.waiting import until
from tests.integration.comfyui_worker.bench import Bench
from tests.integration.comfyui_worker.foreign import submit_as_its_twin
from tests.integration.comfyui_worker.peer import ref_of, solid_color, text_to_image


async def test_nothing_is_submitted_before_go_and_the_claim_is_repeated(place: Bench) -> None:
    place.peer.answers_claims = False
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await until(lambda: len(place.peer.claims) >= 3)
        assert set(map(ref_of, place.peer.claims)) == {ref_of(order)}
        assert place.simulator.runs == []

        await place.peer.go(ref_of(order))
        await place.peer.output_of(order)


async def test_a_claim_that_is_answered_with_drop_never_reaches_comfyui(place: Bench) -> None:
    place.peer.answers_claims = False
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await until(lambda: place.peer.claims)
        await place.peer.drop(order)
        await place.peer.holds(order, None)

        # A drop is for ever: a late copy is not even listed.
        claims = len(place.peer.claims)
        await place.peer.give(order, other := solid_color())
        await until(lambda: place.peer.phase_of(other) is Phase.WAITING)
        await until(lambda: ref_of(other) in map(ref_of, place.peer.claims[claims:]))

    assert place.peer.phase_of(order) is None
    assert all(ref_of(claim) != ref_of(order) for claim in place.peer.claims[claims:])
    assert place.simulator.runs == []


async def test_copies_of_one_attempt_are_one_attempt(place: Bench) -> None:
    order = text_to_image()
    place.simulator.behave(step_seconds=0.05)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order, order, order)
        await place.running(order)
        await place.peer.give(order)
        await place.peer.output_of(order)
        await place.peer.holds(order, None)

    assert len(place.runs_of(order)) == 1
    assert len({output.sha256 for output in place.peer.outputs}) == 1


async def test_a_go_for_what_it_does_not_hold_is_ignored(place: Bench) -> None:
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.go(AttemptRef(job_id=JobId(order.job_id), attempt=7))
        await place.peer.give(order)
        await place.peer.output_of(order)

    assert len(place.simulator.runs) == 1


async def test_a_go_that_answers_another_claim_is_ignored(place: Bench) -> None:
    place.peer.answers_claims = False
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await until(lambda: place.peer.claims)
        await place.peer.go(ref_of(order), claim_id=uuid4())
        await until(lambda: len(place.peer.claims) >= 3)
        assert place.simulator.runs == []

        await place.peer.go(ref_of(order), claim_id=place.peer.claims[0].claim_id)
        await place.peer.output_of(order)


async def test_a_go_from_before_the_connection_was_lost_counts_no_more(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.2)
    *ahead, granted = [text_to_image(steps=150), text_to_image(steps=150), text_to_image()]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*ahead, granted)
        await place.peer.holds(granted, Phase.CLAIMED)
        place.peer.answers_claims = False
        place.broker.lose_everything()
        await place.all_connected()
        for order in ahead:
            await place.peer.drop(order)
        await until(lambda: [*map(ref_of, place.peer.claims)].count(ref_of(granted)) >= 3)
        assert place.runs_of(granted) == []

        place.peer.answers_claims = True
        await place.peer.output_of(granted)

    assert len(place.runs_of(granted)) == 1


async def test_what_nobody_can_have_submitted_is_not_looked_for(place: Bench) -> None:
    place.time(request=600)
    order = solid_color()

    async with place.worker():
        await place.peer.accepting()
        await place.listening()
        place.simulator.add_faults(RequestFault(kind="hang", method="GET", path="/queue"))
        await place.peer.give(order)
        await place.peer.output_of(order)


async def test_what_a_worker_of_its_name_submitted_meanwhile_is_found(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.2)
    *ahead, granted = [text_to_image(steps=150), text_to_image(steps=150), text_to_image()]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*ahead, granted)
        await place.peer.holds(granted, Phase.CLAIMED)
        place.broker.lose_everything()
        await submit_as_its_twin(place, granted)
        await place.all_connected()
        for order in ahead:
            await place.peer.drop(order)
        await place.peer.output_of(granted)

    assert len(place.runs_of(granted)) == 1


async def test_two_claims_are_out_at_most_while_nobody_answers(place: Bench) -> None:
    place.peer.answers_claims = False
    orders = [solid_color() for _ in range(4)]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        await until(lambda: len(place.peer.last.attempts) == 4)
        await until(lambda: len(place.peer.claims) >= 6)

    assert set(map(ref_of, place.peer.claims)) == set(map(ref_of, orders[:2]))


async def test_comfyui_holds_two_prompts_and_one_more_is_claimed_ahead(place: Bench) -> None:
    place.simulator.behave(step_seconds=0.2)
    orders = [text_to_image(steps=150) for _ in range(4)]

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(*orders)
        await place.peer.holds(orders[0], Phase.RENDERING)
        await place.peer.holds(orders[1], Phase.SUBMITTED)
        await place.peer.holds(orders[2], Phase.CLAIMED)
        await place.peer.holds(orders[3], Phase.WAITING)
        assert set(map(ref_of, place.peer.claims)) == set(map(ref_of, orders[:3]))
        assert place.simulator.memory.queue.remaining == 2
        for order in orders:
            await place.peer.drop(order)
        await until(lambda: not place.peer.last.attempts)


async def test_a_prompt_says_whose_it_is(place: Bench) -> None:
    order = solid_color(attempt=3)

    async with place.worker():
        await place.peer.accepting()
        await place.peer.give(order)
        await place.peer.output_of(order)

    (run,) = place.simulator.runs
    assert run.prompt_id == prompt_id_of(ref_of(order))
    assert run.darkroom == {"worker": "gpu-1", "job": str(order.job_id), "attempt": 3}
    assert [Path(name).parent.name for name in run.files] == [f"{order.job_id}-3"]


async def test_a_second_worker_of_the_same_name_does_nothing(place: Bench) -> None:
    orders = [solid_color() for _ in range(3)]

    async with place.worker():
        await place.peer.accepting()
        instance = place.peer.last.instance_id
        async with place.worker():
            await place.peer.give(*orders)
            for order in orders:
                await place.peer.output_of(order)
            await until(lambda: len(place.peer.heartbeats) > 5)

    assert {beat.instance_id for beat in place.peer.heartbeats} == {instance}
    assert len(place.simulator.runs) == 3
