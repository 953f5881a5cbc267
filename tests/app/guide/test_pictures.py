"""The pictures of the concepts can be drawn again: `make guide-images`."""

from pathlib import Path

from guide.pictures import draw_all


def test_the_pictures_are_drawn_anew(tmp_path: Path) -> None:
    draw_all(tmp_path)
    for name in ("scores.png", "zero-shot.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
