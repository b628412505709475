"""From a row to what a market shows: pages, questions, previews; and answers back."""
