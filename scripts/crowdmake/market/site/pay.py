"""Whether rewards are real money, and how amounts are written."""

from dataclasses import dataclass

from crowdmake.market.models import Site
from crowdmake.market.money import to_text

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True)
class Pay:
    """What the operator states about rewards."""

    currency: str
    debtor: str
    how: str
    when: str

    @classmethod
    def of(cls, site: Site) -> "Pay":
        """Return the statement of a site."""
        return cls(site.currency, site.debtor, site.paid_how, site.paid_when)

    @property
    def real(self) -> bool:
        """Return whether rewards are money that somebody owes: all of it has been stated."""
        return all((self.currency, self.debtor, self.how, self.when))

    def amount(self, cents: int) -> str:
        """Return an amount as workers read it; practice has no currency."""
        value = to_text(cents)
        if not self.real:
            return value
        sign = SIGNS.get(self.currency)
        return f"{sign}{value}" if sign else f"{value} {self.currency}"
