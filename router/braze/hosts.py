"""Braze's REST hosts by data centre (differences D15: an explicit table, US-10 and the newer centres included)."""

from policies.data_centers import DATA_CENTERS, normal_data_center

VALID_DATA_CENTERS: tuple[str, ...] = tuple(DATA_CENTERS)


class UnknownDataCenter(ValueError):
    """The data centre is not in Braze's table; the message names those that are."""


def rest_endpoint(data_center: object) -> str:
    """The REST base URL of a data centre (`" eu-02 "` → `https://rest.fra-02.braze.eu`); raise UnknownDataCenter."""
    name = normal_data_center(data_center) if isinstance(data_center, str) else ""
    if name not in DATA_CENTERS:
        raise UnknownDataCenter(
            f"unknown data centre `{data_center}`: valid values are {', '.join(VALID_DATA_CENTERS)}"
        )
    return f"https://rest.{DATA_CENTERS[name]}"
