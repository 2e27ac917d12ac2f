"""Writes the golden files of the wire, from docs/wire-format.md alone and not by ddnn's own code.

Run in this folder: python make.py. The files are committed; test/serving/wire/golden.test.ts reads and writes
each of them byte for byte. Original messages (original-*.json) are what Python's json.dumps writes of
numpy's tolist(), as the original does; numpy is needed for those, and zstandard for features packed by zstd.
"""
import base64
import json
import struct
import zlib
from pathlib import Path

import numpy as np
import zstandard

HERE = Path(__file__).parent


def frame(kind, header, tensor=b''):
    text = json.dumps(header, separators=(',', ':'), ensure_ascii=False).encode()
    return b'DDNN' + struct.pack('<BBHI', 1, kind, 0, len(text)) + text + tensor


def request(header, dtype, shape, codec, tensor):
    spec = {'name': 'input', 'dtype': dtype, 'shape': shape, 'codec': codec, 'bytes': len(tensor)}
    return frame(1, {**header, 'tensors': [spec]}, tensor)


def save(name, data):
    (HERE / name).write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())


special = [0.0, -0.0, 0.1, -1.5, 1e-45, 3.4028234663852886e38,
           -3.4028234663852886e38, 1.0]
save('request-float32.bin', request({'family': '6f1c', 'labels': '9b2e0123456789ab'}, 'float32',
                                    [2, 2, 2], 'raw', struct.pack('<8f', *special)))
save('request-uint8.bin', request({'labels': '9b2e0123456789ab'}, 'uint8', [2, 2, 3], 'raw',
                                  bytes(range(0, 240, 20))))
logs = base64.b64encode(struct.pack('<2f', -0.25, -1.5)).decode()
save('request-memory.bin', request({'family': '6f1c', 'labels': '9b2e0123456789ab',
                                    'memory': [logs, None, logs]},
                                   'float32', [2], 'raw', struct.pack('<2f', 0.5, -2.0)))
save('request-jpeg.bin', request({}, 'uint8', [180, 180, 3], 'jpeg', b'\xff\xd8\xff\xe0not really'))



def codes(groups, bits):
    """Scales as upper halves of float32, zero points, then codes, the first in the lowest bits."""
    scales = b''.join(struct.pack('<f', scale)[2:] for scale, _, _ in groups)
    zeros = bytes(zero for _, zero, _ in groups)
    packed = sum(code << (i * bits) for i, code in enumerate(c for _, _, own in groups for c in own))
    count = sum(len(own) for _, _, own in groups)
    return scales + zeros + packed.to_bytes((count * bits + 7) // 8, 'little')


def values(groups):
    """Channel by channel, as float32 [4, 4, 3]."""
    flat = [np.float32(scale) * np.float32(code - zero) for scale, zero, own in groups for code in own]
    return np.array(flat, np.float32).reshape(3, 16).T.reshape(4, 4, 3)


def features(name, codec, shown, tensor):
    """The frame, and beside it the float32 values, row-major, that it stands for."""
    header = {'family': '6f1c', 'labels': '9b2e0123456789ab'}
    save(f'features-{name}.bin', request(header, 'float32', [4, 4, 3], codec, tensor))
    save(f'features-{name}.f32', shown.astype('<f4').tobytes())


def deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


for bits in (8, 4, 2):
    most = 2 ** bits - 1
    one = [(0.03125, 1, [0, most] + [(i // 5 + 1) % (most + 1) for i in range(46)])]
    features(f'int{bits}', f'int{bits}', values(one), codes(one, bits))
    each = [(0.5, 0, [0] * 15 + [most]),
            (0.0078125, most, [most] * 14 + [0, most - 1]),
            (1.0, 0, [0] * 16)]
    features(f'int{bits}-channel', f'int{bits}-channel', values(each), codes(each, bits))
    features(f'int{bits}-deflate', f'int{bits}+deflate', values(one), deflate(codes(one, bits)))
    features(f'int{bits}-channel-zstd', f'int{bits}-channel+zstd', values(each),
             zstandard.ZstdCompressor().compress(codes(each, bits)))
ramp = np.array([0, -0.0, 1, -1.5, 65504, 2 ** -24] * 8, np.float32).reshape(3, 16).T.reshape(4, 4, 3)
by_channel = np.moveaxis(ramp, -1, 0)
features('float16', 'float16', ramp, by_channel.astype('<f2').tobytes())
features('float16-deflate', 'float16+deflate', ramp, deflate(by_channel.astype('<f2').tobytes()))
features('float32-deflate', 'float32+deflate', ramp, deflate(by_channel.astype('<f4').tobytes()))
features('float32-zstd', 'float32+zstd', ramp,
         zstandard.ZstdCompressor().compress(by_channel.astype('<f4').tobytes()))
for form, first in (('webp', b'RIFF'), ('avif', b'\0\0\0 ftypavif')):
    save(f'request-{form}.bin', request({}, 'uint8', [180, 180, 3], form, first + b'not really'))

edge = {'exit': 0, 'logits': [1.5, -0.25], 'prediction': 0, 'confidence': 0.8519528019683106}
save('reply-exit.bin', frame(2, {'tier': 'local_edge', 'result': edge, 'computeMs': 4.5,
                                 'totalMs': 5.25, 'fallback': False, 'labels': '9b2e0123456789ab'}))
cloud = {'exit': 2, 'isLast': True, 'logits': ['NaN', '-Infinity', '-0'], 'prediction': 2,
         'confidence': 'NaN'}
save('reply-nested.bin', frame(2, {
    'tier': 'edge', 'result': edge, 'computeMs': 4, 'totalMs': 60.5, 'fallback': False,
    'next': {'tier': 'fög', 'computeMs': 0, 'totalMs': 30, 'fallback': False,
             'next': {'tier': 'cloud', 'result': cloud, 'computeMs': 20, 'totalMs': 21,
                      'fallback': False}}}))
save('reply-fallback.bin', frame(2, {'tier': 'edge', 'result': edge, 'computeMs': 4,
                                     'totalMs': 2000, 'fallback': True}))
save('reply-error.bin', frame(2, {
    'tier': 'edge', 'computeMs': 0, 'totalMs': 0.5, 'fallback': False,
    'problem': {'code': 'DDNN_FRAME_SHAPE', 'message': 'Expected 180x180x3, got 32x32x3'}}))

pixels = (np.arange(12, dtype=np.float32) * 20 / 255).astype(np.float32).reshape(1, 2, 2, 3)
save('original-request.json', pixels.tolist())
logits = np.array([[1.5, -0.25]], dtype=np.float32)
early = {'result': logits.tolist(), 'device': 'edge', 'execution-time': 0.0045, 'total-time': 0.00525}
save('original-reply-early.json', early)
last = {'result': logits[0].tolist(), 'device': 'cloud', 'execution-time': 0.02, 'total-time': 0.021}
save('original-reply-last.json', last)
save('original-reply-offloaded.json', {'result': pixels.tolist(), 'device': 'edge',
                                       'execution-time': 0.004, 'total-time': 0.06, 'next': last})
