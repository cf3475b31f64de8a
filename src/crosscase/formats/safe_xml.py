"""The only door for XML from outside: no document types, no entities, bounded depth, size and number of elements."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from xml.parsers import expat

from lxml import etree

from crosscase.errors import FormatError

# An lxml element; lxml ships no types.
Element = Any


@dataclass(frozen=True)
class XmlLimits:
    """How much XML is read: real documents stay far below."""

    max_bytes: int = 256 * 1024 * 1024
    max_depth: int = 200
    max_elements: int = 5_000_000


DEFAULT_LIMITS = XmlLimits()


def check_xml(data: bytes, where: str, limits: XmlLimits = DEFAULT_LIMITS) -> None:
    """Refuse XML that could attack a parser; after this it may be given to any of them.

    Raises
    ------
    FormatError
        It declares a document type or entities, is nested too deep, too large, or not well-formed.
    """
    if len(data) > limits.max_bytes:
        raise FormatError(
            f"XML of {len(data):,} bytes is larger than the {limits.max_bytes:,} that are read",
            where=where,
            mend="split the document",
        )
    guard = _Guard(where, limits)
    parser = expat.ParserCreate()
    parser.ordered_attributes = True  # a list is made faster than a dict
    parser.StartDoctypeDeclHandler = guard.refuse_document_type
    parser.EntityDeclHandler = guard.refuse_entity
    parser.StartElementHandler = guard.open_element
    parser.EndElementHandler = guard.close_element
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise FormatError(
            f"the XML is not well-formed ({expat.ErrorString(error.code)})",
            where=f"{where}, line {error.lineno}",
            mend="the file is damaged or cut short: export or copy it again",
        ) from error
    except (LookupError, ValueError) as error:
        raise FormatError(
            f"the XML declares an encoding that cannot be read ({error})", where=where, mend="save the file again"
        ) from error


def parse_xml(data: bytes, where: str, limits: XmlLimits = DEFAULT_LIMITS) -> Element:
    """The root element of XML that has passed ``check_xml``; no network, no entities, no comments."""
    check_xml(data, where, limits)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise FormatError(
            f"the XML is not well-formed ({' '.join(str(error).split())[:120]})",
            where=where,
            mend="the file is damaged: export or copy it again",
        ) from error


class _Guard:
    """Counts depth and elements while expat reads."""

    def __init__(self, where: str, limits: XmlLimits) -> None:
        self.where, self.limits = where, limits
        self.depth = 0
        self.n_elements = 0

    def refuse_document_type(self, *_declaration: object) -> None:
        raise FormatError(
            "the XML declares a document type, which can hide an attack",
            where=self.where,
            mend="export the file again from the program that made it, without a DOCTYPE",
        )

    def refuse_entity(self, *_declaration: object) -> None:
        raise FormatError("the XML declares entities", where=self.where, mend="export the file again without them")

    def open_element(self, _name: str, _attributes: object) -> None:
        self.depth += 1
        self.n_elements += 1
        if self.depth > self.limits.max_depth:
            raise FormatError(
                f"the XML is nested more than {self.limits.max_depth} levels deep",
                where=self.where,
                mend="no document that people write is: get the file from its author again",
            )
        if self.n_elements > self.limits.max_elements:
            raise FormatError(
                f"the XML has more than {self.limits.max_elements:,} elements",
                where=self.where,
                mend="split the document",
            )

    def close_element(self, _name: str) -> None:
        self.depth -= 1
