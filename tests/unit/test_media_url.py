"""MEDIA_URL: its three forms, and what is said of everything else."""

import traceback
from pathlib import Path

import pytest

from deploy.cli.media import media_url
from shared.media_url import (
    BucketAddress,
    FolderAddress,
    Keys,
    Server,
    UnsupportedMediaUrl,
    parse_media_url,
)
from shared.settings import MediaSettings


@pytest.mark.parametrize("path", [".darkroom/media", "/srv/media", "s3", "s3/media", "a:b", ""])
def test_a_path_is_a_folder(path: str) -> None:
    assert parse_media_url(path) == FolderAddress(Path(path))


@pytest.mark.parametrize(
    ("url", "prefix"),
    [
        ("s3://my-bucket", None),
        ("s3://my-bucket/", None),
        ("s3://my-bucket/a/b.c", "a/b.c"),
        ("s3://my-bucket/a/", "a"),
    ],
)
def test_a_bucket_of_amazons(url: str, prefix: str | None) -> None:
    assert parse_media_url(url) == BucketAddress("my-bucket", prefix, None)


@pytest.mark.parametrize(
    ("url", "server", "region"),
    [
        ("s3+https://KEY:S%2Fec%2Bret@minio.local/images", "https://minio.local", "us-east-1"),
        ("s3+http://KEY:S%2Fec%2Bret@10.0.0.7:9000/images", "http://10.0.0.7:9000", "us-east-1"),
        ("s3+http://KEY:S%2fec+ret@h/images", "http://h", "us-east-1"),
        ("s3+https://KEY:S%2Fec%2Bret@h/images/?region=eu-west-1", "https://h", "eu-west-1"),
        ("s3+http://KEY:S%2Fec%2Bret@[::1]:9000/images", "http://[::1]:9000", "us-east-1"),
    ],
)
def test_a_bucket_elsewhere(url: str, server: str, region: str) -> None:
    assert parse_media_url(url) == BucketAddress(
        "images", None, Server(server, region, Keys("KEY", "S/ec+ret"))
    )


def test_people_are_shown_the_place_and_no_key() -> None:
    assert str(parse_media_url("s3://bucket/a")) == "s3://bucket/a"
    shown = str(parse_media_url("s3+https://KEY:SECRET@minio:9000/bucket/a"))
    assert shown == "s3://bucket/a at https://minio:9000"


WRONG = [
    "gopher://bucket",
    "http://KEY:hush@host/bucket",
    "s3:bucket",
    "s3://",
    "s3://ab",
    "s3://Bucket",
    "s3://bucket/../x",
    "s3://bucket//x",
    "s3://bucket/a b",
    "s3://bucket?region=x",
    "s3://KEY:hush@bucket",
    "s3://bucket:9000",
    "s3+https://host/bucket",
    "s3+https://KEY@host/bucket",
    "s3+https://:hush@host/bucket",
    "s3+https://KEY:@host/bucket",
    "s3+https://KEY:hush@host",
    "s3+https://KEY:hush@host/",
    "s3+https://KEY:hush@/bucket",
    "s3+https://KEY:hush@host:port/bucket",
    "s3+https://KEY:hush@host:99999/bucket",
    "s3+https://KEY:hu/sh@host/bucket",
    "s3+https://KEY:hu?sh@host/bucket",
    "s3+https://KEY:hu#sh@host/bucket",
    "s3+https://KEY:hu[sh@host/bucket",
    "s3+https://KEY:hu:sh@host/bucket",
    "s3+https://KEY:hush@host/bucket?endpoint=x",
    "s3+https://KEY:hush@host/bucket?region=Hush",
    "s3+https://KEY:hush@host/bucket#x",
    "s3+https://KEY:hush@ho st/bucket",
    "S3+FTP://KEY:hush@host/bucket",
]


@pytest.mark.parametrize("url", WRONG)
def test_everything_else_is_refused_in_a_sentence_that_repeats_nothing(url: str) -> None:
    with pytest.raises(UnsupportedMediaUrl, match="MEDIA_URL ") as refusal:
        parse_media_url(url)

    assert "hu" not in str(refusal.value).lower()
    assert "ValueError" not in "".join(traceback.format_exception(refusal.value))  # it quotes


def test_settings_show_no_key() -> None:
    settings = MediaSettings.model_validate({"media_url": "s3+https://KEY:SECRET@host/bucket"})

    assert "SECRET" not in f"{settings!r} {settings}"


def test_commands_find_it_where_the_services_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DATA_DIR", "/data")
    monkeypatch.delenv("MEDIA_URL", raising=False)
    assert media_url() == "/data/media"

    (tmp_path / "url").write_text("s3://bucket/prefix\n")
    monkeypatch.setenv("MEDIA_URL", "")
    monkeypatch.setenv("MEDIA_URL_FILE", str(tmp_path / "url"))
    assert media_url() == "s3://bucket/prefix"
