"""Pictures of clinics: what is one, and what could fetch or run something."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.knowledge.load import KnowledgeError, load
from bot.knowledge.overlay.logo import LARGEST, Logo, logo_fault
from tests import folders
from tests.pictures import SVG, png

CLINIC = folders.CLINIC.replace("id: default", "id: own")
HEAD = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        pytest.param("png", png(), id="png"),
        pytest.param("jpg", b"\xff\xd8\xff\xe0rest", id="jpg"),
        pytest.param("webp", b"RIFF\0\0\0\nWEBPVP8 ", id="webp"),
        pytest.param("svg", SVG, id="svg"),
        pytest.param("svg", b"\xef\xbb\xbf" + SVG, id="svg-with-a-mark"),
        pytest.param("svg", f'{HEAD}<use xlink:href="#a" fill="url(#b)"/></svg>'.encode(), id="svg-of-itself"),
    ],
)
def test_a_picture_is_taken(kind: str, content: bytes) -> None:
    assert logo_fault(kind, content) is None


@pytest.mark.parametrize(
    ("kind", "content", "what"),
    [
        pytest.param("png", b"\xff\xd8\xff\xe0", "no png inside, but a jpg; name it so", id="another-kind"),
        pytest.param("png", b"<html>", "no png inside; save it as a png", id="a-page"),
        pytest.param("png", png() + b" " * LARGEST, "may have 65,536; save it smaller", id="too-large"),
        pytest.param("svg", b"<html/>", "it is no SVG; save", id="no-svg"),
        pytest.param("svg", b"<svg", "no SVG that can be read", id="half"),
        pytest.param("svg", SVG.decode().encode("utf-16"), "no SVG that can be read", id="another-encoding"),
        pytest.param("svg", b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG, "DOCTYPE", id="doctype"),
        *(
            pytest.param("svg", f"{HEAD}{inside}</svg>".encode(), what, id=id)
            for id, inside, what in [
                ("script", "<script>alert(1)</script>", "an element script"),
                ("page-inside", "<foreignObject/>", "an element foreignObject"),
                ("html", '<b xmlns="http://www.w3.org/1999/xhtml"/>', "an element b"),
                ("animated-link", '<set attributeName="href" to="javascript:0"/>', "an element set"),
                ("picture-elsewhere", '<image href="https://x.example/a.png"/>', "an element image"),
                ("handler", '<g onload="alert(1)"/>', "its onload runs or fetches"),
                ("link", '<use xlink:href="https://x.example/a.svg#b"/>', "its href runs or fetches"),
                ("fetched-fill", '<g style="fill: url( &quot;//x.example&quot;)"/>', "its style runs or fetches"),
                ("fetched-sheet", "<style>@import '//x.example';</style>", "its style fetches"),
                ("fetched-escaped", r"<style>g{fill:ur\6c(//x.example)}</style>", "its style fetches"),
            ]
        ),
    ],
)
def test_what_is_no_picture_or_more_than_one_is_told(kind: str, content: bytes, what: str) -> None:
    assert what in (logo_fault(kind, content) or "")


def of_folder(folder: Path, name: str, content: bytes | None, line: str = "") -> Logo | None:
    path = folders.write(folder) / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{CLINIC}{line}")
    if content is not None:
        path.with_name(line.partition(": ")[2].strip()).write_bytes(content)
    return load(folder, "own").clinic.logo


@pytest.mark.parametrize(
    ("name", "line"), [("clinics/own.yaml", "logo: own.png\n"), ("clinics/own/clinic.yaml", "logo: our river.png\n")]
)
def test_it_comes_with_the_clinic(tmp_path: Path, name: str, line: str) -> None:
    assert of_folder(tmp_path, name, png(), line) == Logo("png", png())


@pytest.mark.parametrize(
    ("name", "line", "content", "what"),
    [
        pytest.param("clinics/own/clinic.yaml", "logo: a.png\n", None, "there is no such picture", id="missing"),
        pytest.param("clinics/own/clinic.yaml", "logo: a.png\n", b"GIF89a", "a.png: it is no png", id="no-picture"),
        pytest.param("clinics/own.yaml", "logo: a.png\n", png(), "call it own.png", id="not-named-as-the-file"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, name: str, line: str, content: bytes | None, what: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        of_folder(tmp_path, name, content, line)
    assert str(caught.value).startswith(f"{name}:{CLINIC.count(chr(10)) + 1}: logo: ")
    assert what in str(caught.value)


def test_another_picture_is_another_version(tmp_path: Path) -> None:
    clinics, versions = folders.write(tmp_path) / "clinics", set()
    (clinics / "own.yaml").write_text(f"{CLINIC}logo: own.png\n")
    for wide in (8, 9):
        (clinics / "own.png").write_bytes(png(wide))
        versions.add(load(tmp_path, "own").version)
    assert len(versions) == 2
