"""Braze's REST hosts (difference D15)."""

from typing import Any

import pytest

from router.braze.hosts import VALID_DATA_CENTERS, UnknownDataCenter, rest_endpoint


@pytest.mark.parametrize(
    ("data_center", "endpoint"),
    [
        ("US-01", "https://rest.iad-01.braze.com"),
        ("us-08", "https://rest.iad-08.braze.com"),
        ("US-10", "https://rest.us-10.braze.com"),
        ("EU-01", "https://rest.fra-01.braze.eu"),
        (" eu-02 ", "https://rest.fra-02.braze.eu"),
        ("EU-03", "https://rest.fra-03.braze.eu"),
        ("AU-01", "https://rest.au-01.braze.com"),
        ("ID-01", "https://rest.id-01.braze.com"),
        ("JP-01", "https://rest.jp-01.braze.com"),
        ("KR-01", "https://rest.kr-01.braze.com"),
    ],
)
def test_every_data_centre_has_its_host(data_center: str, endpoint: str) -> None:
    assert rest_endpoint(data_center) == endpoint


@pytest.mark.parametrize("data_center", ["US-09", "US", "US-11", "CA-01", "EU-00", "", None, 5])
def test_an_unknown_data_centre_is_refused_with_the_valid_ones(data_center: Any) -> None:
    with pytest.raises(UnknownDataCenter) as caught:
        rest_endpoint(data_center)
    assert str(caught.value).startswith(f"unknown data centre `{data_center}`: valid values are US-01, US-02, ")
    assert all(valid in str(caught.value) for valid in VALID_DATA_CENTERS)
    assert len(VALID_DATA_CENTERS) == 16
