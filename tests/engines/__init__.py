"""The suite that every engine passes, imitated or real: `make check-engine ENGINE=… URL=…`."""
