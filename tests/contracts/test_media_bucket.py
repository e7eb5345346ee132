"""What a bucket promises as a media store, and a folder has no need to."""

import asyncio
import os
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable

import obstore
import pytest
import pytest_asyncio
from obstore.store import S3Store

from shared.media import MediaStore, StoreUnavailable, open_media
from shared.media.bucket_store import BucketStore
from shared.media.store import PROBE_BYTES
from shared.media_url import BucketAddress, parse_media_url
from tests.contracts.test_media import PNG, everything
from tests.infrastructure.bucket import ACCESS_KEY, SECRET_KEY, BucketServer
from tests.infrastructure.ports import free_port
from tests.infrastructure.tcp_proxy import TcpProxy

LARGEST = 128_000_000


def impatient(url: str, *, seconds: float) -> MediaStore:
    address = parse_media_url(url)
    assert isinstance(address, BucketAddress)
    return BucketStore(address, answer_within=seconds)


async def first(chunks: AsyncIterator[bytes]) -> bytes:
    return await anext(aiter(chunks))


async def all_refuse(media: MediaStore, words: str) -> None:
    """Whatever is asked, as an outage that is said in `words` and tells no secret."""
    uses: list[Callable[[], Awaitable[object]]] = [
        lambda: media.put("jobs/x.png", b"x", mime_type=PNG),
        lambda: media.get("jobs/x.png"),
        lambda: media.stat("jobs/x.png"),
        lambda: first(media.stream("jobs/x.png")),
        lambda: media.delete("jobs/x.png"),
        lambda: everything(media, "jobs"),
        media.probe,
        media.reachable,
    ]
    for use in uses:
        with pytest.raises(StoreUnavailable, match=words) as refusal:
            await use()
        said = "".join(traceback.format_exception(refusal.value)) + repr(refusal.value)
        assert ACCESS_KEY not in said
        assert SECRET_KEY not in said
        assert "127.0.0.1" not in str(refusal.value)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def strict_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[BucketServer]:
    """It knows nobody."""
    server = BucketServer(tmp_path_factory.mktemp("strict"))
    await server.start()
    yield server
    server.child.kill()


