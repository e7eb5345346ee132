"""From inside each container: nobody is root, nothing can be written, and nothing else is near."""

import pytest

from tests.compose.project import CommandFailed, Project

# What each may reach. Names on a network that two share resolve for both.
ADDRESSES = {
    "postgres": 5432, "rabbitmq": 5672, "gateway": 8000, "notifier": 8001, "simulator": 8188,
}  # fmt: skip
REACHES = {
    "proxy": {"gateway"},
    "gateway": {"notifier", "postgres"},
    "dispatcher": {"postgres", "rabbitmq", "gateway", "notifier"},
    "content": {"postgres", "rabbitmq", "gateway", "notifier"},
    "notifier": {"postgres", "rabbitmq", "gateway"},
    "comfyui-worker": {"rabbitmq", "simulator"},
    "simulator": set(),
    "postgres": {"gateway", "notifier"},
    "rabbitmq": {"notifier"},
}
WRITABLE = {
    "comfyui-worker": "/var/lib/darkroom/media",
    "content": "/var/lib/darkroom/media",
    "simulator": "/var/lib/darkroom/output",
    "postgres": "/var/lib/postgresql/data",
    "rabbitmq": "/var/lib/rabbitmq",
    "proxy": "/var/lib/caddy",
}


@pytest.mark.parametrize("service", REACHES)
async def test_it_runs_as_nobody_special_on_a_file_system_it_cannot_change(
    project: Project, service: str
) -> None:
    said = await project.inside(
        service, "bash", "-c",
        "id -u; grep CapEff /proc/1/status; grep NoNewPrivs /proc/1/status;"
        " for d in / /app /etc /usr/local/bin /var/lib/darkroom /home; do"
        " (: > $d/x) 2>/dev/null && echo writes $d; done; true",
    )  # fmt: skip
    uid, capabilities, no_new, *writes = said.splitlines()
    assert uid != "0"
    assert int(capabilities.split()[1], 16) == 0
    assert no_new.split()[1] == "1"
    assert writes == []
    if service in WRITABLE:
        await project.inside(
            service, "bash", "-c", f": > {WRITABLE[service]}/x && rm {WRITABLE[service]}/x"
        )


@pytest.mark.parametrize("service", REACHES)
async def test_it_reaches_what_it_needs_and_nothing_else(project: Project, service: str) -> None:
    reached = set()
    for name, port in ADDRESSES.items():
        if name == service:
            continue
        try:
            await project.inside(
                service, "timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{name}/{port}"
            )
        except CommandFailed:
            continue
        reached.add(name)
    assert reached == REACHES[service]


async def test_only_the_proxy_is_published(project: Project) -> None:
    published = {
        service
        for service in REACHES
        for container in await project.containers(service)
        if any((await project.inspect(container))["NetworkSettings"]["Ports"].values())
    }
    assert published == {"proxy"}


async def test_the_gateway_cannot_change_the_media_nor_the_services_the_tables(
    project: Project,
) -> None:
    with pytest.raises(CommandFailed, match="Read-only file system"):
        await project.inside("gateway", "touch", "/var/lib/darkroom/media/x")
    with pytest.raises(CommandFailed, match="must be owner of table outbox"):
        await project.inside(
            "gateway", "python", "-c",
            "import asyncio, asyncpg; from pathlib import Path\n"
            "async def main():\n"
            " url = Path('/run/secrets/database_url').read_text().replace('+asyncpg', '')\n"
            " c = await asyncpg.connect(url); await c.execute('DROP TABLE outbox')\n"
            "asyncio.run(main())",
        )  # fmt: skip
