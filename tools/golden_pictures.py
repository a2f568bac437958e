#!/usr/bin/env python3
"""tests/golden/pictures: small PNG and JPEG files, and as pixels.txt what Pillow reads in them.
usage: tools/golden_pictures.py [FOLDER]   (Debian's python3-pil; versions in pixels.txt)"""
import os
import sys

import PIL
from PIL import Image, features

folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "../tests/golden/pictures")
os.makedirs(folder, exist_ok=True)

rgb = Image.new("RGB", (3, 2))
rgb.putdata([(255, 0, 0), (0, 255, 0), (0, 0, 255), (10, 20, 30), (40, 50, 60), (255, 255, 255)])
rgb.save(os.path.join(folder, "rgb.png"))
grey = Image.new("L", (5, 1))
grey.putdata([0, 1, 127, 254, 255])
grey.save(os.path.join(folder, "grey.png"))
rgb.quantize(6).save(os.path.join(folder, "palette.png"))
deep = Image.new("I;16", (3, 1))
deep.putdata([0, 128 * 257, 65535])
deep.save(os.path.join(folder, "deep.png"))
clear = Image.new("RGBA", (2, 1))
clear.putdata([(200, 100, 50, 255), (9, 9, 9, 0)])
clear.save(os.path.join(folder, "clear.png"))
ramp = Image.new("RGB", (16, 8))
ramp.putdata([(16 * x, 8 * x, 255 - 16 * x) for _ in range(8) for x in range(16)])
ramp.save(os.path.join(folder, "ramp.jpg"), quality=95, subsampling=0)
ramp.convert("L").save(os.path.join(folder, "grey.jpg"), quality=95)
ramp.save(os.path.join(folder, "progressive.jpg"), quality=95, subsampling=0, progressive=True)

with open(os.path.join(folder, "pixels.txt"), "w") as out:
    out.write(f"# Pillow {PIL.__version__}, libjpeg-turbo {features.version('libjpeg_turbo')}, zlib {features.version('zlib')}\n")
    out.write("# file width height, then R G B of each pixel, row by row\n")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".txt"):
            continue
        picture = Image.open(os.path.join(folder, name))
        if picture.mode == "I":  # 16 bits
            picture = Image.merge("RGB", [picture.point(lambda v: v / 257).convert("L")] * 3)
        if picture.mode == "RGBA":
            white = Image.new("RGBA", picture.size, "white")
            picture = Image.alpha_composite(white, picture)
        picture = picture.convert("RGB")
        out.write(f"{name} {picture.width} {picture.height}")
        for pixel in picture.getdata():
            out.write(" %d %d %d" % pixel)
        out.write("\n")
