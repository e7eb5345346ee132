"""What clients send and receive about who they are."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from gateway.input import Input, Name
from shared.auth import MAX_TOKEN_LENGTH


class SessionRequest(Input):
    token: str = Field(max_length=MAX_TOKEN_LENGTH)


class TokenRequest(Input):
    name: Name


class TokenView(BaseModel):
    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None = None
    is_current: bool = False  # this request came with it


class NewTokenView(TokenView):
    token: str  # shown this once


class MeView(BaseModel):
    id: UUID
    name: str
    is_admin: bool
    max_unfinished: int
    unfinished: int  # jobs
