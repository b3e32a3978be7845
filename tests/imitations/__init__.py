"""Strict loopback imitations of the services that backends call."""
