"""Pictures of the products, drawn: flat shapes on a light ground, so that none has to be stored or licensed.

Coordinates are those of a square of 100 × 100; drawn four times too large and shrunk, which smooths the edges."""

import io

from PIL import Image, ImageDraw

SIDE, FINER = 512, 4
COLORS = {
    "Navy": "#27406b", "Red": "#b5352c", "Moss": "#5d6b3a", "Sand": "#c9ac7c", "Fir": "#2f5d4a", "Slate": "#566470",
    "White": "#e9ecea", "Blue": "#3f79a8",
}  # fmt: skip
# One color for each kind of product that comes in no colors.
KINDS = {
    "Jackets": "#27406b", "Shirts": "#4d7c8a", "Boots": "#7a5134", "Hats": "#5d6b3a", "Gloves": "#3b4148",
    "Socks": "#8c4a5a", "Backpacks": "#2f5d4a", "Tents": "#d27c2c", "Sleeping bags": "#35508a", "Mats": "#4f8f7b",
    "Stoves": "#9aa3a8", "Mugs": "#3f79a8", "Bottles": "#3d8a86", "Lamps": "#d8a02c", "Poles": "#4a5560",
    "Ropes": "#c2463d", "Compasses": "#b08a3e", "Knives": "#8a3f33", "Towels": "#5b86b8", "Stickers": "#4b6fb0",
    "Sets": "#c07a3a", "Hammocks": "#5f8a4e",
}  # fmt: skip
# What is drawn, from back to front: (shape, shade, numbers, width of a line). Shades: main, dark, pale, white.
SHAPES = {
    "Jackets": [
        ("polygon", "dark", (30, 26, 14, 64, 26, 68, 38, 40)),
        ("polygon", "dark", (70, 26, 86, 64, 74, 68, 62, 40)),
        ("polygon", "main", (34, 22, 66, 22, 74, 34, 71, 84, 29, 84, 26, 34)),
        ("ellipse", "dark", (38, 13, 62, 34)),
        ("ellipse", "pale", (43, 18, 57, 32)),
        ("line", "white", (50, 32, 50, 84), 1.6),
        ("line", "dark", (34, 62, 44, 58), 1.6),
        ("line", "dark", (66, 62, 56, 58), 1.6),
    ],
    "Shirts": [
        ("polygon", "main", (34, 22, 66, 22, 90, 38, 80, 52, 70, 46, 70, 84, 30, 84, 30, 46, 20, 52, 10, 38)),
        ("ellipse", "dark", (40, 14, 60, 32)),
        ("ellipse", "ground", (42, 12, 58, 28)),
    ],
    "Boots": [
        ("polygon", "main", (30, 16, 58, 16, 58, 50, 84, 60, 88, 76, 30, 76)),
        ("rectangle", "dark", (27, 76, 89, 85)),
        ("rectangle", "dark", (28, 13, 60, 21)),
        *(("line", "pale", (44, y, 60, y + 3), 2) for y in (30, 38, 46)),
        ("polygon", "dark", (74, 56, 84, 60, 88, 76, 72, 76)),
    ],
    "Hats": [
        ("pieslice", "main", (22, 22, 78, 98, 180, 360)),
        ("rectangle", "dark", (20, 58, 80, 74)),
        ("ellipse", "pale", (42, 12, 58, 28)),
        *(("line", "main", (x, 60, x, 72), 1) for x in range(26, 80, 6)),
    ],
    "Gloves": [
        *(("line", "main", (x, 52, x, y), 9) for x, y in ((33, 30), (43, 22), (53, 22), (63, 28))),
        *(("ellipse", "main", (x - 4.5, y - 4.5, x + 4.5, y + 4.5)) for x, y in ((33, 30), (43, 22), (53, 22), (63, 28))),
        ("polygon", "main", (28, 46, 68, 46, 66, 74, 32, 74)),
        ("line", "main", (66, 66, 80, 48), 10),
        ("ellipse", "main", (75, 43, 85, 53)),
        ("rectangle", "dark", (31, 72, 67, 86)),
    ],
    "Socks": [
        ("polygon", "main", (34, 14, 56, 14, 56, 52, 82, 68, 82, 80, 74, 86, 60, 84, 34, 68)),
        ("rectangle", "dark", (33, 12, 57, 22)),
        ("polygon", "pale", (34, 58, 46, 50, 48, 60, 40, 70, 34, 68)),
        ("polygon", "pale", (72, 62, 82, 68, 82, 80, 74, 86, 68, 85)),
    ],
    "Backpacks": [
        ("ellipse", "dark", (38, 8, 62, 30)),
        ("ellipse", "ground", (43, 13, 57, 30)),
        ("rounded", "main", (26, 20, 74, 88), 12),
        ("rounded", "dark", (24, 22, 76, 44), 10),
        ("rounded", "pale", (34, 56, 66, 80), 5),
        ("line", "dark", (34, 63, 66, 63), 1.6),
        ("rectangle", "white", (46, 40, 54, 48)),
    ],
    "Tents": [
        ("polygon", "dark", (50, 22, 94, 78, 62, 78)),
        ("polygon", "main", (50, 22, 6, 78, 70, 78)),
        ("polygon", "shadow", (50, 22, 30, 78, 52, 78)),
        ("polygon", "pale", (50, 22, 24, 78, 31, 78)),
        ("line", "shadow", (50, 22, 50, 14), 1.6),
        ("line", "shadow", (2, 79, 98, 79), 1.6),
    ],
    "Sleeping bags": [
        ("rounded", "main", (32, 8, 68, 92), 17),
        ("polygon", "main", (30, 24, 70, 24, 64, 92, 36, 92)),
        ("ellipse", "dark", (38, 12, 62, 36)),
        ("ellipse", "pale", (42, 17, 58, 33)),
        *(("line", "dark", (33, y, 67, y), 1.2) for y in range(44, 90, 11)),
        ("line", "white", (60, 36, 57, 86), 1.4),
    ],
    "Mats": [
        ("polygon", "main", (24, 60, 78, 60, 92, 84, 38, 84)),
        ("rounded", "main", (14, 40, 40, 86), 12),
        ("ellipse", "dark", (14, 58, 42, 86)),
        ("ellipse", "pale", (19, 63, 37, 81)),
        ("ellipse", "dark", (24, 68, 32, 76)),
        *(("line", "pale", (x, 62, x + 13, 82), 1.4) for x in (48, 58, 68)),
    ],
    "Stoves": [
        ("rounded", "dark", (30, 58, 70, 90), 6),
        ("rectangle", "red", (30, 66, 70, 80)),
        ("rectangle", "main", (46, 44, 54, 60)),
        ("polygon", "main", (34, 40, 66, 40, 60, 47, 40, 47)),
        *(("line", "main", (50, 44, x, 32), 2.4) for x in (24, 50, 76)),
        ("polygon", "flame", (42, 38, 46, 24, 50, 32, 54, 20, 58, 38)),
        ("line", "main", (54, 52, 76, 52), 2.4),
    ],
    "Mugs": [
        ("arc", "main", (56, 36, 84, 66, -90, 90), 6),
        ("rounded", "main", (22, 26, 68, 82), 8),
        ("ellipse", "dark", (22, 20, 68, 34)),
        ("ellipse", "shadow", (26, 22, 64, 32)),
        *(("ellipse", "pale", (x, y, x + 3, y + 2.4)) for x, y in ((30, 46), (44, 60), (56, 44), (36, 70), (58, 70))),
    ],
    "Bottles": [
        ("rounded", "main", (34, 30, 66, 92), 8),
        ("polygon", "main", (42, 22, 58, 22, 66, 40, 34, 40)),
        ("rounded", "dark", (40, 8, 60, 22), 3),
        ("rectangle", "pale", (34, 54, 66, 70)),
        ("line", "white", (40, 42, 40, 86), 1.8),
    ],
    "Lamps": [
        ("arc", "dark", (14, 26, 86, 80, 150, 390), 9),
        ("rounded", "main", (32, 50, 68, 80), 8),
        ("ellipse", "dark", (38, 53, 62, 77)),
        ("ellipse", "white", (42, 57, 58, 73)),
        *(("line", "flame", line, 2) for line in ((50, 84, 50, 94), (38, 83, 32, 92), (62, 83, 68, 92))),
    ],
    "Poles": [
        *(("line", "main", (x, 18, x + 20, 88), 3) for x in (24, 54)),
        *(("line", "dark", (x, 16, x + 4, 32), 7) for x in (23, 53)),
        *(("line", "pale", (x + 10, 53, x + 12, 60), 5) for x in (24, 54)),
        *(("line", "dark", (x + 11, 78, x + 25, 74), 3) for x in (24, 54)),
    ],
    "Ropes": [
        *(("arc", shade, (18 + i, 16 + i, 82 - i, 72 - i, 0, 360), 4) for i, shade in ((0, "main"), (5, "dark"),
          (10, "main"), (15, "dark"))),
        ("rounded", "main", (42, 60, 58, 76), 3),
        ("line", "dark", (42, 66, 58, 66), 2),
        ("line", "main", (50, 76, 38, 94), 4),
        ("line", "main", (50, 76, 62, 94), 4),
    ],
    "Compasses": [
        ("ellipse", "dark", (44, 6, 56, 18)),
        ("ellipse", "main", (14, 14, 86, 86)),
        ("ellipse", "white", (22, 22, 78, 78)),
        ("polygon", "red", (66, 30, 55, 55, 45, 45)),
        ("polygon", "shadow", (34, 70, 55, 55, 45, 45)),
        *(("line", "shadow", line, 1.6) for line in ((50, 24, 50, 30), (50, 70, 50, 76), (24, 50, 30, 50), (70, 50, 76, 50))),
    ],
    "Knives": [
        ("polygon", "steel", (46, 52, 88, 18, 92, 22, 88, 34, 56, 60)),
        ("line", "white", (56, 47, 86, 23), 1.2),
        ("line", "main", (18, 80, 50, 54), 15),
        ("ellipse", "main", (10, 73, 26, 89)),
        *(("ellipse", "pale", (x, y, x + 4, y + 4)) for x, y in ((22, 73), (32, 65), (42, 57))),
    ],
    "Towels": [
        ("rounded", "main", (20, 24, 80, 44), 9),
        ("rounded", "dark", (18, 42, 82, 62), 9),
        ("rounded", "main", (16, 60, 84, 82), 9),
        *(("line", "pale", (x, 62, x, 80), 2.4) for x in (66, 72)),
        *(("line", "pale", (x, 26, x, 42), 2.4) for x in (62, 68)),
    ],
    "Stickers": [
        ("ellipse", "white", (8, 10, 62, 64)),
        ("ellipse", "main", (12, 14, 58, 60)),
        ("polygon", "white", (35, 22, 50, 52, 20, 52)),
        ("rounded", "white", (48, 52, 94, 92), 8),
        ("rounded", "red", (51, 55, 91, 89), 6),
        ("line", "white", (58, 80, 66, 66, 72, 74, 78, 62, 86, 80), 3),
    ],
    "Sets": [
        ("rounded", "main", (10, 46, 90, 88), 6),
        ("rectangle", "dark", (10, 58, 90, 64)),
        *(("rounded", "white", (x, 26, x + 22, 50), 4) for x in (16, 62)),
        *(("ellipse", "shadow", (x, 23, x + 22, 31)) for x in (16, 62)),
        ("rounded", "steel", (42, 30, 58, 50), 3),
        ("polygon", "flame", (45, 29, 48, 15, 50, 23, 53, 12, 55, 29)),
        ("rectangle", "pale", (46, 54, 54, 70)),
    ],
    "Hammocks": [
        *(("line", "shadow", (x, 14, x, 92), 5) for x in (10, 90)),
        ("line", "shadow", (10, 28, 26, 42), 2),
        ("line", "shadow", (90, 28, 74, 42), 2),
        ("pieslice", "main", (20, 4, 80, 76, 8, 172)),
        *(("arc", "pale", (20 + i, 4 + i, 80 - i, 76 - i, 14, 166), 2) for i in (5, 12)),
        ("line", "dark", (22, 46, 78, 46), 3),
    ],
}  # fmt: skip
FIXED = {"white": "#fbfcfb", "shadow": "#2a2f33", "red": "#b5352c", "flame": "#e8a33a", "steel": "#b9c2c7"}
GROUND = "#eef1ee"


