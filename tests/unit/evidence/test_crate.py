"""The description of a bundle: what RO-Crate 1.1 requires, and what the ELN consortium's checks look at."""

import hashlib
import io
import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.apart import python_of

VALIDATE = Path(__file__).with_name("roc_offline.py")


@pytest.fixture(scope="session")
def roc_python() -> Path:
    """The Python of the validator's own environment."""
    return python_of("roc", "tools")


def validated(python, folder):
    """Return what the validator says of an unpacked bundle."""
    return subprocess.run([python, VALIDATE, folder], capture_output=True, text=True, check=False)


@pytest.fixture
def unpacked(taken, tmp_path):
    """The root folder of a bundle, unpacked."""
    with zipfile.ZipFile(io.BytesIO(taken.made.bundle)) as archive:
        archive.extractall(tmp_path)
    return tmp_path / taken.record.number


def test_the_validator_of_ro_crates_passes_it(roc_python, unpacked):
    said = validated(roc_python, unpacked)

    assert (said.returncode, said.stdout) == (0, ""), said.stderr


def test_the_validator_of_ro_crates_does_not_pass_everything(roc_python, unpacked):
    path = unpacked / "ro-crate-metadata.json"
    metadata = json.loads(path.read_text())
    root = next(node for node in metadata["@graph"] if node["@id"] == "./")
    del root["license"], root["datePublished"]
    path.write_text(json.dumps(metadata))

    assert validated(roc_python, unpacked).returncode == 1


def graph_of(taken):
    """Return the nodes of a bundle's description by their ids."""
    return {node["@id"]: node for node in json.loads(taken.files["ro-crate-metadata.json"])["@graph"]}


def test_the_archive_has_one_root_folder_named_by_the_record(taken):
    with zipfile.ZipFile(io.BytesIO(taken.made.bundle)) as archive:
        roots = {name.partition("/")[0] for name in archive.namelist()}

    assert roots == {taken.record.number}


def test_the_metadata_names_who_published_it_and_in_which_version(taken):
    node = graph_of(taken)["ro-crate-metadata.json"]

    assert node["@type"] == "CreativeWork"
    assert node["about"] == {"@id": "./"}
    assert node["version"]
    assert graph_of(taken)[node["sdPublisher"]["@id"]].keys() >= {"name", "url"}


def test_every_node_is_flat_and_every_dataset_and_file_has_a_name(taken):
    graph = graph_of(taken)
    things = [node for node in graph.values() if node["@type"] in ("Dataset", "File")]
    nested = [
        (node["@id"], name)
        for node in graph.values()
        for name, value in node.items()
        for one in (value if isinstance(value, list) else [value])
        if isinstance(one, dict)
        and (set(one) != {"@id"} or one["@id"] not in {*graph, "https://w3id.org/ro/crate/1.1"})
    ]

    assert nested == []
    assert all(node["name"] for node in things)


@pytest.mark.requirement("AL-Original", "DI-Q1e")
def test_every_file_is_listed_with_its_size_and_digest(taken):
    graph, files = graph_of(taken), taken.files
    del files["ro-crate-metadata.json"]

    assert {name for name, node in graph.items() if node["@type"] == "File"} == files.keys()
    for name, content in files.items():
        said = (graph[name]["sha256"], graph[name]["contentSize"])
        assert said == (hashlib.sha256(content).hexdigest(), str(len(content)))
    assert graph["./"]["hasPart"] == [{"@id": "./evidence/"}]
    assert {part["@id"] for part in graph["./evidence/"]["hasPart"]} == files.keys()


@pytest.mark.requirement("MH-6.3", "DI-Q1b")
def test_every_measured_value_carries_its_unit_and_bounds(taken):
    value = graph_of(taken)["#value-weighing.mass"]

    assert value["@type"] == "PropertyValue"
    assert {name: value[name] for name in ("value", "unitText", "unitCode", "minValue", "maxValue")} == {
        "value": "10.1",
        "unitText": "g",
        "unitCode": "g",
        "minValue": "9.5",
        "maxValue": "10.5",
    }


def test_the_assessment_is_a_node_of_its_own_to_which_nothing_else_leads(taken):
    graph = graph_of(taken)
    leading = [name for name, node in graph.items() if {"@id": "#assessment"} in node.values()]

    assert graph["#assessment"]["itemReviewed"] == {"@id": "./evidence/"}
    assert leading == []


def test_the_description_names_steps_people_and_the_version_it_is_based_on(taken):
    graph = graph_of(taken)
    whole = graph["./evidence/"]

    assert [graph[step["@id"]]["name"] for step in whole["step"]] == ["Pesée", "Lecture", "Nettoyage"]
    assert graph[whole["author"]["@id"]]["name"] == "Léa Martin"
    assert graph[whole["isBasedOn"]["@id"]]["version"] == "1"
