"""Writes the golden files of the wire, from docs/wire-format.md alone and not by ddnn's own code.

Run in this folder: python make.py. The files are committed; test/wire/golden.test.ts reads and writes
each of them byte for byte. Original messages (original-*.json) are what Python's json.dumps writes of
numpy's tolist(), as the original does; numpy is needed for those.
"""
import json
import struct
from pathlib import Path

import numpy as np

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
save('request-jpeg.bin', request({}, 'uint8', [180, 180, 3], 'jpeg', b'\xff\xd8\xff\xe0not really'))

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