def _mixed(color, other, share):
    """`share` of the other color, the rest of the first. Both as #rrggbb."""
    parts = [(int(color[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def draw(kind, color=None) -> bytes:
    """A PNG of this kind of product (SHAPES), in one of COLORS or the kind's own. Below 20 kB."""
    main = COLORS.get(color, KINDS[kind])
    shades = {
        **FIXED,
        "main": main,
        "dark": _mixed(main, "#000000", 0.28),
        "pale": _mixed(main, "#ffffff", 0.55),
        "ground": GROUND,
    }
    size = SIDE * FINER
    scale = size / 100
    picture = Image.new("RGB", (size, size), GROUND)
    brush = ImageDraw.Draw(picture)
    brush.ellipse([scale * n for n in (14, 86, 86, 96)], fill=_mixed(GROUND, "#000000", 0.07))
    for shape, shade, numbers, *width in SHAPES[kind]:
        _stroke(brush, shape, shades[shade], numbers, width[0] if width else 0, scale)
    file = io.BytesIO()
    picture.resize((SIDE, SIDE), Image.LANCZOS).quantize(64).save(file, "PNG", optimize=True)
    return file.getvalue()


def _stroke(brush, shape, fill, numbers, width, scale):
    if shape in ("pieslice", "arc"):
        box, angles = [n * scale for n in numbers[:4]], numbers[4:]
        if shape == "arc":
            brush.arc(box, *angles, fill=fill, width=round(width * scale))
        else:
            brush.pieslice(box, *angles, fill=fill)
        return
    points = [n * scale for n in numbers]
    if shape == "line":
        brush.line(points, fill=fill, width=round(width * scale), joint="curve")
    elif shape == "rounded":
        brush.rounded_rectangle(points, radius=width * scale, fill=fill)
    else:
        getattr(brush, shape)(points, fill=fill)
