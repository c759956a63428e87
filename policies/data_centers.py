"""Braze's data centres and the part of their host names that follows `rest.` or `sdk.`.

Source: braze.com/docs, API basics, "Endpoints"; EU-03 as RudderStack's config offers it. US-10 has a host scheme of its own.
"""

from collections.abc import Mapping

DATA_CENTERS: Mapping[str, str] = {
    **{f"US-0{number}": f"iad-0{number}.braze.com" for number in range(1, 9)},
    "US-10": "us-10.braze.com",
    **{f"EU-0{number}": f"fra-0{number}.braze.eu" for number in range(1, 4)},
    "AU-01": "au-01.braze.com",
    "ID-01": "id-01.braze.com",
    "JP-01": "jp-01.braze.com",
    "KR-01": "kr-01.braze.com",
}


def normal_data_center(text: str) -> str:
    """The data centre's name as the table spells it: trimmed and upper case."""
    return text.strip().upper()
