"""docs/architecture.md shows the house as it stands."""

import re

from listing import PAGE, with_listing
from test_layers import CORE


def test_every_module_is_listed_with_its_sentence():
    page = PAGE.read_text()
    assert page == with_listing(page), "python tests/docs/listing.py"


def test_the_core_is_named_whole():
    (core,) = re.findall(r"^\*\*The core\*\*(.*?)\n\n", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", core)) == CORE
