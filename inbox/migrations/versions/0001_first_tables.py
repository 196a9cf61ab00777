"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy import Text
from sqlalchemy.dialects import postgresql
from sqlmodel.sql.sqltypes import UTCDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "agent",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column(
            "role",
            sa.Enum("agent", "lead", "admin", name="role", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_agent_channel_external_id")),
    )
    op.create_table(
        "budget",
        sa.Column("queue", sa.String(length=160), nullable=False),
        sa.Column("not_before", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("queue", name=op.f("pk_budget")),
    )
    op.create_table(
        "contact",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("blocked_until", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("next", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "cursor",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=160), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "scope", name=op.f("pk_cursor")),
    )
    op.create_table(
        "event",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=60), nullable=False),
        sa.Column("what", sa.String(length=48), nullable=False),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "ids",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "because",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_event_at"), ["at"], unique=False)
        batch_op.create_index("ix_event_conversation", ["conversation_id", "id"], unique=False)

    op.create_table(
        "lease",
        sa.Column("resource", sa.String(length=80), nullable=False),
        sa.Column("owner", sa.String(length=160), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("resource", name=op.f("pk_lease")),
    )
    op.create_table(
        "quarantine",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(length=12), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("strikes", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "trying",
                "waiting",
                "retried",
                "dropped",
                name="quarantinestate",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("first_at", UTCDateTime(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("account", "key", name=op.f("uq_quarantine_account_key")),
    )
    op.create_table(
        "seen",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account", "key", name=op.f("pk_seen")),
    )
    with op.batch_alter_table("seen", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_seen_at"), ["at"], unique=False)

    op.create_table(
        "conversation",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("inbox", sa.String(length=32), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "open",
                "pending",
                "snoozed",
                "resolved",
                name="status",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("team", sa.String(length=32), nullable=True),
        sa.Column(
            "assignee_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "tags",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column("waiting_since", UTCDateTime(), nullable=True),
        sa.Column("last_customer_at", UTCDateTime(), nullable=True),
        sa.Column("first_human_at", UTCDateTime(), nullable=True),
        sa.Column("resolved_at", UTCDateTime(), nullable=True),
        sa.Column(
            "previous_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "because",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("open_key", sa.String(length=80), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["agent.id"], name=op.f("fk_conversation_assignee_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_conversation_contact_id_contact")
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["conversation.id"],
            name=op.f("fk_conversation_previous_id_conversation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("open_key", name=op.f("uq_conversation_open_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_conversation_reference")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_conversation_assignee_queue",
            ["assignee_id", "priority", "waiting_since"],
            unique=False,
            sqlite_where=sa.text("status in ('open','pending')"),
            postgresql_where=sa.text("status in ('open','pending')"),
        )
        batch_op.create_index("ix_conversation_contact", ["contact_id", "id"], unique=False)
        batch_op.create_index(
            "ix_conversation_team_queue",
            ["team", "priority", "waiting_since"],
            unique=False,
            sqlite_where=sa.text("status in ('open','pending')"),
            postgresql_where=sa.text("status in ('open','pending')"),
        )

    op.create_table(
        "identity",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "contact_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("external_id", sa.String(length=320), nullable=False),
        sa.Column("display", sa.Text(), nullable=False),
        sa.Column(
            "trust",
            sa.Enum("none", "linked", "verified", name="trust", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("reachable", sa.Boolean(), nullable=False),
        sa.Column("unreachable_why", sa.String(length=200), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["contact.id"], name=op.f("fk_identity_contact_id_contact")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
        sa.UniqueConstraint("channel", "external_id", name=op.f("uq_identity_channel_external_id")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_contact_id"), ["contact_id"], unique=False)

    op.create_table(
        "thread",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "side",
            sa.Enum("customer", "desk", name="side", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=330), nullable=True),
        sa.Column(
            "identity_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column(
            "state",
            sa.Enum("wanted", "open", "gone", name="threadstate", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("next_seq", sa.Integer(), nullable=False),
        sa.Column(
            "context",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_thread_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_thread_identity_id_identity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("id", "conversation_id", name=op.f("uq_thread_id_conversation_id")),
    )
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.create_index("ix_thread_conversation", ["conversation_id", "side"], unique=False)
        batch_op.create_index("ix_thread_place", ["account", "place"], unique=False)
        batch_op.create_index(
            "uq_thread_desk_place",
            ["account", "place"],
            unique=True,
            sqlite_where=sa.text("side='desk' and state<>'gone'"),
            postgresql_where=sa.text("side='desk' and state<>'gone'"),
        )

    op.create_table(
        "message",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "incoming", "outgoing", "note", "event", name="kind", native_enum=False, length=12
            ),
            nullable=False,
        ),
        sa.Column("thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column(
            "author_identity_id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            nullable=True,
        ),
        sa.Column(
            "author_agent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "marks",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column(
            "choices",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column(
            "reply_to_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("group_key", sa.String(length=80), nullable=True),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["author_agent_id"], ["agent.id"], name=op.f("fk_message_author_agent_id_agent")
        ),
        sa.ForeignKeyConstraint(
            ["author_identity_id"],
            ["identity.id"],
            name=op.f("fk_message_author_identity_id_identity"),
        ),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversation.id"],
            name=op.f("fk_message_conversation_id_conversation"),
        ),
        sa.ForeignKeyConstraint(
            ["reply_to_id"], ["message.id"], name=op.f("fk_message_reply_to_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id_thread")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("conversation_id", "seq", name=op.f("uq_message_conversation_id_seq")),
        sa.UniqueConstraint("id", "conversation_id", name=op.f("uq_message_id_conversation_id")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(
            "uq_message_album",
            ["thread_id", "group_key"],
            unique=True,
            sqlite_where=sa.text("group_key is not null"),
            postgresql_where=sa.text("group_key is not null"),
        )

    op.create_table(
        "attachment",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.Column(
            "source",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_attachment_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("message_id", "part", name=op.f("uq_attachment_message_id_part")),
    )
    op.create_table(
        "delivery",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("queue", sa.String(length=160), nullable=False),
        sa.Column("lane", sa.SmallInteger(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column(
            "action",
            sa.Enum(
                "post",
                "edit",
                "delete",
                "topic",
                "title",
                name="action",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column(
            "conversation_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column(
            "thread_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column(
            "status",
            sa.Enum(
                "pending",
                "sending",
                "sent",
                "refused",
                "uncertain",
                "cancelled",
                name="deliverystatus",
                native_enum=False,
                length=12,
            ),
            nullable=False,
        ),
        sa.Column("due_at", UTCDateTime(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("why", sa.String(length=300), nullable=True),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=True),
        sa.Column("parts_done", sa.SmallInteger(), nullable=False),
        sa.Column(
            "merged_into", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("resend_of", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("once", sa.String(length=80), nullable=True),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merged_into"], ["delivery.id"], name=op.f("fk_delivery_merged_into_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["message_id", "conversation_id"],
            ["message.id", "message.conversation_id"],
            name=op.f("fk_delivery_message_id_conversation_id_message"),
        ),
        sa.ForeignKeyConstraint(
            ["resend_of"], ["delivery.id"], name=op.f("fk_delivery_resend_of_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["thread_id", "conversation_id"],
            ["thread.id", "thread.conversation_id"],
            name=op.f("fk_delivery_thread_id_conversation_id_thread"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("once", name=op.f("uq_delivery_once")),
        sa.UniqueConstraint("thread_id", "seq", name=op.f("uq_delivery_thread_id_seq")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(
            "ix_delivery_due",
            ["queue", "lane", "priority", "due_at"],
            unique=False,
            sqlite_where=sa.text("status='pending'"),
            postgresql_where=sa.text("status='pending'"),
        )
        batch_op.create_index(
            "ix_delivery_head",
            ["thread_id", "seq"],
            unique=False,
            sqlite_where=sa.text("status in ('pending','sending')"),
            postgresql_where=sa.text("status in ('pending','sending')"),
        )
        batch_op.create_index("ix_delivery_merged", ["merged_into"], unique=False)
        batch_op.create_index("ix_delivery_message", ["message_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_mine",
            ["owner"],
            unique=False,
            sqlite_where=sa.text("status='sending'"),
            postgresql_where=sa.text("status='sending'"),
        )
        batch_op.create_index(
            "ix_delivery_spent",
            ["queue", "started_at"],
            unique=False,
            sqlite_where=sa.text("started_at is not null"),
            postgresql_where=sa.text("started_at is not null"),
        )

    op.create_table(
        "message_key",
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("place", sa.String(length=330), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("part", sa.SmallInteger(), nullable=False),
        sa.Column(
            "direction",
            sa.Enum("in", "out", name="direction", native_enum=False, length=12),
            nullable=False,
        ),
        sa.Column("gone_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_key_message_id_message")
        ),
        sa.PrimaryKeyConstraint(
            "account", "place", "external_id", "message_id", name=op.f("pk_message_key")
        ),
    )
    with op.batch_alter_table("message_key", schema=None) as batch_op:
        batch_op.create_index("ix_message_key_message", ["message_id", "part"], unique=False)
        batch_op.create_index(
            "uq_message_key_in",
            ["account", "place", "external_id"],
            unique=True,
            sqlite_where=sa.text("direction='in'"),
            postgresql_where=sa.text("direction='in'"),
        )

    op.create_table(
        "message_revision",
        sa.Column(
            "message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "marks",
            sa.JSON().with_variant(postgresql.JSONB(astext_type=Text()), "postgresql"),
            nullable=False,
        ),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_revision_message_id_message")
        ),
        sa.PrimaryKeyConstraint("message_id", "revision", name=op.f("pk_message_revision")),
    )


def downgrade() -> None:

    op.drop_table("message_revision")
    with op.batch_alter_table("message_key", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_message_key_in",
            sqlite_where=sa.text("direction='in'"),
            postgresql_where=sa.text("direction='in'"),
        )
        batch_op.drop_index("ix_message_key_message")

    op.drop_table("message_key")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_delivery_spent",
            sqlite_where=sa.text("started_at is not null"),
            postgresql_where=sa.text("started_at is not null"),
        )
        batch_op.drop_index(
            "ix_delivery_mine",
            sqlite_where=sa.text("status='sending'"),
            postgresql_where=sa.text("status='sending'"),
        )
        batch_op.drop_index("ix_delivery_message")
        batch_op.drop_index("ix_delivery_merged")
        batch_op.drop_index(
            "ix_delivery_head",
            sqlite_where=sa.text("status in ('pending','sending')"),
            postgresql_where=sa.text("status in ('pending','sending')"),
        )
        batch_op.drop_index(
            "ix_delivery_due",
            sqlite_where=sa.text("status='pending'"),
            postgresql_where=sa.text("status='pending'"),
        )

    op.drop_table("delivery")
    op.drop_table("attachment")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_message_album",
            sqlite_where=sa.text("group_key is not null"),
            postgresql_where=sa.text("group_key is not null"),
        )

    op.drop_table("message")
    with op.batch_alter_table("thread", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_thread_desk_place",
            sqlite_where=sa.text("side='desk' and state<>'gone'"),
            postgresql_where=sa.text("side='desk' and state<>'gone'"),
        )
        batch_op.drop_index("ix_thread_place")
        batch_op.drop_index("ix_thread_conversation")

    op.drop_table("thread")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_contact_id"))

    op.drop_table("identity")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_conversation_team_queue",
            sqlite_where=sa.text("status in ('open','pending')"),
            postgresql_where=sa.text("status in ('open','pending')"),
        )
        batch_op.drop_index("ix_conversation_contact")
        batch_op.drop_index(
            "ix_conversation_assignee_queue",
            sqlite_where=sa.text("status in ('open','pending')"),
            postgresql_where=sa.text("status in ('open','pending')"),
        )

    op.drop_table("conversation")
    with op.batch_alter_table("seen", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_seen_at"))

    op.drop_table("seen")
    op.drop_table("quarantine")
    op.drop_table("lease")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_conversation")
        batch_op.drop_index(batch_op.f("ix_event_at"))

    op.drop_table("event")
    op.drop_table("cursor")
    op.drop_table("counter")
    op.drop_table("contact")
    op.drop_table("budget")
    op.drop_table("agent")
