import pytest

from deploy.comfyui_simulator.behaviour import Behaviour
from deploy.comfyui_simulator.catalogue import catalogue
from deploy.comfyui_simulator.plan import DependencyCycle, execution_order
from deploy.comfyui_simulator.prompts import JsonObject, Prompt

CLASSES = catalogue(Behaviour())


def node(class_type: str, **inputs: object) -> JsonObject:
    return {"class_type": class_type, "inputs": inputs}


def order(prompt: Prompt, *outputs: str, cached: tuple[str, ...] = ()) -> list[str]:
    return execution_order(prompt, outputs, cached=cached, classes=CLASSES)


def test_sources_run_before_what_reads_them_and_unneeded_nodes_never() -> None:
    prompt = {
        "save": node("SaveImage", images=["invert", 0]),
        "invert": node("ImageInvert", image=["empty", 0]),
        "empty": node("EmptyImage"),
        "unneeded": node("EmptyImage"),
    }

    assert order(prompt, "save") == ["empty", "invert", "save"]
    assert order(prompt, "save", cached=("empty",)) == ["invert", "save"]
    assert order(prompt, "save", cached=("save", "invert", "empty")) == []


def test_a_ready_output_runs_before_longer_work() -> None:
    prompt = {
        "late": node("SaveImage", images=["invert", 0]),
        "invert": node("ImageInvert", image=["scale", 0]),
        "scale": node("ImageScale", image=["empty", 0]),
        "early": node("SaveImage", images=["empty", 0]),
        "empty": node("EmptyImage"),
    }

    assert order(prompt, "late", "early") == ["empty", "early", "scale", "invert", "late"]


def test_a_link_to_nowhere_and_a_cycle_are_told_apart() -> None:
    with pytest.raises(KeyError):
        order({"save": node("SaveImage", images=["gone", 0])}, "save")

    cycle = {
        "save": node("SaveImage", images=["empty", 0]),
        "empty": node("EmptyImage", undeclared=["save", 0]),
    }
    with pytest.raises(DependencyCycle):
        order(cycle, "save")
