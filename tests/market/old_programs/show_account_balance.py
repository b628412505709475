"""What can be spent."""

from old import connect, options, say

say(connect(options()).get_account_balance()["AvailableBalance"])
