#!/usr/bin/env python3
"""What a training step costs as catchments, years, hidden size, sequence length and threads grow.

    bench/scale.py BUILD FOLDER OUT.csv OUT.svg     FOLDER: room for 2.3 GB of made-up records
"""
import csv, os, statistics, subprocess, sys

build, folder, table, plot = sys.argv[1:5]
os.makedirs(folder, exist_ok=True)
cores = os.cpu_count()


def run(name, *args):
    p = subprocess.run([os.path.join(build, name), *map(str, args)], stdout=subprocess.PIPE, text=True, check=True)
    return p.stdout.strip().split(",")


def step(threads, batch, steps, features, hidden):
    return statistics.median(float(run("bench_train", threads, batch, steps, features, hidden)[8]) for _ in range(3))


def scale(sites, years):
    """ms a step and the other numbers of bench_scale, the median step of 3 runs."""
    rows = [run("bench_scale", os.path.join(folder, f"{sites}x{years}.frs"), sites, years) for _ in range(3)]
    return sorted(rows, key=lambda r: float(r[7]))[1]


panels = []  # title, axis, [(x, ms)]
sizes = [scale(s, 40) for s in (42, 600, 6000)]
panels.append(("catchments, 40 years each", [(int(r[0]), float(r[7])) for r in sizes]))
lengths = [scale(600, y) for y in (10, 20)] + [sizes[1]]
panels.append(("years, 600 catchments", [(y, float(r[7])) for y, r in zip((10, 20, 40), lengths)]))
panels.append(("hidden size", [(h, step(cores, 256, 365, 5, h)) for h in (8, 16, 32, 64, 128, 256)]))
panels.append(("sequence length", [(t, step(cores, 256, t, 5, 64)) for t in (30, 90, 180, 365, 730)]))
panels.append(("threads", [(n, step(n, 256, 365, 5, 64)) for n in range(1, cores + 1)]))

with open(table, "w", newline="") as f:
    out = csv.writer(f)
    out.writerow(["panel", "x", "ms"])
    out.writerows([t, x, ms] for t, points in panels for x, ms in points)
print("| catchments | years | store, MB | opened in, ms | samples | found in, s | scaling fitted in, s | step, ms | "
      "resident beyond the page cache, MB |\n|---|---|---|---|---|---|---|---|---|")
for r in sizes:
    print(f"| {r[0]} | {r[1]} | {r[2]} | {r[3]} | {r[5]} | {r[4]} | {r[6]} | {r[7]} | {r[8]} |")


def panel(i, title, points):
    x0, y0, w, h = 60 + i % 3 * 250, 56 + i // 3 * 210, 180, 130
    top = max(ms for _, ms in points) * 1.15
    s = [f'<text x="{x0}" y="{y0 - 14}" class="t">{title}</text>',
         f'<path d="M{x0} {y0}V{y0 + h}H{x0 + w}" class="a"/>']
    for k in range(3):
        v, y = top * k / 2 / 1.15, y0 + h - h * k / 2 / 1.15
        s.append(f'<text x="{x0 - 6}" y="{y + 4:.1f}" class="y">{v:.3g}</text>')
    at = [(x0 + w * (k + 0.5) / len(points), y0 + h - h * ms / top, x) for k, (x, ms) in enumerate(points)]
    s.append('<path class="l" d="M' + "L".join(f"{x:.1f} {y:.1f}" for x, y, _ in at) + '"/>')
    for x, y, v in at:
        s.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/><text x="{x:.1f}" y="{y0 + h + 16}" class="x">{v}</text>')
    return "\n".join(s)


with open(plot, "w") as f:
    f.write('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 446" font-family="sans-serif" font-size="12">\n'
            '<style>text{fill:#555}.t{font-weight:bold}.x{text-anchor:middle}.y{text-anchor:end}'
            '.a{stroke:#888;fill:none}.l{stroke:#1f77b4;fill:none;stroke-width:2}circle{fill:#1f77b4}'
            '@media (prefers-color-scheme:dark){text{fill:#bbb}}</style>\n'
            '<text x="10" y="14">ms a training step (batch 256; 365 days and hidden 64 unless the axis says other)</text>\n')
    f.write("\n".join(panel(i, t, p) for i, (t, p) in enumerate(panels)) + "\n</svg>\n")
