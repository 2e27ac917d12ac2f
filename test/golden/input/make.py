"""Writes the golden images and the pixels that the original makes of them.

The original loads images by Keras' load_img(path, target_size=(height, width)): Pillow, converted to
RGB, resized by nearest neighbour. Run in this folder: python make.py (needs numpy and Pillow). The
files are committed; test/input/decode.test.ts expects the very same pixels (their sha256).
"""
import hashlib
import json
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
SIZES = [(18, 18), (5, 31), (64, 47)]


def drawn(height, width):
    y, x = np.mgrid[0:height, 0:width]
    channels = [(x * 7 + y * 3) % 256, (x * y // 5) % 256, (y * 11 + x) % 256]
    return np.stack(channels, -1).astype(np.uint8)


pixels = drawn(37, 53)
rgb = Image.fromarray(pixels)
alpha = Image.fromarray(np.concatenate([pixels, pixels[..., :1]], -1), 'RGBA')
orientation = Image.Exif()
orientation[0x112] = 6

images = {
    'photo.jpg': dict(image=rgb, quality=90),
    'subsampled.jpg': dict(image=rgb, quality=75, subsampling=2),
    'progressive.jpg': dict(image=rgb, progressive=True),
    'rotated-by-exif.jpg': dict(image=rgb, exif=orientation),
    'grey.jpg': dict(image=rgb.convert('L')),
    'rgb.png': dict(image=rgb),
    'grey.png': dict(image=rgb.convert('L')),
    'grey-alpha.png': dict(image=rgb.convert('LA')),
    'alpha.png': dict(image=alpha),
    'palette.png': dict(image=rgb.convert('P')),
    'black-white.png': dict(image=Image.fromarray(pixels[..., 0] > 100)),
    'palette.gif': dict(image=rgb.convert('P')),
    'lossless.webp': dict(image=rgb, lossless=True),
    'plain.tiff': dict(image=rgb),
    # 200 columns to 64: positions that rounding decides.
    'wide.png': dict(image=Image.fromarray(drawn(3, 200))),
}

expected = {}
for name, options in images.items():
    image = options.pop('image')
    image.save(HERE / name, **options)
    for height, width in SIZES:
        loaded = Image.open(HERE / name)
        loaded = loaded if loaded.mode == 'RGB' else loaded.convert('RGB')
        if loaded.size != (width, height):
            loaded = loaded.resize((width, height), Image.NEAREST)
        expected[f'{name} {height}x{width}'] = hashlib.sha256(np.asarray(loaded).tobytes()).hexdigest()
(HERE / 'expected.json').write_text(json.dumps(expected, indent=0))
