"""How a bot gets its updates. Webhooks are remembered, but nothing is sent to them."""

from inbox.sandbox.telegram.arguments import Arguments
from inbox.sandbox.telegram.bots import Bot
from inbox.sandbox.telegram.errors import ApiError, Json
from inbox.sandbox.telegram.world import World

MOST_UPDATES = 100
_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first"
)


async def get_updates(bot: Bot, args: Arguments) -> bytes:
    """getUpdates: the encoded array. Raises ApiError 409 for a webhook or another poller."""
    if bot.webhook:
        raise ApiError(409, _ACTIVE)
    _allow(bot, args)
    limit = min(max(args.integer("limit", MOST_UPDATES), 1), MOST_UPDATES)
    return await bot.updates.poll(args.integer("offset"), limit, args.integer("timeout"))


def set_webhook(world: World, bot: Bot, args: Arguments) -> bool:
    """setWebhook; an empty address removes it."""
    url = args.text("url")
    if not url:
        return delete_webhook(world, bot, args)
    _allow(bot, args)
    if args.flag("drop_pending_updates"):
        bot.updates.drop()
    bot.webhook = {"url": url, "max_connections": args.integer("max_connections", 40)}
    bot.updates.make_way()
    return True


def delete_webhook(world: World, bot: Bot, args: Arguments) -> bool:
    """deleteWebhook."""
    del world
    bot.webhook = {}
    if args.flag("drop_pending_updates"):
        bot.updates.drop()
    return True


def get_webhook_info(world: World, bot: Bot, args: Arguments) -> Json:
    """getWebhookInfo."""
    del world, args
    info: Json = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": bot.pending,
        **bot.webhook,
    }
    if bot.updates.allowed:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    return info


def _allow(bot: Bot, args: Arguments) -> None:
    """A list that is no JSON is ignored, as the server does."""
    try:
        bot.updates.allow(args.json("allowed_updates"))
    except ApiError:
        return
