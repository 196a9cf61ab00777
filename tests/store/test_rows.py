"""What the fold holds, against the tables; and where people's text may stand."""

from typing import Any

import pytest
from sqlalchemy import JSON, LargeBinary, String
from sqlalchemy.types import Enum, TypeDecorator, TypeEngine

from inbox import model
from inbox.store.rows import KINDS, Row

NOT_PERSONAL = {
    "counter.name",
    # of the configuration: names of sections, teams, roles and channels
    "agent.channel",
    "agent.external_id",
    "attachment.kind",
    "attachment.type",
    "conversation.inbox",
    "conversation.team",
    "identity.channel",
    "message_key.account",
    "seen.account",
    "thread.account",
    "cursor.account",
    "quarantine.account",
    # of our own making
    "budget.queue",
    "contact.language",
    "conversation.because",
    "conversation.language",
    "conversation.open_key",
    "conversation.reference",
    "conversation.tags",
    "cursor.scope",
    "cursor.value",
    "delivery.once",
    "delivery.owner",
    "delivery.queue",
    "delivery.why",
    "event.actor",
    "event.because",
    "event.ids",
    "event.what",
    "identity.unreachable_why",
    "lease.owner",
    "lease.resource",
    "message.choices",
    "quarantine.error",
    "quarantine.key",
    "quarantine.stage",
    # a platform's numbers of messages and albums
    "message.group_key",
    "message_key.external_id",
}
"""Columns that could hold anything and hold nothing of people: looked at one by one."""


def _texts() -> set[str]:
    """Every column that is wide enough for people's text."""
    return {
        f"{table.name}.{column.name}"
        for table in model.metadata.tables.values()
        for column in table.columns
        if isinstance(_stored(column.type), String | JSON | LargeBinary)
        and not isinstance(column.type, Enum)
    }


def _stored(type: TypeEngine[Any]) -> TypeEngine[Any]:
    return type.impl_instance if isinstance(type, TypeDecorator) else type


def test_every_text_column_is_either_personal_or_known_not_to_be() -> None:
    assert _texts() - model.PERSONAL - NOT_PERSONAL == set()


def test_no_column_is_called_both() -> None:
    assert set() == model.PERSONAL & NOT_PERSONAL


def test_only_columns_that_exist_are_listed() -> None:
    assert (model.PERSONAL | NOT_PERSONAL) - _texts() == set()


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_fields_of_a_row_are_the_columns_of_its_table(kind: type[Row]) -> None:
    assert tuple(column.name for column in kind.table.columns) == kind.columns


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_rows_are_written_in_an_order_that_foreign_keys_allow(kind: type[Row]) -> None:
    before = {k.table.name for k in KINDS[: KINDS.index(kind)]}
    needed = {key.column.table.name for key in kind.table.foreign_keys}
    assert needed <= before | {kind.table.name}
