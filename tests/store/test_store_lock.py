"""The lock file keeps its token to its owner."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from madang.errors import FileError
from madang.store import Store


@pytest.mark.skipif(not hasattr(os, "fchmod"), reason="no rights of this kind on Windows")
def test_a_lock_file_that_others_could_read_is_made_private(tmp_path: Path) -> None:
    path = tmp_path / "a.gpkg"
    Store.create(path, city_id="a", title={"ko": "가", "en": "A"}).close()
    beside = tmp_path / "a.gpkg.lock"
    beside.touch()
    beside.chmod(0o666)
    with Store.open(path, write=True):
        assert beside.stat().st_mode & 0o777 == 0o600


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "a.gpkg", tmp_path / "elsewhere"
    Store.create(path, city_id="a", title={"ko": "가", "en": "A"}).close()
    elsewhere.write_text("")
    (tmp_path / "a.gpkg.lock").unlink(missing_ok=True)
    (tmp_path / "a.gpkg.lock").symlink_to(elsewhere)
    with pytest.raises(FileError, match="lock"):
        Store.open(path, write=True)
    assert elsewhere.read_text() == ""
