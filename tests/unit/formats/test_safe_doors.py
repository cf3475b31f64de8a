"""The doors for archives and XML: bounded, and closed to what could attack."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest
from tests.unit.formats.files import packed

from crosscase.errors import FormatError
from crosscase.formats import SafeZip, ZipLimits, check_xml, parse_xml
from crosscase.formats.safe_xml import XmlLimits


def test_members_are_read_by_name() -> None:
    with SafeZip(packed({"a.txt": "one", "b/c.txt": "two"}), "a.zip") as archive:
        assert archive.names == ("a.txt", "b/c.txt")
        assert archive.read("b/c.txt") == b"two"
        assert (archive.size("a.txt"), "a.txt" in archive, "x" in archive) == (3, True, False)
        target = io.BytesIO()
        assert archive.copy("a.txt", target) == 3
        assert target.getvalue() == b"one"
        with pytest.raises(FormatError, match="no part x"):
            archive.read("x")


def test_an_archive_on_disk_is_read_in_place(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"a": "one"}))
    with SafeZip(path, "a.zip") as archive:
        assert archive.read("a") == b"one"


@pytest.mark.parametrize(
    "name", ["../evil", "/etc/passwd", "a/../../b", "C:/x", "a\\..\\b", "a//b", "./a", "a/" * 20 + "b"]
)
def test_names_that_leave_the_archive_are_refused(name: str) -> None:
    with pytest.raises(FormatError, match=r"unsafe name|nested more than") as refusal:
        SafeZip(packed({name: "x"}), "a.zip")
    assert refusal.value.where == "a.zip"


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("second", ["a.txt", "A.TXT"])
def test_names_that_come_twice_are_refused(second: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", "1")
        archive.writestr(second, "2")
    with pytest.raises(FormatError, match="two parts named"):
        SafeZip(stream.getvalue(), "a.zip")


def test_links_are_refused() -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(FormatError, match="link or a device"):
        SafeZip(stream.getvalue(), "a.zip")


def test_encrypted_members_are_refused() -> None:
    data = bytearray(packed({"a": "x"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    with pytest.raises(FormatError, match="encrypted"):
        SafeZip(bytes(data), "a.zip")


def test_unusual_compression_is_refused() -> None:
    with pytest.raises(FormatError, match="unusual method"):
        SafeZip(packed({"a": "x" * 100}, zipfile.ZIP_BZIP2), "a.zip")


@pytest.mark.parametrize(
    ("limits", "what"),
    [
        (ZipLimits(max_members=1), "2 parts"),
        (ZipLimits(max_member_bytes=99), "unpacks to 100 bytes"),
        (ZipLimits(max_total_bytes=150), "unpacks to 200 bytes"),
        (ZipLimits(ratio_floor_bytes=10, max_ratio=5), "times its size"),
    ],
)
def test_every_limit_holds(limits: ZipLimits, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        SafeZip(packed({"a": "x" * 100, "b": "y" * 100}), "a.zip", limits)


def test_a_size_that_lies_gives_no_more_than_declared() -> None:
    data = bytearray(packed({"a": "x" * 5000}))
    data[data.index(b"PK\x01\x02") + 24 : data.index(b"PK\x01\x02") + 28] = struct.pack("<I", 10)
    with SafeZip(bytes(data), "a.zip") as archive, pytest.raises(FormatError, match="damaged|another size"):
        archive.read("a")


def test_members_that_share_bytes_are_refused() -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("a", "b"):
            archive.writestr(name, b"0" * 5000)
        archive.infolist()[1].header_offset = 0
    with pytest.raises(FormatError, match="overlaps|damaged"):
        SafeZip(stream.getvalue(), "a.zip")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 10, b"not an archive"])
def test_what_is_no_archive_is_refused(data: bytes) -> None:
    with pytest.raises(FormatError, match="damaged or cut short"):
        SafeZip(data, "a.zip")


def test_xml_is_parsed_without_comments() -> None:
    assert parse_xml(b"<a><!-- x --><b>y</b></a>", "a.xml")[0].text == "y"


@pytest.mark.parametrize(
    ("xml", "what"),
    [
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "document type"),
        ("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"), "document type"),
        (b"<a>" * 2000 + b"</a>" * 2000, "nested more than 200 levels"),
        (b"<a><b></a>", "not well-formed"),
        (b"", "not well-formed"),
        (b"<a>&undefined;</a>", "not well-formed"),
        (b"<?xml version='1.0' encoding='klingon'?><a/>", "encoding|not well-formed"),
        (b"<a>\0</a>", "not well-formed"),
    ],
)
def test_dangerous_and_broken_xml_is_refused(xml: bytes, what: str) -> None:
    with pytest.raises(FormatError, match=what) as refusal:
        check_xml(xml, "part.xml")
    assert refusal.value.where.startswith("part.xml")


def test_xml_limits_hold() -> None:
    with pytest.raises(FormatError, match="larger than"):
        check_xml(b"<a/>" * 10, "a.xml", XmlLimits(max_bytes=10))
    with pytest.raises(FormatError, match="more than 3 elements"):
        check_xml(b"<a><b/><b/><b/></a>", "a.xml", XmlLimits(max_elements=3))


def test_two_hundred_levels_are_enough_for_documents() -> None:
    check_xml(b"<a>" * 200 + b"</a>" * 200, "a.xml")
