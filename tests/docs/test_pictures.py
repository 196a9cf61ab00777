"""The pictures show what is so, and need nothing from elsewhere."""

import html
import importlib.util
import re
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree

import pytest

from inbox.demo import Play
from tests.docs.pages import ROOT

PICTURES = ROOT / "docs/pictures"
TRANSCRIPT = (PICTURES / "demo.txt").read_text(encoding="utf-8")
SCENES = (
    Play.customers_write,
    Play.agents_answer,
    Play.customer_edits,
    Play.close_and_reopen,
    Play.topic_is_deleted,
    Play.nobody_saw_too_much,
)


def make() -> ModuleType:
    spec = importlib.util.spec_from_file_location("pictures_make", PICTURES / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def shown(svg: str) -> list[str]:
    return [html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)<", svg)]


def test_the_picture_of_the_demo_is_drawn_from_its_transcript() -> None:
    drawn: str = make().draw(TRANSCRIPT)
    assert shown((PICTURES / "demo.svg").read_text(encoding="utf-8")) == shown(drawn)


def test_the_transcript_is_of_the_demo_as_it_is_now() -> None:
    """Where this fails: ``make docs`` plays it again."""
    headings = re.findall(r"^\d+\. (.+)$", TRANSCRIPT, re.MULTILINE)
    assert headings == [(scene.__doc__ or "").strip() for scene in SCENES]
    assert "All of it was seen where it belongs" in TRANSCRIPT


@pytest.mark.parametrize("path", sorted(PICTURES.glob("*.svg")), ids=lambda path: str(path.name))
def test_a_picture_is_well_formed_and_fetches_nothing(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    elsewhere = set(re.findall(r"https?://[^\"'\s)]+", text)) - {"http://www.w3.org/2000/svg"}
    assert elsewhere == set()
    assert "<script" not in text
