#!/usr/bin/env python3
"""Two clouds of points that a line parts well: data/train/points.csv, the same on every machine."""
import os
import random

rng = random.Random(7)
os.makedirs("data/train", exist_ok=True)
with open("data/train/points.csv", "w", encoding="utf-8") as file:
    for i in range(400):
        label = i % 2
        centre = 1.0 if label else -1.0
        file.write(f"{rng.gauss(centre, 0.8):.6f},{rng.gauss(-centre, 0.8):.6f},{label}\n")
