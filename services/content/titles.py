"""What an image is called until somebody names it."""

MAX_CHARACTERS = 80
UNTITLED = "Untitled"


def title_of(prompt: str) -> str:
    """The first words of the prompt, cut between words where that is possible."""
    text = " ".join(prompt[: 20 * MAX_CHARACTERS].split())
    if len(text) <= MAX_CHARACTERS:
        return text or UNTITLED
    whole_words, _, _ = text[:MAX_CHARACTERS].rpartition(" ")
    return (whole_words or text[: MAX_CHARACTERS - 1]).rstrip(" ,;:.-") + "…"
