"""What the Snakefile asks about the account and its workers while it plans. All offline."""

from crowdmake.account import grant_lists, letters, orders
from crowdmake.account.worker_lists import Entry
from crowdmake.configuration.config import Configuration
from crowdmake.exceptions import UserError
from crowdmake.ledgers.batches import Batch, account_rounds
from crowdmake.messages import counted

TOKENS = ".snakemake/crowdmake"


class AccountPlan:
    """One invocation's view of what concerns no single batch; ``run`` is the invocation's number.

    A stage's token has another name in every run as long as something is left to do.
    """

    def __init__(self, configuration: Configuration, run: str) -> None:
        self._configuration = configuration
        self._endpoint = configuration.endpoint
        self._run = run

    def token(self, stage: str) -> str:
        """Return the path of the token that says the order ``stage`` is carried out."""
        done = self._pending(stage) == 0
        remembered = account_rounds(self._endpoint).of(stage) if done else None
        return f"{TOKENS}/{stage}/account/{remembered or self._run}"

    def new_token(self, stage: str) -> str:
        """Return the path of a token that no other run has: ``stage`` always looks again."""
        return f"{TOKENS}/{stage}/account/{self._run}"

    def left(self, stage: str) -> str:
        """Return how much of ``stage`` is yet to be carried out, in words."""
        number = self._pending(stage)
        noun = "change" if stage == "qualify" else "worker"
        return "nobody yet" if number is None else counted(number, noun)

    @property
    def written_to(self) -> list[str] | None:
        """Return the batches whose workers `notify` writes to; None where no batch is named."""
        return self._configuration.chosen

    def _pending(self, stage: str) -> int | None:
        """Return how many workers ``stage`` still concerns; None where it has faults."""
        try:
            if stage == "notify":
                return self._unwritten()
            return self._ungranted() if stage == "qualify" else len(self._unblocked(stage))
        except UserError:
            return None

    def _unblocked(self, stage: str) -> dict[str, Entry]:
        return orders.pending(stage, orders.worker_ledger(self._endpoint))

    def _ungranted(self) -> int:
        """Return how many grants and types are outstanding."""
        ledger = orders.worker_ledger(self._endpoint)
        names = self._configuration.qualifications.keys()
        grants = grant_lists.outstanding(grant_lists.listed_grants(names), ledger)
        return len(grants) + len(names - grant_lists.type_ids(ledger).keys())

    def _unwritten(self) -> int:
        told = self._configuration.orders("notify")
        letter = letters.read_letter(told)
        names = self.written_to
        batches = None if names is None else [Batch(name, self._endpoint) for name in names]
        workers = letters.read_recipients(told, batches)
        ledger = orders.worker_ledger(self._endpoint)
        resend = told.get("resend", False)
        return len(letters.unwritten(letter, workers, ledger, resend=resend))
