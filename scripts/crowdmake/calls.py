"""Many calls at once, and lists read to their end."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any, TypeVar

from crowdmake.client import CALLS_IN_FLIGHT

PAGE = 100

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_flight(work: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield ``work(item)`` for every item as each is done, several at a time.

    Where one raises (or the user interrupts), what has not begun is left, what is in
    flight comes to its end, so that its receipt is written, and then the error goes on.
    """
    pool = ThreadPoolExecutor(CALLS_IN_FLIGHT)
    try:
        futures: list[Future[Result]] = [pool.submit(work, item) for item in items]
        for future in as_completed(futures):
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def pages(operation: Callable[..., Any], most: int | None = None, **request: Any) -> Iterator[Any]:
    """Yield the pages of a list operation to its end, or at most ``most`` of them.

    The market may give a NextToken with the last page too; an empty page is the end.
    """
    token: dict[str, str] = {}
    number = 0
    while most is None or number < most:
        page = operation(MaxResults=PAGE, **request, **token)
        number += 1
        yield page
        if not page.get("NextToken") or not page.get("NumResults"):
            return
        token = {"NextToken": page["NextToken"]}
