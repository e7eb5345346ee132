"""What is not known is not exported."""

from prometheus_client import generate_latest

from shared.metrics import Looked

ROOM = Looked("test_room_bytes", "Of the test")
SILENT = Looked("test_silent_seconds", "Of the test", label="worker")


def samples(name: str) -> list[str]:
    return [line for line in generate_latest().decode().splitlines() if line.startswith(name)]


def test_a_value_is_exported_while_it_is_known() -> None:
    assert samples("test_room_bytes") == []

    ROOM.set(0)
    assert samples("test_room_bytes") == ["test_room_bytes 0.0"]

    ROOM.set(None)
    assert samples("test_room_bytes") == []


def test_who_is_not_named_any_more_is_not_exported() -> None:
    SILENT.set_each({"gpu-1": 4, 'with "quotes"': 2})
    SILENT.set_each({"gpu-1": 5})

    assert samples("test_silent_seconds") == ['test_silent_seconds{worker="gpu-1"} 5.0']
