"""One folder a notebook: settings, numbers, sections; none knows another."""
