"""The client of the Scenario API; no other package of the project calls that API."""

from sync.scenario.client import Scenario
from sync.scenario.clock import Clock, Notice, Remark, SkippingClock, WaitNotice
from sync.scenario.description_bodies import Description, DescriptionText, find_unresolved
from sync.scenario.probe import ProbeResult
from sync.scenario.record_lists import Records
from sync.scenario.schema import Asset, AssetProperties, Model
from sync.scenario.server import Credentials, Server, check_base_url
from sync.scenario.workers import run_concurrently
from sync.scenario.write import ReadBack, WriteResult

__all__ = [
    "Asset",
    "AssetProperties",
    "Clock",
    "Credentials",
    "Description",
    "DescriptionText",
    "Model",
    "Notice",
    "ProbeResult",
    "ReadBack",
    "Records",
    "Remark",
    "Scenario",
    "Server",
    "SkippingClock",
    "WaitNotice",
    "WriteResult",
    "check_base_url",
    "find_unresolved",
    "run_concurrently",
]
