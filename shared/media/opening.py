"""MEDIA_URL → its store."""

from shared.media.bucket_store import BucketStore
from shared.media.folder_store import FolderStore
from shared.media.store import MediaStore
from shared.media_url import FolderAddress, parse_media_url


def open_media(url: str) -> MediaStore:
    """See shared/media_url.py. Asks neither disk nor network. Raises UnsupportedMediaUrl."""
    address = parse_media_url(url)
    if isinstance(address, FolderAddress):
        return FolderStore(address.path)
    return BucketStore(address)
