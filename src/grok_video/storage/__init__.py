"""The Storage port's adapters: a local folder, and a bucket of an object store with a local cache."""
