"""How many attempts may be on their way.

ComfyUI holds two prompts, one running and one waiting, so its GPU never idles; one more attempt is
claimed ahead, so that the next is ready when a place gets free.
"""

from dataclasses import dataclass

PLACES_IN_COMFYUI = 2
CLAIMED_AHEAD = 1


@dataclass(frozen=True)
class Room:
    places: int  # in ComfyUI
    ahead: int  # claimed beyond them
    unanswered: int  # claims


NO_ROOM = Room(places=0, ahead=0, unanswered=0)
ONE_AT_A_TIME = Room(places=1, ahead=0, unanswered=1)


def room_for(worker_ahead: int) -> Room:
    """One claim ahead hides its round trip, unless jobs take milliseconds: then the owner has set
    WORKER_AHEAD higher, and a quarter of that is asked for ahead."""
    ahead = max(CLAIMED_AHEAD, worker_ahead // 4)
    return Room(places=PLACES_IN_COMFYUI, ahead=ahead, unanswered=ahead + 1)
