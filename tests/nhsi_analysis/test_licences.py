"""No source is told to be under a licence that its publisher didn't give."""

from __future__ import annotations

from urllib.parse import urlsplit

import pandas as pd
import pytest

from nhsi_analysis import datasets
from nhsi_analysis.datasets import catalogue
from nhsi_analysis.licences import licence_of
from nhsi_analysis.project import PROJECT

NAMES = datasets.names()
GIVEN = {
    "OGL-UK-3.0": (
        *("gov.uk", "cqc.org.uk", "england.nhs.uk", "improvement.nhs.uk", "model.nhs.uk"),
        *("www.nhs.uk", "digital.nhs.uk", "spineservices.nhs.uk", "www.nhsstaffsurveys.com"),
        "www.ons.gov.uk",
    ),
    "OPL-UK-3.0": ("parliament.uk",),
    "CC-BY-4.0": ("biomedcentral.com", "pmc.ncbi.nlm.nih.gov"),
    "CC-BY-SA-4.0": ("wikipedia.org",),
}
"""Hosts whose publishers put what they publish there under an open licence."""


def under(host: str, licence: str) -> bool:
    return any(host == given or host.endswith(f".{given}") for given in GIVEN[licence])


def rows_of(name: str) -> pd.DataFrame:
    table = datasets.load(name, source="shipped")
    if name == "claims":
        names = {"NHS I": "NHS Improvement", "encyc": "Wikipedia", "NHS P": "NHS Providers"}
        return pd.DataFrame({"publisher": table["source"].str[:5].map(names), "host": ""})
    if "publisher" not in table:
        return pd.DataFrame({"publisher": [], "host": []})
    hosts = [urlsplit(url).netloc for url in table["source_url"]]
    return pd.DataFrame({"publisher": table["publisher"], "host": hosts})


@pytest.mark.parametrize("name", NAMES)
def test_the_licences_of_a_table_cover_its_rows_and_no_other(name: str) -> None:
    licences = catalogue.table(name).descriptor["licenses"]
    known = {entry["name"]: entry for entry in catalogue.package()["licenses"]}
    for entry in licences:
        bare = {key: value for key, value in entry.items() if key != "publishers"}
        assert bare == known[entry["name"]]
        assert ("path" in entry) == (entry["name"] in GIVEN)
    rows = rows_of(name)
    covered = {who: e["name"] for e in licences for who in e.get("publishers", ())}
    whole = [e["name"] for e in licences if "publishers" not in e]
    if rows.empty:
        assert not covered
        assert whole
        return
    assert rows["publisher"].notna().all()
    assert set(covered) <= set(rows["publisher"]), "a publisher without a row"
    assert (whole == ["LicenseRef-own-terms"]) == bool(set(rows["publisher"]) - set(covered))
    for who, host in set(rows.itertuples(index=False, name=None)):
        if host:
            open_to = [licence for licence in GIVEN if under(host, licence)]
            assert open_to == ([covered[who]] if who in covered else []), (who, host)


@pytest.mark.parametrize("name", NAMES)
def test_a_table_of_one_publisher_is_told_by_where_it_is_published(name: str) -> None:
    found = catalogue.table(name)
    if len(found.descriptor["licenses"]) == 1 and found.said["licence_page"]:
        host = urlsplit(found.said["page"]).netloc
        assert under(host, found.descriptor["licenses"][0]["name"]), host


def test_a_newspaper_an_encyclopaedia_and_a_journal_are_not_under_the_government_s_licence() -> (
    None
):
    for name in NAMES:
        for entry in catalogue.table(name).descriptor["licenses"]:
            if entry["name"] == "OGL-UK-3.0":
                other = {
                    "HSJ",
                    "Wikipedia",
                    "Nursing Times",
                    "BMC Health Services Research",
                    "HFMA",
                }
                assert not other & set(entry.get("publishers", ())), name
    words = licence_of(catalogue.table("claims").descriptor)["licence"]
    assert words == (
        "Open Government Licence v3.0 (NHS Improvement); Creative Commons Attribution-ShareAlike "
        "4.0 (Wikipedia); other rows: publishers' own terms"
    )


def test_what_names_a_table_tells_the_same_as_what_loads_it() -> None:
    for name in ("claims", "trusts", "england_outline"):
        told = PROJECT.describe(name)
        assert told is not None
        loaded = datasets.load(name, source="shipped").attrs["provenance"]
        for part in ("licence", "licence_page"):
            assert told[part] == loaded[part]
    assert "licence of each source" in PROJECT.attribution
