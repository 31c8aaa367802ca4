"""Builds WAV files, valid and invalid ones, as bytes."""

from __future__ import annotations

import struct


def chunk(name: bytes, body: bytes, size: int | None = None) -> bytes:
    padding = b"\0" * (len(body) % 2)
    return name + struct.pack("<I", len(body) if size is None else size) + body + padding


def fmt(encoding: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    frame = channels * bits // 8
    return struct.pack("<HHIIHH", encoding, channels, rate, rate * frame, frame, bits)


def extensible(encoding: int = 1, **kinds: int) -> bytes:
    guid = struct.pack("<H", encoding) + b"\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71"
    return fmt(0xFFFE, **kinds) + struct.pack("<HHI", 22, kinds.get("bits", 16), 4) + guid


def riff(*chunks: bytes, magic: bytes = b"RIFF", size: int | None = None) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return magic + struct.pack("<I", len(body) if size is None else size) + body


def wav(samples: bytes = bytes(320), size: int | None = None) -> bytes:
    return riff(chunk(b"fmt ", fmt()), chunk(b"data", samples, size))
