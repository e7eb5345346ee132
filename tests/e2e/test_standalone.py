"""`make run` as a person meets it: one link, an image, Ctrl-C, and all is there again."""

import re
import signal
from pathlib import Path

import httpx
import pytest

from tests.e2e.cluster import Client, solid_color
from tests.infrastructure.ports import free_port
from tests.infrastructure.processes import ChildProcess, Processes, darkroom
from tests.infrastructure.waiting import until

LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/login\?token=(dk_[\w-]+)")
PARAMS = {"workflow": "text_to_image", "width": 64, "height": 64, "steps": 4}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(180)]


class Standalone:
    def __init__(self, processes: Processes, data_dir: Path) -> None:
        environment = {"DATA_DIR": str(data_dir), "PORT": str(free_port())}
        self.processes, self.environment = processes, environment
        self.process = processes.add("standalone", darkroom("run"), environment=environment)
        self._read = 0

    async def start(self) -> tuple[str, dict[str, str]]:
        """Its address, and who we are there, from the link that it prints."""
        self._read = len(self.process.said()) if self.process.log.exists() else 0
        await self.process.start()

        def link() -> re.Match[str] | None:
            if self.process.returncode is not None:
                raise RuntimeError(self.process.said())
            return LINK.search(self.process.said(), self._read)

        found = await until(link, within=90, what="a link is printed")
        assert found is not None
        return found[1], {"Authorization": f"Bearer {found[2]}"}

    async def interrupt(self) -> int:
        return await self.process.terminate(signal.SIGINT)


@pytest.fixture
def standalone(processes: Processes, tmp_path: Path) -> Standalone:
    return Standalone(processes, tmp_path / "data")


async def completed(client: Client, key: str) -> dict[str, object]:
    job = await client.submit(key=key, params=PARAMS)
    [done] = await client.all_final([job["id"]], within=60)
    assert done["status"] == "completed", done
    return done


async def test_a_job_becomes_an_image_and_outlives_ctrl_c(standalone: Standalone) -> None:
    url, me = await standalone.start()
    assert "takes no jobs yet" not in standalone.process.said()
    async with Client(url, me) as client:
        done = await completed(client, "first")
        assert "simulated" in (await content(url, me, done["content_id"]))["tags"]
    assert await standalone.interrupt() == 0
    assert "Traceback" not in standalone.process.said()

    again, me_again = await standalone.start()
    assert me_again == me  # the link is the same
    async with Client(again, me_again) as client:
        assert (await client.job(str(done["id"])))["status"] == "completed"
        image = await client.ask("GET", str(done["image_url"]).removeprefix("/api/v1"))
        assert image.content.startswith(b"\x89PNG")
        await completed(client, "second")


async def test_killed_in_the_middle_every_job_is_made_after_the_restart(
    standalone: Standalone,
) -> None:
    url, me = await standalone.start()
    async with Client(url, me) as client:
        jobs = [
            (await client.submit(key=str(n), params=solid_color(color=n)))["id"] for n in range(20)
        ]
    standalone.process.kill()
    url, me = await standalone.start()
    async with Client(url, me) as client:
        ended = await client.all_final(jobs, within=90)
    assert [job["status"] for job in ended] == ["completed"] * 20


async def test_a_second_one_on_the_same_data_says_so(
    standalone: Standalone, processes: Processes
) -> None:
    await standalone.start()
    second: ChildProcess = processes.add(
        "second", darkroom("run"), environment=standalone.environment | {"PORT": "0"}
    )
    await second.start()
    assert await second.ended() == 1
    assert "Traceback" not in second.said()
    assert "another" in second.said().lower()


async def test_a_port_that_is_taken_is_said(standalone: Standalone, processes: Processes) -> None:
    await standalone.start()
    data = {"DATA_DIR": standalone.environment["DATA_DIR"] + "-2"}
    second = processes.add("second", darkroom("run"), environment=standalone.environment | data)
    await second.start()
    assert await second.ended() == 1
    assert "set PORT" in second.said()
    assert "Traceback" not in second.said()


@pytest.mark.parametrize("begun", ["", "postgres/data.init", "postgres/data/postmaster.pid"])
async def test_ctrl_c_while_it_starts_ends_it_at_once(standalone: Standalone, begun: str) -> None:
    data = Path(standalone.environment["DATA_DIR"])
    await standalone.process.start()
    await until((data / begun).exists, within=60, what=f"{begun or data} is there")

    status = await standalone.interrupt()

    said = standalone.process.said()
    assert status == 0, said
    assert "Traceback" not in said
    assert "is ready" not in said


async def test_a_comfyui_that_does_not_answer_is_not_waited_for(
    standalone: Standalone,
) -> None:
    standalone.environment["COMFYUI_URL"] = f"http://127.0.0.1:{free_port()}"
    url, me = await standalone.start()
    assert "takes no jobs yet" in standalone.process.said()
    async with Client(url, me) as client:
        assert (await client.submit(key="waits"))["status"] == "pending"


async def content(url: str, me: dict[str, str], content_id: object) -> dict[str, list[str]]:
    async with httpx.AsyncClient(trust_env=False, headers=me) as http:
        found: dict[str, list[str]] = (
            await http.get(f"{url}/api/v1/content-items/{content_id}")
        ).json()
        return found
