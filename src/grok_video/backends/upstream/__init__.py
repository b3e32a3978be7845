"""What backends share that drive another server: paid calls, polling, downloads."""
