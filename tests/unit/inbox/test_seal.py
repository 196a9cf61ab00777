"""What is sealed opens with its key file, and with no other."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inbox.seal import NAME, Seal


def test_what_was_sealed_is_opened(tmp_path: Path) -> None:
    sealed = Seal(tmp_path).seal(b"a secret")
    assert b"secret" not in sealed
    assert Seal(tmp_path).open(sealed) == b"a secret"


def test_the_key_is_for_the_service_alone(tmp_path: Path) -> None:
    Seal(tmp_path / "new" / "data").seal(b"")
    assert (tmp_path / "new" / "data" / NAME).stat().st_mode & 0o777 == 0o600


def test_nothing_but_the_key_is_left_in_the_directory(tmp_path: Path) -> None:
    Seal(tmp_path).seal(b"")
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_another_key_does_not_open_it(tmp_path: Path) -> None:
    sealed = Seal(tmp_path / "one").seal(b"a secret")
    Seal(tmp_path / "two").seal(b"")
    with pytest.raises(ValueError, match="not sealed with the key"):
        Seal(tmp_path / "two").open(sealed)


def test_of_many_who_begin_at_once_all_have_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        sealed = list(pool.map(lambda n: Seal(tmp_path).seal(b"%d" % n), range(8)))
    assert [Seal(tmp_path).open(one) for one in sealed] == [b"%d" % n for n in range(8)]
