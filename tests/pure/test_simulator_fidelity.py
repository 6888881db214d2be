"""dev/fidelity: that it judges as it says, on scenarios written here, and the simulator by the recordings where they are.

The recordings are not part of the project: they are looked for in $RECORDED, else in ../shared/recorded beside the
checkout."""

import json
import os
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "dev"))

from comparing import __main__ as _loads_the_simulator  # noqa: E402, F401
from comparing import recording, report  # noqa: E402
from comparing.matching import Pairs, compare  # noqa: E402
from comparing.rehearsal import Rehearsal  # noqa: E402

import simulator  # noqa: E402

RECORDED = Path(os.environ.get("RECORDED") or ROOT.parent / "shared" / "recorded")
LOCATION = "gid://shopify/Location/77"
ADD = """mutation Add($input: LocationAddInput!) { locationAdd(input: $input) {
  location { id name createdAt } userErrors { field message } } }"""
READ = "query Read($id: ID!) { location(id: $id) { id name isActive } }"


def step(name, document, variables, data, *, kind="query", **more):
    roots = list(data) if data else []
    answer = {"data": data, "extensions": {}}
    return {
        "name": name,
        "kind": kind,
        "roots": roots,
        "document": document,
        "variables": variables,
        "response": answer,
    } | more


def replay(folder, *steps, version="2026-04"):
    (folder / "scenario.json").write_text(json.dumps({"apiVersion": version, "scenario": "x", "steps": steps}))
    (scenario,) = recording.read(folder)
    return Rehearsal(simulator, scenario, 1).run()


def added(name="Wien"):
    location = {"id": LOCATION, "name": name, "createdAt": "2026-05-01T10:00:00Z"}
    return {"locationAdd": {"location": location, "userErrors": []}}


def adding(**more):
    variables = {"input": {"name": "Wien", "address": {"countryCode": "AT"}}}
    return step("add", ADD, variables, added(), kind="mutation", **more)


def reading(name="Wien", **more):
    return step("read", READ, {"id": LOCATION}, {"location": {"id": LOCATION, "name": name, "isActive": True}}, **more)


def test_a_made_object_is_known_by_its_recorded_id_in_later_steps(tmp_path):
    assert [v.outcome for v in replay(tmp_path, adding(), reading())] == ["equal", "equal"]


def test_a_wrong_answer_is_different_and_says_where(tmp_path):
    _, second = replay(tmp_path, adding(), reading("Graz"))
    assert second.words == [{"at": "data.location.name", "recorded": "Graz", "simulator": "Wien"}]


def test_state_comes_from_the_answers_and_that_is_counted(tmp_path):
    (verdict,) = replay(tmp_path, reading())
    assert (verdict.outcome, verdict.fresh) == ("equal", True)


def test_a_mutation_without_its_document_is_played_but_not_judged(tmp_path):
    first, second = replay(tmp_path, adding() | {"document": None}, reading())
    assert (first.outcome, first.words, second.outcome) == ("skipped", "no document or variables", "equal")


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        ({"document": READ, "variables": None}, ["no document or variables", None]),
        ({"name": "read202510"}, ["API before 2026-04", None]),
        ({"roots": ["themes"], "kind": "query"}, ["root field not implemented", None]),
        ({"roots": ["themeCreate"], "kind": "mutation"}, ["root field not implemented", "scenario went through one"]),
    ],
)
def test_why_a_step_is_skipped(tmp_path, change, reasons):
    first, second = replay(tmp_path, reading() | change, reading())
    assert [first.words, second.words] == reasons


def test_what_the_simulator_leaves_empty_because_nobody_modelled_it_is_no_difference(tmp_path):
    document = "query Read($id: ID!) { location(id: $id) { id suggestedAddresses { address1 } } }"
    data = {"location": {"id": LOCATION, "suggestedAddresses": [{"address1": "x"}]}}
    (verdict,) = replay(tmp_path, step("read", document, {"id": LOCATION}, data))
    assert (verdict.words, verdict.detail) == ("field not modelled", "Location.suggestedAddresses")


def test_an_old_scenario_is_skipped_whole(tmp_path):
    assert [v.words for v in replay(tmp_path, adding(), reading(), version="2025-01")] == ["API before 2026-04"] * 2


def answer(**data):
    return {"data": data}


def test_ids_are_matched_one_to_one():
    pairs = Pairs()
    assert not compare(answer(a="gid://shopify/Order/1"), answer(a="gid://shopify/Order/9"), pairs)
    assert compare(answer(a="gid://shopify/Order/1"), answer(a="gid://shopify/Order/8"), pairs)
    assert compare(answer(a="gid://shopify/Order/2"), answer(a="gid://shopify/Order/9"), pairs)
    assert compare(answer(a="gid://shopify/Order/3"), answer(a="gid://shopify/Product/3"), Pairs())


def test_times_keep_their_order_and_amounts_are_numbers():
    early, late = "2026-05-01T10:00:00Z", "2026-05-01T11:00:00Z"
    assert not compare(answer(a=early, b=late), answer(a="2030-01-01T00:00:00Z", b="2030-01-01T00:00:09Z"), Pairs())
    assert compare(answer(a=early, b=late), answer(a="2030-01-01T00:00:09Z", b="2030-01-01T00:00:00Z"), Pairs())
    assert compare(answer(a=early), answer(a=None), Pairs())
    assert not compare(answer(amount="10.0"), answer(amount="10.00"), Pairs())
    assert compare(answer(amount="10.0"), answer(amount="10.01"), Pairs())


def test_user_errors_codes_and_missing_fields_count():
    error = {"field": ["id"], "message": "Gone", "code": "NOT_FOUND"}
    assert compare(answer(userErrors=[error]), answer(userErrors=[{**error, "message": "Away"}]), Pairs())
    assert compare(answer(a=1), answer(a=1, b=2), Pairs())
    coded = {"data": None, "errors": [{"message": "x", "extensions": {"code": "A"}}]}
    assert compare(coded, {"data": None, "errors": [{"message": "x", "extensions": {"code": "B"}}]}, Pairs())
    assert not compare(coded, {"data": None, "errors": [{"message": "y", "extensions": {"code": "A"}}]}, Pairs())


@pytest.mark.skipif(not RECORDED.is_dir(), reason=f"the recordings are not here: {RECORDED}")
def test_the_simulator_answers_as_the_recordings_do():
    everything = recording.read(RECORDED)
    number = recording.app_number(everything)
    verdicts = [one for scenario in everything for one in Rehearsal(simulator, scenario, number).run()]
    figures = report.figures(verdicts, str(RECORDED), judged=True)
    assert figures["ok"], {key: figures[key] for key in ("equal", "different", "share")}
