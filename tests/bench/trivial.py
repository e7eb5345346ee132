"""The least that a FastAPI POST can do, as a yardstick for the gateway's: same server, same loop.

python -m tests.bench.trivial PORT
"""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Wanted(BaseModel):
    prompt: str


class Accepted(BaseModel):
    id: int
    prompt: str


@app.post("/", status_code=201)
async def accept(wanted: Wanted) -> Accepted:
    return Accepted(id=1, prompt=wanted.prompt)


def main() -> None:
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
