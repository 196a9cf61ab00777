"""What can go wrong on the way, on demand.

sandbox.fail("sendMessage", Fault.retry_after(7))
sandbox.fail("*", Fault.reset_after(), times=3, chat=group)
"""

from dataclasses import dataclass
from enum import StrEnum

from inbox.sandbox.telegram.errors import ApiError, too_many_requests


class Ending(StrEnum):
    """How the request ends."""

    ANSWER = "answer"  # with the refusal, the page, or (late) as it would have anyway
    HANG = "hang"  # never
    RESET = "reset"  # with a cut connection


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to fail. ``accepted``: the call takes effect all the same."""

    name: str
    accepted: bool = False
    ending: Ending = Ending.ANSWER
    refusal: ApiError | None = None
    page: str = ""
    seconds: float = 0.0
    items: int | None = None

    @classmethod
    def retry_after(cls, seconds: int) -> "Fault":
        """429, as the flood control sends it."""
        return cls("retry_after", refusal=too_many_requests(seconds))

    @classmethod
    def error(cls, code: int, description: str, **parameters: int) -> "Fault":
        """A refusal of the test's own making; ``description`` goes out as it is."""
        return cls("error", refusal=ApiError(code, description, **parameters))

    @classmethod
    def partly(cls, sent: int, reason: str = "Internal Server Error") -> "Fault":
        """An album or copyMessages of which only the first ``sent`` items arrive.

        Source: ``on_message_send_failed`` in Client.cpp of tdlib/telegram-bot-api.
        """
        said = f'failed to send message #{sent + 1} with the error message "{reason}"'
        refusal = ApiError(400, f"Bad Request: {said}")
        return cls("partly", accepted=True, refusal=refusal, items=sent)

    @classmethod
    def html(cls, *, accepted: bool = False) -> "Fault":
        """502 with a page of HTML, as proxies on the way send it."""
        page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n</html>\r\n"
        return cls("html", accepted=accepted, page=page)

    @classmethod
    def hang_before(cls) -> "Fault":
        """No effect and no answer, ever."""
        return cls("hang_before", ending=Ending.HANG)

    @classmethod
    def hang_after(cls) -> "Fault":
        """The effect, but no answer."""
        return cls("hang_after", accepted=True, ending=Ending.HANG)

    @classmethod
    def reset_before(cls) -> "Fault":
        """No effect, and the connection is cut."""
        return cls("reset_before", ending=Ending.RESET)

    @classmethod
    def reset_after(cls) -> "Fault":
        """The effect, and the connection is cut instead of an answer."""
        return cls("reset_after", accepted=True, ending=Ending.RESET)

    @classmethod
    def delay(cls, seconds: float) -> "Fault":
        """Everything as usual, but ``seconds`` later."""
        return cls("delay", accepted=True, seconds=seconds)


class Faults:
    """What was ordered, oldest first; the first order that fits is used up first."""

    def __init__(self) -> None:
        self._orders: list[Order] = []

    def add(self, order: "Order") -> None:
        """Take an order."""
        self._orders.append(order)

    def clear(self) -> None:
        """Nothing fails any more."""
        self._orders.clear()

    def next(self, method: str, chat_id: int) -> Fault | None:
        """The fault this call must suffer, if any. ``method`` in lower case."""
        for order in self._orders:
            if order.fits(method, chat_id):
                order.times -= 1
                if order.times == 0:
                    self._orders.remove(order)
                return order.fault
        return None


@dataclass(slots=True)
class Order:
    """``times`` calls of ``method`` ("*": any), into ``chat_id`` (0: any), shall fail."""

    method: str
    fault: Fault
    times: int = 1
    chat_id: int = 0

    def fits(self, method: str, chat_id: int) -> bool:
        """Whether the order is about this call."""
        return self.method in {"*", method} and self.chat_id in {0, chat_id}
