from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.legacy_import.paths import folders_named, is_path, places_of, root_of

ROOT = root_of("/srv/old=/mnt/new")
PARTS = st.sampled_from(["..", ".", "", "srv", "old", "a.png", "x" * 300, "a\0b", "\\", "C:"])


@given(st.lists(PARTS, max_size=8).map("/".join), st.booleans())
def test_no_path_ever_leads_out(path: str, is_absolute: bool) -> None:
    for place in places_of("/" * is_absolute + path, [ROOT]):
        reached = Path("/mnt/new", place.relative)
        assert place.root == Path("/mnt/new")
        assert ".." not in reached.parts
        assert reached.is_relative_to("/mnt/new")
        assert reached != Path("/mnt/new")


def test_the_most_exact_folder_is_looked_into_first() -> None:
    roots = [ROOT, root_of("/srv/old/deep=/mnt/deep")]
    assert [str(one.root / one.relative) for one in places_of("/srv/old/deep/a.png", roots)] == [
        "/mnt/deep/a.png",
        "/mnt/new/deep/a.png",
    ]


def test_a_folder_that_is_still_where_it_was_needs_one_name(tmp_path: Path) -> None:
    [place] = places_of(f"{tmp_path}/a.png", [root_of(str(tmp_path))])
    assert (place.root, place.relative) == (tmp_path, "a.png")


@pytest.mark.parametrize(
    "text", ["a.png", "/x/y", r"C:\x\y.PNG", r"\\server\share\a.jpg", "two words.webp"]
)
def test_these_are_paths(text: str) -> None:
    assert is_path(text)


@pytest.mark.parametrize("text", ["", "a text", "either / or", "line\n/x.png", "/x" * 3000])
def test_these_are_texts(text: str) -> None:
    assert not is_path(text)


def test_the_commonest_folder_of_missing_files_is_named_first() -> None:
    assert folders_named(["/a/1.png", "/b/1.png", "/b/2.png"]) == ["/b", "/a"]
