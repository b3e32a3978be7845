"""Videos from images: depth and camera moves, morphs, grading of existing videos."""
