"""Pictures and videos: safe decoding, safe fetching, probing, cutting; killable children."""
