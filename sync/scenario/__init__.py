"""The only room that speaks to the Scenario API: its values, its rules, its pace."""

from sync.scenario.client import Scenario
from sync.scenario.pool import concurrently
from sync.scenario.probe import Seen
from sync.scenario.schema import Asset, Description, Model, ModelName
from sync.scenario.server import Credentials, Server, check_base_url
from sync.scenario.waits import Clock, Notice, SkippingClock
from sync.scenario.write import Written

__all__ = [
    "Asset",
    "Clock",
    "Credentials",
    "Description",
    "Model",
    "ModelName",
    "Notice",
    "Scenario",
    "Seen",
    "Server",
    "SkippingClock",
    "Written",
    "check_base_url",
    "concurrently",
]
