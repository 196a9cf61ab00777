"""The install's own key, and what is sealed with it.

Raw events that could not be understood may hold anything, secrets of customers
included. They are sealed with a key that lies beside the data, readable by the
service alone, so that a copied database does not tell them.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

NAME = "inbox.key"


class Seal:
    """Seals and opens bytes (AES-128-CBC with HMAC: Fernet). The key file is
    made on first use, mode 0600."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / NAME

    def seal(self, data: bytes) -> bytes:
        """``data``, unreadable without the key file."""
        return self._fernet().encrypt(data)

    def open(self, sealed: bytes) -> bytes:
        """What was sealed. Raises ValueError where it was sealed with another key."""
        from cryptography.fernet import InvalidToken  # noqa: PLC0415 - slow, seldom needed

        try:
            return self._fernet().decrypt(sealed)
        except InvalidToken as error:
            raise ValueError(f"this was not sealed with the key in {self._path}") from error

    def _fernet(self) -> "Fernet":
        from cryptography.fernet import Fernet  # noqa: PLC0415

        return Fernet(self._key(Fernet.generate_key))

    def _key(self, generate: Callable[[], bytes]) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        made = generate()
        whole = self._path.with_suffix(f".{secrets.token_hex(8)}")
        whole.touch(mode=0o600)
        whole.write_bytes(made)
        try:
            os.link(whole, self._path)  # whoever is first wins, and nobody reads half a key
        except FileExistsError:
            return self._path.read_bytes()
        finally:
            whole.unlink()
        return made
