"""Messages sent once more: copied (as the bot's own) or forwarded (with their origin)."""

from itertools import pairwise

from inbox.sandbox.telegram.arguments import Arguments, whole
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.chats import Place
from inbox.sandbox.telegram.errors import Json, bad_request
from inbox.sandbox.telegram.files import seen_by
from inbox.sandbox.telegram.methods.sending import deliver
from inbox.sandbox.telegram.people import forwarded
from inbox.sandbox.telegram.text import as_caption, read_caption
from inbox.sandbox.telegram.words import words
from inbox.sandbox.telegram.world import World

MOST_AT_ONCE = 100

_CONTENT = words(
    "text entities caption caption_entities photo document voice video audio animation "
    "video_note sticker location contact"
)


def copy_message(world: World, bot: Bot, args: Arguments) -> Json:
    """copyMessage: the id of the copy; a caption given replaces the original one."""
    source = world.known(bot, args.text("from_chat_id"))
    message = _original(source, args, "copy")
    content = _copied(message, bot)
    if content is None:
        raise bad_request("message can't be copied")
    if "caption" in args.values and "text" not in content:
        content = {k: v for k, v in content.items() if not k.startswith("caption")}
        content |= as_caption(read_caption(args))
    return {"message_id": deliver(world, bot, args, content)["message_id"]}


def copy_messages(world: World, bot: Bot, args: Arguments) -> list[Json]:
    """copyMessages: what can't be found or copied is skipped; albums stay albums."""
    ids = _ids(args)
    source = world.known(bot, args.text("from_chat_id"))
    world.place(bot, args.text("chat_id"))
    albums: dict[str, str] = {}
    copies: list[Json] = []
    for message_id in ids:
        message = source.stored.get(message_id)
        content = None if message is None else _copied(message, bot)
        if message is None or content is None:
            continue
        if album := message.get("media_group_id"):
            new = albums.setdefault(album, "") or world.new_media_group()
            albums[album] = content["media_group_id"] = new
        if args.flag("remove_caption"):
            content = {k: v for k, v in content.items() if not k.startswith("caption")}
        copies.append({"message_id": deliver(world, bot, args, content)["message_id"]})
    if not copies:
        raise bad_request("there are no messages to forward")
    return copies


def forward_message(world: World, bot: Bot, args: Arguments) -> Json:
    """forwardMessage."""
    source = world.known(bot, args.text("from_chat_id"))
    message = _original(source, args, "forward")
    if message.get("has_protected_content") or _copied(message, bot) is None:
        raise bad_request("message can't be forwarded")
    return deliver(world, bot, args, forwarded(seen_by(message, bot.id)))


def _original(source: Place, args: Arguments, verb: str) -> Json:
    message_id = args.integer("message_id")
    if not message_id:
        raise bad_request("message identifier is not specified")
    message = source.stored.get(message_id)
    if message is None:
        raise bad_request(f"message to {verb} not found")
    return message


def _copied(message: Json, bot: Bot) -> Json | None:
    """The content of a copy; None for service messages and protected ones."""
    if message.get("has_protected_content") and message["from"]["id"] != bot.id:
        return None
    seen = seen_by(message, bot.id)
    return {key: seen[key] for key in _CONTENT if key in seen} or None


def _ids(args: Arguments) -> list[int]:
    given = args.json("message_ids")
    ids = [whole(item) for item in given] if isinstance(given, list) else []
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > MOST_AT_ONCE:
        raise bad_request("too many message identifiers specified")
    if any(later <= earlier for earlier, later in pairwise(ids)):
        raise bad_request("message identifiers must be in a strictly increasing order")
    return ids
