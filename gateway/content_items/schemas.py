"""What clients send and receive about content; an item itself is shared.views.ContentView."""

from typing import Annotated, Literal

from pydantic import Field

from gateway.input import Input, Moment, Search, Tag, Tags, WithoutNul
from gateway.pages import PageQuery
from shared.jobs import JobType
from shared.views import ContentView

ThumbnailSize = Literal["small", "medium", "large"]


class ContentDetail(ContentView):
    """With its neighbours in the gallery, which begins with the newest."""

    previous_id: int | None  # newer
    next_id: int | None  # older


class ContentChange(Input):
    """Only what is named is changed."""

    title: Annotated[str, Field(max_length=500), WithoutNul] = ""
    tags: Tags = Field(default_factory=list)
    rating: Annotated[int, Field(ge=1, le=5)] | None = None
    is_favorite: bool = False


class ContentQuery(PageQuery):
    q: Search | None = None
    tag: list[Tag] = Field(default_factory=list, max_length=20)
    favorite: bool | None = None
    job_type: JobType | None = None
    checkpoint: Search | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None
