"""XML of strangers, read with its line numbers: no DTD, no entities, no external things, bounded in size and depth."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from custody.registries.bank.document import refuse
from tokenization.files.rows.cells import Faults

MAX_BYTES, MAX_ELEMENTS, MAX_DEPTH, MAX_TEXT = 20 * 1024 * 1024, 1_000_000, 32, 10_000
_DECLARED = re.compile(rb"\A<\?xml[^>]*?encoding=[\"']([^\"']+)[\"']")


class Element:
    """An element by its local name. `path` numbers it among its like, from the root: Document/Stmt/Ntry[3]/Amt."""

    __slots__ = ("attributes", "children", "line", "name", "namespace", "number", "parent", "text")

    def __init__(self, tag: str, attributes: dict[str, str], line: int, parent: Element | None) -> None:
        namespace, _, name = tag.rpartition("}")
        self.name, self.namespace = name, namespace.removeprefix("{")
        self.attributes, self.line, self.parent = attributes, line, parent
        self.number = 1
        self.text = ""
        self.children: dict[str, list[Element]] = {}

    @property
    def path(self) -> str:
        like = self.parent.children[self.name] if self.parent else [self]
        own = f"{self.name}[{self.number}]" if len(like) > 1 else self.name
        return f"{self.parent.path}/{own}" if self.parent else own

    def all(self, *names: str) -> Iterator[Element]:
        """Every element at the end of this road."""
        if not names:
            yield self
            return
        for child in self.children.get(names[0], ()):
            yield from child.all(*names[1:])

    def maybe(self, faults: Faults, *names: str) -> Element | None:
        """The one element at the end of this road, or None; more than one is a fault."""
        found = list(self.all(*names))
        if len(found) > 1:
            faults.add(found[1].line, found[1].path, "at most once", f"{names[-1]} stands here {len(found)} times")
        return found[0] if found else None

    def one(self, faults: Faults, *names: str) -> Element | None:
        """As `maybe`, but none is a fault too."""
        found = self.maybe(faults, *names)
        if found is None:
            faults.add(self.line, "/".join((self.path, *names)), "required", f"{names[-1]} is missing")
        return found

    def word(self, faults: Faults, *names: str, length: int) -> str:
        """The text at the end of this road, '' when there is none."""
        found = self.maybe(faults, *names)
        if found is None:
            return ""
        text = " ".join(found.text.split())
        if len(text) > length:
            faults.add(found.line, found.path, f"at most {length} characters", f"the text has {len(text)}")
        return text


class _Builder:
    """The target of the parser: a light tree."""

    parser: DefusedXMLParser

    def __init__(self) -> None:
        self.root: Element | None = None
        self.open: list[Element] = []
        self.count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        line = self.parser.parser.CurrentLineNumber
        self.count += 1
        if self.count > MAX_ELEMENTS or len(self.open) >= MAX_DEPTH:
            raise refuse(line, "", "size", f"more than {MAX_ELEMENTS:,} elements, or nested deeper than {MAX_DEPTH}")
        parent = self.open[-1] if self.open else None
        made = Element(tag, attributes, line, parent)
        if parent is None:
            self.root = made
        else:
            like = parent.children.setdefault(made.name, [])
            like.append(made)
            made.number = len(like)
        self.open.append(made)

    def data(self, text: str) -> None:
        if not self.open:
            return
        self.open[-1].text += text
        if len(self.open[-1].text) > MAX_TEXT:
            line = self.parser.parser.CurrentLineNumber
            raise refuse(line, self.open[-1].path, "size", f"a text of more than {MAX_TEXT:,} characters")

    def end(self, tag: str) -> None:
        self.open.pop()

    def close(self) -> None:
        return None


def read(content: bytes) -> Element:
    """The root element. Problems with the line for whatever is not plain, well-formed, bounded XML in UTF-8."""
    if len(content) > MAX_BYTES:
        raise refuse(0, "", "size", f"the file has {len(content):,} bytes, the limit is {MAX_BYTES:,}")
    declared = _DECLARED.match(content)
    if declared and declared[1].lower() != b"utf-8":
        raise refuse(1, "", "UTF-8", f"the file says that it is {declared[1].decode('ascii', 'replace')}")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise refuse(content[: error.start].count(b"\n") + 1, "", "UTF-8", f"byte {error.start} is not") from None
    builder = _Builder()
    parser = DefusedXMLParser(target=builder, encoding="utf-8", forbid_dtd=True)
    builder.parser = parser
    try:
        parser.feed(content)
        parser.close()
    except DefusedXmlException:
        line = parser.parser.CurrentLineNumber
        raise refuse(line, "", "no DTD, no entities", "the file declares a document type or entities") from None
    except ParseError as error:
        raise refuse(error.position[0], "", "well-formed XML", str(error)) from None
    if builder.root is None:
        raise refuse(1, "", "well-formed XML", "there is no element")
    return builder.root
