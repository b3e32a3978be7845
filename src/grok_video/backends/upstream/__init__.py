"""What backends that drive another server share: paid calls, polling, downloads."""
