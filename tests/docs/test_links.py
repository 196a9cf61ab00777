"""Every page leads somewhere, and tells nothing of where it was written."""

import re

import pytest

from tests.docs.pages import ROOT, Page, page, pages

PARTS = ("Context", "Decision", "Consequences")
OURS = ("README", "ARCHITECTURE", "CONTRIBUTING", "SECURITY", "CHANGELOG")


def by_name(one: Page) -> str:
    return one.name


def test_the_pages_that_people_look_for_first_are_there() -> None:
    assert {f"{name}.md" for name in OURS} <= {one.name for one in pages()}


@pytest.mark.parametrize("one", pages(), ids=by_name)
def test_every_link_inside_the_project_leads_to_something(one: Page) -> None:
    inside = [link for link in one.links if not re.match(r"[a-z]+:", link)]
    assert [link for link in inside if not leads_somewhere(one, link)] == []


def leads_somewhere(one: Page, link: str) -> bool:
    target, _, anchor = link.partition("#")
    path = (one.path.parent / target).resolve() if target else one.path
    if not path.exists() or not path.is_relative_to(ROOT):
        return False
    return not anchor or anchor in page(path.relative_to(ROOT).as_posix()).anchors


@pytest.mark.parametrize("one", pages(), ids=by_name)
def test_every_file_that_is_named_in_code_style_is_there(one: Page) -> None:
    named = {
        word for word in one.words if re.fullmatch(r"(inbox|config|connectors|routing)/\S+", word)
    }
    assert {word for word in named if "{" not in word and not (ROOT / word).exists()} == set()


@pytest.mark.parametrize("one", pages(), ids=by_name)
def test_no_page_names_a_place_on_somebodys_machine(one: Page) -> None:
    assert re.findall(r"(?<![\w.-])/(?:work|home|root|Users)/\S*|\.\./shared\S*", one.text) == []


def test_every_page_in_docs_can_be_reached_from_the_readme() -> None:
    reached, waiting = set[str](), ["README.md"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        one = page(name)
        for link in one.links:
            target = (one.path.parent / link.partition("#")[0]).resolve()
            found = target.glob("*.md") if target.is_dir() else [target]
            waiting += [p.relative_to(ROOT).as_posix() for p in found if p.suffix == ".md"]
    assert {one.name for one in pages()} - reached == set()


def test_every_decision_is_numbered_once_listed_and_has_its_three_parts() -> None:
    records = [one for one in pages() if re.match(r"docs/decisions/\d", one.name)]
    numbers = [one.path.name[:4] for one in records]
    assert numbers == [f"{number:04}" for number in range(1, len(records) + 1)]
    listed = page("docs/decisions/README.md").links
    for one in records:
        assert one.path.name in listed
        assert one.text.startswith(f"# {one.path.name[:4]} ")
        positions = [
            one.text.find(f"**{part}.**") for part in ("Context", "Decision", "Consequences")
        ]
        assert -1 not in positions
        assert positions == sorted(positions)
