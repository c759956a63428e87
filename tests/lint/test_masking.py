"""Quoted lines do not show keys."""

import pytest

from router.lint.masking import masked

AT = "/destinations/0/config"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("  restApiKey: abc-1", "  restApiKey: *****"),
        ("  restApiKey: env.NAME", "  restApiKey: env.NAME"),
        ('  "restApiKey" : "abc d", "x": 1', '  "restApiKey" : *******, "x": 1'),
        ("config: {restApiKey: abc, appKey: k}", "config: {restApiKey: ***, appKey: k}"),
        ("config: {restApiKey: [abc, d], appKey: k}", "config: {restApiKey: ********, appKey: k}"),
        ("  REST_API_KEY='abc", "  REST_API_KEY=****"),
        ("  rest-api-key: abc", "  rest-api-key: ***"),
        ("  appKey: abc", "  appKey: abc"),
        ('{"restApiKey":"a"},{"restApiKey":"b"}', '{"restApiKey":***},{"restApiKey":***}'),
    ],
)
def test_the_value_of_a_key_is_starred_out(line: str, shown: str) -> None:
    assert masked(line, pointer=AT, column=1) == shown


@pytest.mark.parametrize(
    ("line", "pointer", "column", "shown"),
    [
        ("      abc def", f"{AT}/restApiKey", 7, "      *******"),
        ("      env.NAME", f"{AT}/restApiKey", 7, "      env.NAME"),
        ("  restAPIKey: abc", f"{AT}/restAPIKey", 3, "  restAPIKey: ***"),
        ("      abc def", f"{AT}/appKey", 7, "      abc def"),
        ("", f"{AT}/restApiKey", 0, ""),
    ],
)
def test_a_value_on_a_line_of_its_own_is_starred_out_too(line: str, pointer: str, column: int, shown: str) -> None:
    assert masked(line, pointer=pointer, column=column) == shown
