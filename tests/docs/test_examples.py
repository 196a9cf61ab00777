"""What a reader may copy works: each TOML example goes through the real loaders."""

from pathlib import Path

import pytest

from config.settings import Settings, load
from inbox.app import build_connectors, build_policy
from tests.docs.pages import Page, pages

TOKEN = "123456789:TEST-token-not-a-secret"  # for pages that keep it out of the file


def examples(one: Page) -> list[tuple[str, str]]:
    """The TOML blocks of a page with the file that the first line of each names."""
    found = []
    for block in one.blocks("toml"):
        first = block.splitlines()[0]
        assert first.startswith("# "), f"an example in {one.name} does not say its file: {first}"
        found.append((first.removeprefix("# ").strip(), block))
    return found


WITH_EXAMPLES = [one for one in pages() if list(one.blocks("toml"))]


def settings(text: str, directory: Path, own: Path) -> Settings:
    """The settings as written, on a machine where our examples' paths are."""
    url, file = "postgresql://inbox:x@localhost/inbox", directory / "database-url"
    file.write_text(url)
    written = directory / "inbox.toml"
    written.write_text(
        text.replace("/etc/support-inbox/files", str(own)).replace(
            "/etc/support-inbox/database-url", str(file)
        )
    )
    environ = {} if "token = " in text else {"INBOX_CONNECTORS__TELEGRAM__TOKEN": TOKEN}
    return load(written, environ)


@pytest.mark.parametrize("one", WITH_EXAMPLES, ids=lambda one: str(one.name))
async def test_every_toml_example_is_taken(one: Page, tmp_path: Path) -> None:
    own = tmp_path / "files"
    own.mkdir()
    for name, block in examples(one):
        if name != "inbox.toml":
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            (own / name).write_text(block, encoding="utf-8")
    written = [block for name, block in examples(one) if name == "inbox.toml"]
    assert written, "an operator's files need the setting that names their directory"
    for text in written:
        loaded = settings(text, tmp_path, own)
        built = build_connectors(loaded)
        assert build_policy(loaded, built).channels == {"telegram": "telegram"}
        for connector in built.values():
            await connector.close()
