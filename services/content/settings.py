"""The content service's settings."""

from datetime import timedelta

from pydantic import PositiveInt

from shared.settings import BrokerSettings, DatabaseSettings, MediaSettings, ProcessSettings


class Settings(ProcessSettings, DatabaseSettings, BrokerSettings, MediaSettings):
    content_outputs_at_once: PositiveInt = 4  # outputs in work at a time
    content_decoders: PositiveInt = 2  # of them being decoded: threads, up to 256 MB each
    sweep_interval: timedelta = timedelta(hours=1)
    sweep_minimum_age: timedelta = timedelta(hours=1)  # no younger file is ever swept
    thumbnail_search_interval: timedelta = timedelta(minutes=10)  # for items without thumbnails
