#!/usr/bin/env python3
"""coast.py land-110m.json > src/report/coast.txt: the coast for the report's map.

Input: land-110m.json of the npm package world-atlas 2.0.2, which is Natural Earth's 1:110m land (public domain,
https://www.naturalearthdata.com) as TopoJSON. Output: a line a polyline, "x y dx dy dx dy ...": longitude and latitude
in tenths of a degree, then steps. Lines along the edge of the sheet (the antimeridian, the pole) are left out."""
import json
import sys

topology = json.load(open(sys.argv[1]))
(sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
for arc in topology["arcs"]:
    x = y = 0
    line = []
    for dx, dy in arc:
        x, y = x + dx, y + dy
        point = (round((x * sx + tx) * 10), round((y * sy + ty) * 10))
        if not line or line[-1] != point:
            line.append(point)
    pieces, piece = [], []
    for point in line:
        edge = abs(point[0]) >= 1800 or point[1] <= -900
        if edge:
            pieces.append(piece)
            piece = []
        else:
            piece.append(point)
    pieces.append(piece)
    for piece in pieces:
        if len(piece) < 2:
            continue
        numbers = list(piece[0])
        for a, b in zip(piece, piece[1:]):
            numbers += [b[0] - a[0], b[1] - a[1]]
        print(*numbers)
