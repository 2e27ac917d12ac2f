"""Makes packed.json: the same 160 kB in forms of snappy, lz4 and zstd that Kafka's own client does not
write and others do. pip install lz4==4.4.5 zstandard==0.25.0 cramjam==2.14.0
python test/golden/kafka/packed.py > test/golden/kafka/packed.json"""
import base64
import json

import cramjam
import lz4.frame
import zstandard

DATA = "".join(f"reading {i * i % 61} of the sensor; " for i in range(8000)).encode()[:160_000]


def lz4_frame(**options):
    return lz4.frame.compress(DATA, **options)


FORMS = {
    "snappy raw": (2, bytes(cramjam.snappy.compress_raw(DATA))),
    "lz4 linked blocks": (3, lz4_frame(block_linked=True, block_size=lz4.frame.BLOCKSIZE_MAX64KB)),
    "lz4 with size and checksums": (
        3,
        lz4_frame(block_linked=False, content_checksum=True, block_checksum=True, store_size=True),
    ),
    "lz4 in blocks of 4 MB": (3, lz4_frame(block_size=lz4.frame.BLOCKSIZE_MAX4MB)),
    "zstd with size": (4, zstandard.ZstdCompressor(level=3).compress(DATA)),
    "zstd level 19 with checksum, without size": (
        4,
        zstandard.ZstdCompressor(level=19, write_checksum=True, write_content_size=False).compress(DATA),
    ),
}
print(
    json.dumps(
        [
            {"form": form, "codec": codec, "packed": base64.b64encode(packed).decode()}
            for form, (codec, packed) in FORMS.items()
        ],
        indent=1,
    )
)
