"""Questions as configuration: what may be asked, and the form that asks it."""
