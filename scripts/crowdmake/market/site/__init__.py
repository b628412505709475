"""The workers' site: what people see of the market in a browser."""
