"""What can be wrong with any file: how it is damaged, and what must come of it."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import random
import zipfile
from collections.abc import Callable
from typing import Final

import pyarrow as pa

# Larger than what the tests allow a file to unpack to, smaller than what would take time.
BOMB: Final = b"0\t" * (1 << 20)
BZIP2_BOMB: Final = bz2.compress(BOMB, 1)


def zipped(data: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("table.csv"), data)
    return held.getvalue()


def noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)  # noqa: S311


def in_the_middle(what: bytes) -> Callable[[bytes], bytes]:
    def damaged(data: bytes) -> bytes:
        at = len(data) // 2
        return data[:at] + what + data[at:]

    return damaged


def flipped(data: bytes) -> bytes:
    held = bytearray(gzip.compress(data, mtime=0))
    held[len(held) // 2] ^= 0xFF
    return bytes(held)


# Nothing of these may be loaded.
REFUSED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "empty": lambda _: b"",
    "blank": lambda _: b" \n\t\n\n",
    "bom-only": lambda _: b"\xef\xbb\xbf",
    "nul": in_the_middle(b"\0"),
    "nuls": lambda data: data + b"\0" * 4096,
    "not-utf8": in_the_middle(b"\xff\xfe\xfa"),
    "surrogate": in_the_middle(b"\xed\xa0\x80"),
    "utf16": lambda data: data.decode().encode("utf-16"),
    "utf16-without-mark": lambda data: data.decode().encode("utf-16-be"),
    "utf32": lambda data: data.decode().encode("utf-32"),
    "ebcdic": lambda data: data.decode("ascii", "replace").encode("cp500", "replace"),
    "noise": lambda _: noise(5000, 1),
    "elf": lambda _: b"\x7fELF\x02\x01\x01\0" + noise(500, 2),
    "png": lambda _: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + noise(500, 3),
    "pdf": lambda _: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\n",
    "xls": lambda _: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + noise(500, 4),
    "zip": zipped,
    "hdf5-magic": lambda _: b"\x89HDF\r\n\x1a\n" + noise(500, 5),
    "parquet-magic": lambda _: b"PAR1" + noise(500, 6) + b"PAR1",
    "html-page": lambda _: b"<!DOCTYPE html>\n<html><body>503 Service Unavailable</body></html>\n",
    "error-page": lambda _: b'{"error": "not found"}\n',
    "git-pointer": lambda _: (
        b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"
    ),
}
# Compression that is cut, damaged or hostile; nothing of it may be loaded.
REFUSED_PACKED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip-cut": lambda data: gzip.compress(data, mtime=0)[:-9],
    "gzip-damaged": flipped,
    "gzip-head-only": lambda _: b"\x1f\x8b\x08\0",
    "gzip-twice": lambda data: gzip.compress(gzip.compress(data, mtime=0), mtime=0),
    "gzip-bomb": lambda _: gzip.compress(BOMB, mtime=0),
    "gzip-bomb-behind-sound-data": lambda data: gzip.compress(data + BOMB, mtime=0),
    "bzip2-bomb": lambda _: BZIP2_BOMB,
    "bzip2-cut": lambda data: bz2.compress(data)[:-9],
    "xz-bomb": lambda _: lzma.compress(BOMB),
    "xz-cut": lambda data: lzma.compress(data)[:-9],
    "zstd-bomb": lambda _: pa.compress(BOMB, "zstd", asbytes=True),
    "zstd-cut": lambda data: pa.compress(data, "zstd", asbytes=True)[:-4],
}
# Refused, or exactly what a plain reading of the same text gives.
EITHER: Final[dict[str, Callable[[bytes], bytes]]] = {
    "cut-at-a-tenth": lambda data: data[: len(data) // 10],
    "cut-in-the-middle": lambda data: data[: len(data) // 2],
    "cut-near-the-end": lambda data: data[: len(data) * 97 // 100],
    "without-the-last-byte": lambda data: data[:-1],
    "twice": lambda data: data + data,
    "bom-twice": lambda data: b"\xef\xbb\xbf" * 2 + data,
    "quote-not-closed": in_the_middle(b'"'),
    "lines-reversed": lambda data: b"\n".join(reversed(data.split(b"\n"))),
    "enormous-first-field": lambda data: b"x" * 300_000 + data,
    "fifty-thousand-columns": lambda data: data.replace(
        b"\n", b"".join(b",c%d" % i for i in range(50_000)) + b"\n", 1
    ),
    "control-characters": in_the_middle(b"\x01\x07\x1b[31m"),
    "right-to-left": in_the_middle("\u202egpj.exe\u202c".encode()),
    "formula": in_the_middle(b"=cmd|' /C calc'!A0"),
}
# Another writing of the same: the values are those of the sound file.
SAME: Final[dict[str, Callable[[bytes], bytes]]] = {
    "as-it-is": lambda data: data,
    "bom": lambda data: b"\xef\xbb\xbf" + data,
    "crlf": lambda data: data.replace(b"\n", b"\r\n"),
}
SAME_PACKED: Final[dict[str, Callable[[bytes], bytes]]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: pa.compress(data, "zstd", asbytes=True),
}
