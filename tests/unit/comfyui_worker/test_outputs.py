"""Which files may be taken for an attempt's own."""

from pathlib import Path
from uuid import uuid4

import pytest

from services.comfyui_worker.answers import OutputFile
from services.comfyui_worker.directory import OutputDirectory
from services.comfyui_worker.identity import folder_of
from services.comfyui_worker.outputs import belongs
from shared.jobs import JobId
from shared.messages import AttemptRef

REF = AttemptRef(job_id=JobId(uuid4()), attempt=2)
OWN = folder_of(REF)
FIRST = OutputFile("image_00001_.png", OWN, "output")
MOST = 1000


@pytest.mark.parametrize("subfolder", [OWN, f"{OWN}/"])
def test_a_file_in_the_attempts_folder_is_its_own(subfolder: str) -> None:
    assert belongs(OutputFile("image_00001_.png", subfolder, "output"), REF)


@pytest.mark.parametrize(
    ("filename", "subfolder", "kind"),
    [
        ("image_00001_.png", folder_of(REF.model_copy(update={"attempt": 1})), "output"),
        ("image_00001_.png", folder_of(REF.model_copy(update={"attempt": 22})), "output"),
        ("image_00001_.png", "", "output"),
        ("image_00001_.png", OWN, "temp"),
        ("image_00001_.png", f"{OWN}/..", "output"),
        ("image_00001_.png", f"../{OWN}", "output"),
        ("other_00001_.png", OWN, "output"),
        ("image_/../../x.png", OWN, "output"),
        ("image_\\..\\x.png", OWN, "output"),
        ("image_..png", OWN, "output"),
        ("image_\0.png", OWN, "output"),
        ("image_\ud800.png", OWN, "output"),
        ("image_" + "a" * 70_000 + ".png", OWN, "output"),
        ("", OWN, "output"),
    ],
)
def test_any_other_is_not(filename: str, subfolder: str, kind: str) -> None:
    assert not belongs(OutputFile(filename, subfolder, kind), REF)


async def test_names_come_in_comfyuis_order_and_without_strangers(tmp_path: Path) -> None:
    folder = tmp_path / OWN
    folder.mkdir(parents=True)
    for name in ("image_00002_.png", "image_00001_.png", "notes.txt"):
        (folder / name).touch()

    assert await OutputDirectory(tmp_path).names(REF) == ["image_00001_.png", "image_00002_.png"]
    assert await OutputDirectory(tmp_path / "none").names(REF) == []


async def test_a_file_is_read_where_it_is_one_and_small_enough(tmp_path: Path) -> None:
    folder = tmp_path / OWN
    folder.mkdir(parents=True)
    directory = OutputDirectory(tmp_path)
    assert await directory.read(FIRST, most=MOST) is None

    (folder / FIRST.filename).write_bytes(b"x" * MOST)
    assert await directory.read(FIRST, most=MOST) == b"x" * MOST
    assert await directory.read(FIRST, most=MOST - 1) is None


async def test_a_link_out_of_the_directory_leads_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    folder = tmp_path / "output" / OWN
    folder.mkdir(parents=True)
    (folder / FIRST.filename).symlink_to(tmp_path / "secret")

    assert await OutputDirectory(tmp_path / "output").read(FIRST, most=MOST) is None


async def test_cleaning_deletes_the_attempts_folder_and_no_other(tmp_path: Path) -> None:
    other = tmp_path / folder_of(REF.model_copy(update={"attempt": 3}))
    for folder in (tmp_path / OWN, other):
        folder.mkdir(parents=True)
        (folder / FIRST.filename).touch()
    directory = OutputDirectory(tmp_path)

    await directory.clean(REF)
    await directory.clean(REF)

    assert not (tmp_path / OWN).exists()
    assert (other / FIRST.filename).exists()


async def test_cleaning_does_not_follow_a_link(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    (tmp_path / "darkroom").mkdir()
    (tmp_path / OWN).symlink_to(precious)

    await OutputDirectory(tmp_path).clean(REF)

    assert (precious / "file").exists()
