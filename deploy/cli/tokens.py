"""`darkroom token create | list | revoke`."""

import asyncio
import sys
from typing import Annotated
from uuid import UUID

import typer

from shared.names import NotAName, a_name

app = typer.Typer(no_args_is_help=True, help="Make, list and revoke the tokens that let people in.")


def _named(text: str) -> str:
    try:
        return a_name(text)
    except NotAName as error:
        raise typer.BadParameter(str(error)) from None


Name = Annotated[
    str, typer.Option(help="What it is for, so that you know it later.", callback=_named)
]
User = Annotated[
    str,
    typer.Option(help="Whose. One that is not there is made; the first is admin.", callback=_named),
]


Unless = Annotated[
    bool,
    typer.Option("--unless-known", help="Print the token on standard input if it still works."),
]


@app.command()
def create(name: Name, user: User = "me", unless_known: Unless = False) -> None:
    """Print a token, alone: it is shown this once, and only its hash is kept."""
    from deploy.cli.database import open_sessions
    from shared.db.engine import transaction
    from shared.db.tokens import kept_or_new_token

    kept = sys.stdin.read().strip() if unless_known else None

    async def make() -> str:
        async with open_sessions() as sessions, transaction(sessions) as session:
            return await kept_or_new_token(session, kept or None, user=user, name=name)

    typer.echo(asyncio.run(make()))


@app.command("list")
def list_all() -> None:
    """Show every user's tokens, never the tokens themselves. * marks an admin."""
    from rich.console import Console
    from rich.table import Column, Table

    from deploy.cli.database import open_sessions
    from shared.db.engine import transaction
    from shared.db.tokens import list_tokens, list_users

    async def rows() -> list[tuple[str, str, str, str, str]]:
        async with open_sessions() as sessions, transaction(sessions) as session:
            return [
                (
                    user.name + ("*" if user.is_admin else ""),
                    token.name,
                    str(token.id),
                    f"{token.created_at:%Y-%m-%d}",
                    f"{token.last_used_at:%Y-%m-%d}" if token.last_used_at else "never",
                )
                for user in await list_users(session)
                for token in await list_tokens(session, user_id=user.id)
            ]

    id_column = Column("id", no_wrap=True)
    table = Table("user", "name", id_column, "created", "last used", box=None, pad_edge=False)
    for row in asyncio.run(rows()):
        table.add_row(*row)
    Console().print(table)


@app.command()
def revoke(
    token_id: Annotated[UUID, typer.Argument(help="Its id, from `darkroom token list`.")],
) -> None:
    """End a token. Sockets opened with it are closed within seconds."""
    from deploy.cli.database import open_sessions
    from shared.db.engine import transaction
    from shared.db.tokens import list_users, revoke_token

    async def end() -> bool:
        async with open_sessions() as sessions, transaction(sessions) as session:
            users = await list_users(session)
            return any([await revoke_token(session, token_id, user_id=u.id) for u in users])

    if not asyncio.run(end()):
        typer.echo(f"There is no token {token_id}; `darkroom token list` shows them.", err=True)
        raise typer.Exit(1)
