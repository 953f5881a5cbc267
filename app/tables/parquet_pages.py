"""What the pages of a Parquet file unpack to, by the headers that its reader goes by: the footer
may say less.

A PageHeader is written in Thrift's compact protocol:
https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from dataclasses import dataclass

_UNPACKED, _PACKED = 2, 3
"""The numbers of uncompressed_page_size and compressed_page_size."""
_MOST_PAGES = 100_000
_MOST_VALUES = 100
_LONGEST_NUMBER = 10
_DEEPEST = 8


def unpacked_bytes(content: bytes, start: int, length: int) -> int:
    """Of the pages of the column chunk that lies there.

    Raises ValueError or IndexError where there are none, or more than any file needs.
    """
    total, place = 0, start
    for _ in range(_MOST_PAGES):
        if place >= start + length:
            return total
        header = _Header(content, place)
        sizes = header.struct()
        unpacked, packed = sizes.get(_UNPACKED, -1), sizes.get(_PACKED, -1)
        if min(unpacked, packed) < 0:
            raise ValueError("a page has no size")
        total += unpacked
        place = header.place + packed
    raise ValueError(f"a column has more than {_MOST_PAGES} pages")


@dataclass(slots=True)
class _Header:
    """Reads on from `place`."""

    content: bytes
    place: int
    values_left: int = _MOST_VALUES

    def struct(self, depth: int = 0) -> dict[int, int]:
        """Its whole numbers, by the numbers of their fields."""
        if depth > _DEEPEST:
            raise ValueError("a page's header is too deep")
        numbers: dict[int, int] = {}
        number = 0
        while (byte := self._byte()) != 0:
            number = number + (byte >> 4) if byte >> 4 else self._number()
            kind = byte & 0x0F
            if kind in {4, 5, 6}:
                numbers[number] = self._number()
            elif kind not in {1, 2}:  # the truth of a field lies in its kind
                self._skip(kind, depth)
            self._count()
        return numbers

    def _skip(self, kind: int, depth: int) -> None:
        match kind:
            case 1 | 2 | 3:
                self.place += 1
            case 4 | 5 | 6:
                self._varint()
            case 7:
                self.place += 8
            case 8:
                length = self._varint()
                self.place += length
            case 9 | 10:
                byte = self._byte()
                for _ in range(self._varint() if byte >> 4 == 15 else byte >> 4):
                    self._count()
                    self._skip(byte & 0x0F, depth + 1)
            case 12:
                self.struct(depth + 1)
            case _:
                raise ValueError(f"a page's header has a field of the unknown type {kind}")

    def _count(self) -> None:
        self.values_left -= 1
        if self.values_left < 0:
            raise ValueError("a page's header is too long")

    def _byte(self) -> int:
        self.place += 1
        return self.content[self.place - 1]

    def _varint(self) -> int:
        value = 0
        for shift in range(0, 7 * _LONGEST_NUMBER, 7):
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise ValueError("a page's header has a number that is too long")

    def _number(self) -> int:
        """Zigzag: 0, -1, 1, -2, …"""
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
