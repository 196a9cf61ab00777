"""Members of groups, as the Bot API shows them."""

import time

from inbox.sandbox.telegram.chats import RIGHTS, Member
from inbox.sandbox.telegram.errors import Json


def as_member(card: Json, member: Member) -> Json:
    """A ChatMember object."""
    shown: Json = {"user": card, "status": member.status}
    match member.status:
        case "administrator":
            shown |= {"can_be_edited": False, "is_anonymous": False}
            shown |= {right: right in member.rights for right in RIGHTS}
        case "creator":
            shown |= {"is_anonymous": False}
        case "kicked":
            shown |= {"until_date": 0}
    return shown


def as_change(chat: Json, actor: Json, card: Json, *, old: Member, new: Member) -> Json:
    """A ChatMemberUpdated object, as of now."""
    return {
        "chat": chat,
        "from": actor,
        "date": int(time.time()),
        "old_chat_member": as_member(card, old),
        "new_chat_member": as_member(card, new),
    }