async def test_the_largest_image_is_stored_and_read(bucket_url: str) -> None:
    media = open_media(bucket_url)
    data = os.urandom(1_000_000) * (LARGEST // 1_000_000)

    await media.put("jobs/x.png", data, mime_type=PNG)

    assert await media.get("jobs/x.png") == data
    end = [chunk async for chunk in media.stream("jobs/x.png", start=LARGEST - 3)]
    assert b"".join(end) == data[-3:]


async def test_the_bucket_knows_what_kind_of_file_it_has(
    bucket_url: str, bucket_server: BucketServer
) -> None:
    await open_media(bucket_url).put("jobs/x.png", b"x", mime_type=PNG)

    found = obstore.get(plain_store(bucket_server, bucket_url), "jobs/x.png")

    assert found.attributes["Content-Type"] == PNG


def plain_store(server: BucketServer, url: str) -> S3Store:
    """Somebody else's way to the same bucket."""
    return S3Store(
        url.rpartition("/")[2],
        endpoint=f"http://127.0.0.1:{server.port}",
        access_key_id="other",
        secret_access_key="other",
        client_options={"allow_http": True},
    )


async def test_what_others_keep_in_the_bucket_is_passed_over(
    bucket_url: str, bucket_server: BucketServer
) -> None:
    others = plain_store(bucket_server, bucket_url)
    for key in ("jobs/a b.png", "jobs/ü.png", "backup/jobs/y.png"):
        obstore.put(others, key, b"x")
    media = open_media(bucket_url)
    await media.put("jobs/x.png", b"x", mime_type=PNG)

    assert await everything(media, "jobs") == {"jobs/x.png"}


async def test_a_bucket_has_no_limit_and_no_half_files(bucket_url: str) -> None:
    assert await open_media(bucket_url).free_bytes() is None


async def test_a_bucket_that_is_not_there_is_an_outage_and_not_many_missing_files(
    bucket_server: BucketServer,
) -> None:
    await all_refuse(open_media(bucket_server.url("no-such-bucket")), "there is no such bucket")


async def test_wrong_credentials_are_said(strict_server: BucketServer) -> None:
    bucket = await strict_server.make_bucket()
    await strict_server.demand_credentials()

    await all_refuse(open_media(strict_server.url(bucket)), "credentials")


async def test_a_server_that_is_away_is_said(bucket_server: BucketServer) -> None:
    nobody = bucket_server.url("some-bucket", port=free_port())

    await all_refuse(open_media(nobody), "it refuses connections")


async def test_a_host_without_an_address_is_said() -> None:
    url = f"s3+https://{ACCESS_KEY}:secret@no-such-host.invalid/bucket"

    with pytest.raises(StoreUnavailable, match="its host name is not known"):
        await open_media(url).probe()


async def test_a_server_without_tls_is_said(bucket_url: str) -> None:
    with pytest.raises(StoreUnavailable, match="it does not speak HTTPS"):
        await open_media(bucket_url.replace("s3+http:", "s3+https:")).probe()


async def test_a_server_of_something_else_is_said() -> None:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(PROBE_BYTES)  # a close before the end would be a reset
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(StoreUnavailable, match="what answers there is no S3 store"):
            await open_media(f"s3+http://key:secret@127.0.0.1:{port}/bucket").probe()


async def test_a_server_that_does_not_answer_is_given_up(
    bucket_url: str, bucket_server: BucketServer
) -> None:
    async with TcpProxy(bucket_server.port) as wire:
        url = bucket_url.replace(f":{bucket_server.port}/", f":{wire.port}/")
        await open_media(url).put("jobs/x.png", b"x", mime_type=PNG)
        media = impatient(url, seconds=0.5)
        wire.freeze()

        await all_refuse(media, "no answer in time")

        await wire.heal()  # what was asked meanwhile is done now, also that x be deleted
        await open_media(url).put("jobs/y.png", b"y", mime_type=PNG)
        assert await open_media(url).get("jobs/y.png") == b"y"


async def test_a_server_that_falls_silent_in_the_middle_of_a_file_is_given_up(
    bucket_url: str, bucket_server: BucketServer
) -> None:
    await open_media(bucket_url).put("jobs/x.png", bytes(50_000_000), mime_type=PNG)
    async with TcpProxy(bucket_server.port) as wire:
        url = bucket_url.replace(f":{bucket_server.port}/", f":{wire.port}/")
        media = impatient(url, seconds=3)
        chunks = media.stream("jobs/x.png")
        await anext(aiter(chunks))
        wire.freeze()

        with pytest.raises(StoreUnavailable, match="no answer in time"):
            async for _ in chunks:
                pass


async def test_who_takes_a_file_slowly_is_not_cut_off(bucket_url: str) -> None:
    media = impatient(bucket_url, seconds=2)
    await media.put("jobs/x.png", bytes(20_000_000), mime_type=PNG)

    taken = 0
    async for chunk in media.stream("jobs/x.png"):
        if taken == 0:
            await asyncio.sleep(2.5)  # longer than the server may take
        taken += len(chunk)

    assert taken == 20_000_000


async def test_aws_variables_do_not_change_what_the_url_says(
    bucket_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for name, value in {
        "AWS_ENDPOINT_URL": nowhere,
        "AWS_ENDPOINT_URL_S3": nowhere,
        "AWS_BUCKET": "another",
        "AWS_REGION": "another",
        "AWS_ACCESS_KEY_ID": "another",
        "AWS_SECRET_ACCESS_KEY": "another",
        "AWS_SESSION_TOKEN": "another",
        "AWS_SKIP_SIGNATURE": "true",
        "AWS_VIRTUAL_HOSTED_STYLE_REQUEST": "true",
        "AWS_ALLOW_HTTP": "false",
    }.items():
        monkeypatch.setenv(name, value)

    await open_media(bucket_url).probe()


async def test_an_s3_url_takes_the_rest_from_aws_variables(
    bucket_server: BucketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = await bucket_server.make_bucket()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{bucket_server.port}")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    media = open_media(f"s3://{bucket}/some/prefix")

    await media.put("jobs/x.png", b"x", mime_type=PNG)

    whole = open_media(bucket_server.url(bucket))
    assert await everything(whole, "some") == {"some/prefix/jobs/x.png"}


async def test_a_machine_without_a_role_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_METADATA_ENDPOINT", f"http://127.0.0.1:{free_port()}")

    with pytest.raises(StoreUnavailable, match="no credentials were found; set AWS_ACCESS_KEY_ID"):
        await open_media("s3://some-bucket").probe()


def test_nothing_shows_the_keys(bucket_server: BucketServer) -> None:
    url = bucket_server.url("some-bucket")
    media, address = open_media(url), parse_media_url(url)

    said = f"{media!r} {media} {address!r} {address} {vars(media)!r}"

    assert ACCESS_KEY not in said
    assert SECRET_KEY not in said
