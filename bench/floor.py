"""The least a relay bot can do: no store, no rules, all in memory, as aiogram's guide has it."""

import asyncio
import os

from aiogram import Bot, Dispatcher, F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import Message


async def main() -> None:
    token, base, group = os.environ["FLOOR"].split()
    bot = Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(base)))
    dispatcher, topics = Dispatcher(), dict[int, asyncio.Task[int]]()

    async def opened(name: str) -> int:
        return (await bot.create_forum_topic(int(group), name)).message_thread_id

    @dispatcher.message(F.chat.type == "private")
    async def relay(message: Message) -> None:
        person = message.chat.id
        if person not in topics:
            topics[person] = asyncio.create_task(opened(message.chat.full_name))
        await message.copy_to(int(group), message_thread_id=await topics[person])

    await dispatcher.start_polling(bot, handle_signals=True)


if __name__ == "__main__":
    asyncio.run(main())
