"""The reference page of the contract has samples for every operation."""

from __future__ import annotations

import yaml

from workflows.contract_page import ROOT, read_samples, with_samples


def test_every_operation_has_a_sample_in_each_language() -> None:
    contract = with_samples(yaml.safe_load((ROOT / "openapi.yaml").read_text()))
    methods = {"get", "put", "post", "patch", "delete"}
    found = {
        operation["operationId"]: [each["lang"] for each in operation.get("x-codeSamples", [])]
        for path in contract["paths"].values()
        for method, operation in path.items()
        if method in methods
    }
    assert set(map(tuple, found.values())) == {("Shell", "Python", "TypeScript", "Go")}


def test_samples_are_whole_lines_of_tested_programs() -> None:
    for language, _, source in read_samples():
        assert source.strip(), language
        assert source.count("(") == source.count(")")
