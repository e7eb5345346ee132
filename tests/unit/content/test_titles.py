import pytest

from services.content.titles import title_of


@pytest.mark.parametrize(
    ("prompt", "title"),
    [
        ("a red door", "a red door"),
        ("  a\n red\tdoor ", "a red door"),
        ("", "Untitled"),
        ("word " * 40, "word " * 15 + "word…"),
        ("x" * 200, "x" * 79 + "…"),
        ("a castle, " + "very " * 13 + "old, on a hill", "a castle, " + "very " * 13 + "old…"),
    ],
)
def test_a_title_is_the_first_words_of_the_prompt(prompt: str, title: str) -> None:
    assert title_of(prompt) == title


def test_a_title_is_never_long() -> None:
    assert len(title_of("a b " * 100_000)) <= 80
