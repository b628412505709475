"""Keys, and the file under which their secrets are encrypted."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import AccessKey
from crowdmake.market.serving import keys
from crowdmake.market.serving.vault import Vault, make_key_file

from market.kit import KEY, connect


@pytest.fixture
def made(market, vault):
    return market.run(lambda _: keys.make(market.requester, vault))


def test_a_new_key(made, url):
    """A key has 20 and 40 characters that need no quotes anywhere, and is good at once."""
    assert re.fullmatch("CM[A-Z2-7]{18}", made.key_id)
    assert re.fullmatch("[A-Z2-7]{40}", made.secret)
    assert connect(url, made).list_hits()["NumResults"] == 0


def test_keys_differ(market, vault, made):
    """No two keys are alike."""
    another = market.run(lambda _: keys.make(market.requester, vault))
    assert made.key_id != another.key_id
    assert made.secret != another.secret


def test_the_secret_is_not_in_the_database(made, market, vault):
    """What is stored is of no use without the key file."""
    with market.reading():
        stored = AccessKey.objects.get(key_id=made.key_id).secret
    assert made.secret not in stored
    assert vault.unlock(stored) == made.secret


def test_rotation(made, url, market, vault):
    """A rotated key is another one of the same requester's, and the old one ends."""
    new = market.run(lambda _: keys.rotate(made.key_id, vault))
    assert new.key_id != made.key_id
    assert connect(url, new).list_hits()["NumResults"] == 0
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        connect(url, made).list_hits()


def test_revocation(made, url, client, market):
    """A revoked key ends, and no other one with it; it stays revoked."""
    market.run(lambda _: keys.revoke(made.key_id))
    with pytest.raises(ClientError, match="UnrecognizedClientException"):
        connect(url, made).list_hits()
    assert client.list_hits()["NumResults"] == 0
    for again in (lambda _: keys.revoke(made.key_id), lambda _: keys.revoke("CMNONE")):
        with pytest.raises(OperatorError, match="there is no key"):
            market.run(again)


def test_a_revoked_key_is_not_rotated(made, market, vault):
    """A key that has ended gives no new one."""
    market.run(lambda _: keys.revoke(made.key_id))
    with pytest.raises(OperatorError):
        market.run(lambda _: keys.rotate(made.key_id, vault))


def test_a_vault_that_fits(market, vault, tmp_path):
    """Another key file than the market's is found out before it is used."""
    with market.reading():
        keys.check(vault)
        make_key_file(tmp_path / "other.key")
        with pytest.raises(OperatorError, match=r"other\.key is not the key file"):
            keys.check(Vault(tmp_path / "other.key"))


class TestKeyFile:
    """The file is made once, for its owner only."""

    def test_it_is_its_owners(self, tmp_path):
        """A new file, in a new folder, has mode 600, and nothing is left beside it."""
        path = tmp_path / "state" / "market.key"
        make_key_file(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert [each.name for each in path.parent.iterdir()] == ["market.key"]

    def test_it_is_never_replaced(self, tmp_path):
        """A file that is there stays as it is, whatever it holds."""
        path = tmp_path / "market.key"
        make_key_file(path)
        content = path.read_bytes()
        make_key_file(path)
        assert path.read_bytes() == content
        path.write_bytes(b"")
        make_key_file(path)
        assert path.read_bytes() == b""

    def test_many_make_one(self, tmp_path):
        """Of many who make it at once all find the same one."""
        path = tmp_path / "market.key"

        def locked(number):
            make_key_file(path)
            return Vault(path).lock(str(number))

        with ThreadPoolExecutor(16) as pool:
            texts = list(pool.map(locked, range(16)))
        assert [Vault(path).unlock(text) for text in texts] == [str(n) for n in range(16)]
        assert [each.name for each in tmp_path.iterdir()] == ["market.key"]

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
    def test_it_is_closed_to_others(self, tmp_path, mode):
        """A file that others can read or write is not used."""
        path = tmp_path / "market.key"
        make_key_file(path)
        path.chmod(mode)
        with pytest.raises(OperatorError, match=f"{mode:o}.*chmod 600"):
            Vault(path)

    @pytest.mark.parametrize("content", [b"", b"secret", b"\xff" * 44, b"A" * 2_000_000])
    def test_it_holds_a_key(self, tmp_path, content):
        """A file of another kind is told so."""
        path = tmp_path / "market.key"
        path.touch(mode=0o600)
        path.write_bytes(content)
        with pytest.raises(OperatorError, match="no key file"):
            Vault(path)

    def test_it_is_there(self, tmp_path):
        """A file that is missing, or a folder, cannot be opened."""
        for path in (tmp_path / "none.key", tmp_path):
            with pytest.raises(OperatorError, match="cannot be read"):
                Vault(path)


def test_keys_are_not_looked_up_by_parts(market):
    """A key is found by its whole id."""
    with market.reading():
        assert keys.valid(KEY.key_id) is not None
        assert keys.valid(KEY.key_id[:-1]) is None
        assert keys.valid("") is None
