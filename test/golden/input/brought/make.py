"""Writes images of kinds that people bring, drawn here, and what Pillow makes of them.

Photos that are stored turned (EXIF), bitmaps of every depth, and CMYK with and without a profile. Run in this
folder: python make.py (needs numpy and Pillow). The files are committed; test/input/brought.test.ts expects the
pixels of expected.json: turned photos and bitmaps bit for bit (their sha256), CMYK within a tolerance. Runs of
bitmaps are held against what was drawn: Pillow 11 reads places that are passed over, and odd counts of half bytes,
otherwise than the format says.
"""
import hashlib
import io
import json
import struct
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = Path(__file__).parent
SIZES = [(18, 18), (5, 31), (64, 47)]


def drawn(height, width):
    y, x = np.mgrid[0:height, 0:width]
    channels = [(x * 7 + y * 3) % 256, (x * y // 5) % 256, (y * 11 + x) % 256]
    return np.stack(channels, -1).astype(np.uint8)


pixels = drawn(29, 41)
rgb = Image.fromarray(pixels)


def exif(turn):
    block = Image.Exif()
    block[0x112] = turn
    return block


def write_turned():
    for turn in range(1, 9):
        rgb.save(HERE / f'turned-{turn}.jpg', exif=exif(turn), quality=85)
    # Big-endian, as cameras write it, behind a block of XMP; and a value that means nothing.
    for name, turn in (('turned-big-endian.jpg', 8), ('turned-9.jpg', 9)):
        entry = struct.pack('>HHIHH', 0x112, 3, 1, turn, 0)
        block = b'Exif\0\0' + b'MM\0*' + struct.pack('>IH', 8, 1) + entry + bytes(4)
        xmp = b'http://ns.adobe.com/xap/1.0/\0<x/>'
        plain = io.BytesIO()
        rgb.save(plain, 'JPEG')
        segments = b''.join(b'\xff\xe1' + struct.pack('>H', len(s) + 2) + s for s in (xmp, block))
        (HERE / name).write_bytes(plain.getvalue()[:2] + segments + plain.getvalue()[2:])
    rgb.save(HERE / 'turned-6-progressive.jpg', exif=exif(6), progressive=True)
    rgb.convert('L').save(HERE / 'turned-7-grey.jpg', exif=exif(7))
    rgb.save(HERE / 'turned-6.png', exif=exif(6))
    rgb.save(HERE / 'turned-5.webp', exif=exif(5), lossless=True)
    rgb.save(HERE / 'turned-8.tiff', exif=exif(8))


def bitmap(name, depth, rows, width, palette=b'', masks=b'', compression=0, top_down=False):
    """A bitmap of rows that are packed already, from the top."""
    padded = [row + bytes(-len(row) % 4) for row in rows] if compression in (0, 3) else rows
    data = b''.join(padded if top_down else padded[::-1])
    height = -len(rows) if top_down else len(rows)
    offset = 14 + 40 + len(masks) + len(palette)
    head = struct.pack('<2sIHHI', b'BM', offset + len(data), 0, 0, offset)
    info = (40, width, height, 1, depth, compression, len(data), 2835, 2835, len(palette) // 4, 0)
    (HERE / name).write_bytes(head + struct.pack('<IiiHHIIiiII', *info) + masks + palette + data)


def rle8(row, last):
    """Runs, then four bytes as they are, then runs."""
    out = b''
    for at in range(0, 20, 4):
        out += bytes([4, row[at]])
    out += bytes([0, 5]) + bytes(row[20:25]) + b'\0'
    out += bytes([0, 2, 3, 0])
    for value in row[28:]:
        out += bytes([1, value])
    return out + (b'\0\1' if last else b'\0\0')


def rle4(row, last):
    out = b''
    for at in range(0, 20, 4):
        out += bytes([4, row[at] << 4 | row[at + 1]])
    nibbles = list(row[20:25]) + [0]
    packed = bytes(a << 4 | b for a, b in zip(nibbles[::2], nibbles[1::2]))
    out += bytes([0, 5]) + packed + bytes(len(packed) % 2)
    for value in row[25:]:
        out += bytes([1, value << 4])
    return out + (b'\0\1' if last else b'\0\0')


def write_bitmaps():
    height, width = pixels.shape[:2]
    rgb.save(HERE / 'rgb-24.bmp')
    rgb.convert('L').save(HERE / 'grey-8.bmp')
    rgb.convert('P').save(HERE / 'palette-8.bmp')
    Image.fromarray(pixels[..., 0] > 100).save(HERE / 'black-white-1.bmp')
    Image.fromarray(np.concatenate([pixels, pixels[..., :1]], -1)).save(HERE / 'alpha-32.bmp')
    bitmap('top-down-24.bmp', 24, [row[:, ::-1].tobytes() for row in pixels], width, top_down=True)
    colours = b''.join(bytes([i * 16, 255 - i * 9, i * i, 0]) for i in range(16))
    fours = pixels[..., 1] >> 4
    packed = [
        bytes(a << 4 | b for a, b in zip(list(row[::2]), list(row[1::2]) + [0])) for row in fours.tolist()
    ]
    bitmap('palette-4.bmp', 4, packed, width, palette=colours)
    bitmap('rle-4.bmp', 4, [rle4(r, i == 0) for i, r in enumerate(fours.tolist())], width, colours, compression=2)
    eights = pixels[..., 2]
    many = b''.join(bytes([i, 255 - i, i * 7 % 256, 0]) for i in range(256))
    bitmap('rle-8.bmp', 8, [rle8(r, i == 0) for i, r in enumerate(eights.tolist())], width, many, compression=1)
    runs = {'rle-4.bmp': (unpacked(fours, 4), colours), 'rle-8.bmp': (unpacked(eights, 2, skipped=slice(25, 28)), many)}
    wide = pixels.astype(np.uint32)
    fives = (wide[..., 0] >> 3 << 10 | wide[..., 1] >> 3 << 5 | wide[..., 2] >> 3).astype('<u2')
    bitmap('rgb-555.bmp', 16, [row.tobytes() for row in fives], width)
    sixes = (wide[..., 0] >> 3 << 11 | wide[..., 1] >> 2 << 5 | wide[..., 2] >> 3).astype('<u2')
    masks = struct.pack('<III', 0xF800, 0x07E0, 0x001F)
    bitmap('rgb-565.bmp', 16, [row.tobytes() for row in sixes], width, masks=masks, compression=3)
    fours32 = (wide[..., 0] << 24 | wide[..., 1] << 16 | wide[..., 2] << 8).astype('<u4')
    masks = struct.pack('<III', 0xFF000000, 0xFF0000, 0xFF00)
    bitmap('masks-32.bmp', 32, [row.tobytes() for row in fours32], width, masks=masks, compression=3)
    # OS/2's header of 12 bytes, with a palette of three bytes a colour.
    small = b''.join(bytes([i, 255 - i, i * 7 % 256]) for i in range(256))
    rows = b''.join(bytes(row) + bytes(-width % 4) for row in eights[::-1].tolist())
    head = struct.pack('<2sIHHIIHHHH', b'BM', 26 + 768 + len(rows), 0, 0, 26 + 768, 12, width, height, 1, 8)
    (HERE / 'os2-8.bmp').write_bytes(head + small + rows)
    return {name: coloured(*run) for name, run in runs.items()}


def unpacked(places, halves, skipped=slice(0, 0)):
    """What rle8 and rle4 wrote: runs of four of the first place, or of the first two in turn."""
    places = places.copy()
    for at in range(0, 20, 4):
        pair = places[:, at : at + 2] if halves == 4 else places[:, [at, at]]
        places[:, at : at + 4] = np.concatenate([pair, pair], 1)
    places[:, skipped] = 0
    return places


def coloured(places, palette):
    table = np.frombuffer(palette, np.uint8).reshape(-1, 4)[:, 2::-1]
    return Image.fromarray(table[places])


def profile():
    """CMYK to Lab by a table of two points an ink: colours that no default profile gives."""
    inks = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    table = b''
    for c, m, y, k in inks:
        light = 255 - 60 * c - 90 * m - 30 * y
        table += bytes([int(light * (1 - 0.85 * k)), 128 + int((40 * m - 30 * c) * (1 - k)), 128 + int((50 * y - 40 * c) * (1 - k))])
    ramp = bytes(range(256))
    identity = struct.pack('>9i', 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    lut = b'mft1' + bytes(4) + bytes([4, 3, 2, 0]) + identity + ramp * 4 + table + ramp * 3
    lut += bytes(-len(lut) % 4)
    text = b'drawn here'
    desc = b'desc' + bytes(4) + struct.pack('>I', len(text) + 1) + text + b'\0' + bytes(78)
    desc += bytes(-len(desc) % 4)
    white = b'XYZ ' + bytes(4) + struct.pack('>3i', 63190, 65536, 54061)
    tags = [(b'desc', desc), (b'wtpt', white), (b'A2B0', lut)]
    at = 128 + 4 + 12 * len(tags)
    directory, data = struct.pack('>I', len(tags)), b''
    for name, value in tags:
        directory += name + struct.pack('>II', at + len(data), len(value))
        data += value
    head = struct.pack('>I4sI4s4s4s', at + len(data), bytes(4), 0x02200000, b'prtr', b'CMYK', b'Lab ')
    head += struct.pack('>6H4s', 2026, 1, 1, 0, 0, 0, b'acsp') + bytes(28)
    head += struct.pack('>3i', 63190, 65536, 54061) + bytes(48)
    return head + directory + data


def write_cmyk():
    height, width = 24, 32
    y, x = np.mgrid[0:height, 0:width]
    inks = np.stack([x * 8 % 256, y * 10 % 256, (x + y) * 4 % 256, (x // 8) * 30], -1).astype(np.uint8)
    image = Image.fromarray(inks, 'CMYK')
    bytes_ = profile()
    image.save(HERE / 'cmyk-profile.jpg', quality=95, subsampling=0, icc_profile=bytes_)
    image.save(HERE / 'cmyk-plain.jpg', quality=95, subsampling=0)
    image.save(HERE / 'cmyk-profile.tiff', icc_profile=bytes_)
    found = {}
    for name in ('cmyk-profile.jpg', 'cmyk-profile.tiff'):
        made = ImageCms.profileToProfile(
            Image.open(HERE / name), io.BytesIO(bytes_), ImageCms.createProfile('sRGB'), outputMode='RGB'
        )
        found[name] = np.asarray(made.resize((16, 12), Image.NEAREST)).reshape(-1).tolist()
    return found


def hashed(names, load):
    found = {}
    for name in names:
        for height, width in SIZES:
            image = load(Image.open(HERE / name)).convert('RGB')
            data = np.asarray(image.resize((width, height), Image.NEAREST)).tobytes()
            found[f'{name} {height}x{width}'] = hashlib.sha256(data).hexdigest()
    return found


write_turned()
runs = write_bitmaps()
cmyk = write_cmyk()
turned = sorted(path.name for path in HERE.glob('turned-*'))
bitmaps = sorted(path.name for path in HERE.glob('*.bmp'))
expected = {
    'upright': hashed(turned, ImageOps.exif_transpose),
    # Pillow turns a TIFF whenever it reads one.
    'stored': hashed([name for name in turned if not name.endswith('.tiff')], lambda image: image),
    'bitmaps': hashed(bitmaps, lambda image: runs.get(Path(image.filename).name, image)),
    'cmyk': cmyk,
}
(HERE / 'expected.json').write_text(json.dumps(expected, indent=0).replace(',\n', ',') + '\n')
