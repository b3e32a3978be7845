"""Figures as pixels: the catalog, their art and outfits, and how they move."""
