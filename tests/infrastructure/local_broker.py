"""A `rabbitmq-server` of our own, with everything that it has in a private directory."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

from deploy.standalone.postgres_process import child_command
from tests.infrastructure.broker import START_SECONDS, USER, greets
from tests.infrastructure.ports import free_port
from tests.infrastructure.waiting import until

# Debian's command of this name changes to another user first; this one does not.
DEBIAN_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
STOP_SECONDS = 60


def installed_server() -> Path | None:
    if DEBIAN_SERVER.exists():
        return DEBIAN_SERVER
    found = shutil.which("rabbitmq-server")
    return Path(found) if found else None


class LocalBroker:
    def __init__(self, directory: Path, server: Path) -> None:
        self._directory = directory
        self._server = server
        self._port, self._management_port = free_port(), free_port()
        self._epmd_port, self._distribution_port = free_port(), free_port()
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        return f"amqp://{USER}:{USER}@127.0.0.1:{self._port}/"

    @property
    def management_url(self) -> str:
        return f"http://127.0.0.1:{self._management_port}/api"

    async def start(self) -> None:
        self._configure()
        self._spawn("epmd", [shutil.which("epmd") or "epmd", "-port", str(self._epmd_port)])
        self._spawn("server", [str(self._server)])
        await until(self._answers, within=START_SECONDS, what="RabbitMQ takes connections")

    async def stop(self) -> None:
        server = self._children["server"]
        server.send_signal(signal.SIGTERM)
        await until(lambda: server.poll() is not None, within=STOP_SECONDS, what="RabbitMQ ends")
        await self.kill()

    async def kill(self) -> None:
        for child in self._children.values():
            child.kill()
            child.wait()
        self._children.clear()

    async def wipe(self) -> None:
        await self.kill()
        shutil.rmtree(self._directory / "mnesia", ignore_errors=True)

    async def _answers(self) -> bool:
        if self._children["server"].poll() is not None:
            said = (self._directory / "server.out").read_text(errors="replace")
            raise RuntimeError(f"RabbitMQ did not start:\n{said[-3000:]}")
        return await greets("127.0.0.1", self._port)

    def _configure(self) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        plugins = self._directory / "enabled_plugins"
        plugins.write_text("[rabbitmq_management].\n")
        (self._directory / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{self._port}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self._management_port}\n"
        )

    def _spawn(self, name: str, command: list[str]) -> None:
        with (self._directory / f"{name}.out").open("ab") as output:
            self._children[name] = subprocess.Popen(
                child_command(*command, dies_by=signal.SIGKILL),
                cwd=self._directory,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _environment(self) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("RABBITMQ", "ERL", "NOTIFY_SOCKET"))
        }
        # Busy waiting of idle Erlang schedulers would take the CPU from the tests.
        idle = "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none"
        return inherited | {
            "HOME": str(self._directory),  # the Erlang cookie
            "ERL_EPMD_PORT": str(self._epmd_port),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"darkroom-{self._port}@localhost",
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": str(self._directory / "rabbitmq"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._directory / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self._directory / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self._directory / "log"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"{idle} -kernel inet_dist_use_interface {{127,0,0,1}}"
            ),
            # Its script then becomes the server instead of staying as its parent.
            "RUNNING_UNDER_SYSTEMD": "true",
        }
