"""Images and videos: decoding, encoding, probing, cutting and joining."""
