"""What workers fill in about their work."""

from typing import Any

from django import forms

from crowdmake.market.models import (
    ABANDONED,
    ACCEPTED,
    APPROVED,
    REJECTED,
    RETURNED,
    SUBMITTED,
)
from crowdmake.market.working import earnings, letters

# An assignment's status in words, and the kind of badge that it is.
STATUSES = {
    ACCEPTED: ("In progress", "info"),
    SUBMITTED: ("Waiting for a decision", "warn"),
    APPROVED: ("Approved", "good"),
    REJECTED: ("Rejected", "bad"),
    RETURNED: ("Returned", "info"),
    ABANDONED: ("Time ran out", "info"),
}


class HistoryForm(forms.Form):
    """Which work is listed."""

    status = forms.ChoiceField(
        label="Show",
        choices=[("", "All"), *((status, words) for status, (words, _) in STATUSES.items())],
        required=False,
    )


class EarningsForm(forms.Form):
    """By what earnings are summed up."""

    by = forms.ChoiceField(label="Sum up by", choices=[*earnings.PERIODS.items()], required=False)


class ReplyForm(forms.Form):
    """An answer to a rejection."""

    text = forms.CharField(
        label="Your answer",
        max_length=letters.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text="Say why the work should be approved. You can answer this rejection once.",
    )


class ReportForm(forms.Form):
    """A report of a HIT that is broken or wrong."""

    reason = forms.ChoiceField(
        label="What is wrong with it?",
        choices=[*letters.REASONS.items()],
        widget=forms.RadioSelect,
    )
    text = forms.CharField(
        label="Details",
        max_length=letters.MAX_TEXT,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text="What you did, and what happened. Needed for “Something else”.",
    )

    def clean(self) -> dict[str, Any]:
        """Ask for words where the reason says nothing."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if values.get("reason") == "other" and not values.get("text") and "text" in values:
            self.add_error("text", "Say what is wrong.")
        return values
