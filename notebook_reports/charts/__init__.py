"""Chart types in the house style: results of methods in, matplotlib figures out."""
