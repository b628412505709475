"""Keys, and the file under which their secrets are encrypted."""

import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from botocore.exceptions import ClientError
from crowdmake.market.embedded import open_market
from crowdmake.market.exceptions import OperatorError
from crowdmake.market.models import AccessKey, Requester, VaultKey
from crowdmake.market.notifications.transports import new_secret
from crowdmake.market.serving import fingerprints, keys
from crowdmake.market.serving.signatures import SignedGate
from crowdmake.market.serving.vault import Vault, make_key_file
from django.db import OperationalError

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
        fingerprints.check(vault)
        make_key_file(tmp_path / "other.key")
        with pytest.raises(OperatorError, match=r"other\.key is not the key file"):
            fingerprints.check(Vault(tmp_path / "other.key"))


class TestLastUse:
    """The note of a key's last use, which no request depends on."""

    @pytest.fixture
    def said(self, caplog):
        return lambda: [each.getMessage() for each in caplog.records]

    def test_it_cannot_be_written(self, made, url, market, said, monkeypatch):
        """What only reads is answered where the disk is full; one line says so."""

        def full(*_):
            raise OperationalError("database or disk is full")

        monkeypatch.setattr(keys, "note_use", full)
        assert connect(url, made).list_hits()["NumResults"] == 0
        line = f"the last use of {made.key_id} cannot be written down: database or disk is full"
        assert said().count(line) == 1

    def test_nobody_waits_for_a_row(self, emptied, vault):
        """Who changes a key at the same moment holds up none of its requests."""
        market = open_market(emptied)
        made = market.run(lambda _: keys.make(market.requester, vault))
        key = keys.valid(made.key_id)
        with psycopg.connect(emptied) as holder:
            holder.execute("SELECT 1 FROM market_accesskey FOR UPDATE")
            start = time.monotonic()
            SignedGate(market.store, vault)._note_use(key, datetime.now(UTC))
            assert time.monotonic() - start < 5
        market.close()

    def test_it_is_tried_once_a_minute(self, made, market, vault, monkeypatch):
        """Where it takes long, the other requests of the same key do not wait for it, too."""
        tries = []
        monkeypatch.setattr(keys, "note_use", lambda *_: tries.append(1))
        gate = SignedGate(market.store, vault)
        now = datetime.now(UTC)
        with market.reading():
            key = keys.valid(made.key_id)
        for moment in (now, now + timedelta(seconds=59), now + timedelta(seconds=60)):
            gate._note_use(key, moment)
        assert len(tries) == 2


class TestFingerprint:
    """The database knows under which key file its secrets are encrypted."""

    @pytest.fixture
    def bare(self, market):
        """A market without a secret."""
        market.run(lambda _: AccessKey.objects.all().delete())
        return market

    @pytest.fixture
    def other(self, tmp_path):
        """The key file of another machine."""
        make_key_file(tmp_path / "other.key")
        return Vault(tmp_path / "other.key")

    def test_the_first_secret_decides(self, bare, vault, other):
        """Who has another key file makes no key, and is refused when it opens the market."""
        with bare.reading():
            fingerprints.check(other)
        bare.run(lambda _: keys.make(bare.requester, vault))
        with bare.reading(), pytest.raises(OperatorError, match=r"other\.key is not the key file"):
            fingerprints.check(other)
        for make in (keys.make, new_secret):
            with pytest.raises(OperatorError, match=r"other\.key is not the key file"):
                bare.run(lambda _, make=make: make(bare.requester, other))

    def test_a_notification_secret_alone(self, bare, vault, other):
        """The secret that signs notifications counts as a key does."""
        bare.run(lambda _: new_secret(bare.requester, vault))
        with pytest.raises(OperatorError, match=r"other\.key is not the key file"):
            bare.run(lambda _: keys.make(bare.requester, other))

    @pytest.mark.parametrize("kind", ["key", "notification secret"])
    def test_of_before(self, bare, vault, other, kind):
        """In a market of before there were fingerprints the secrets themselves tell."""
        make = keys.make if kind == "key" else new_secret
        bare.run(lambda _: make(bare.requester, vault))
        bare.run(lambda _: VaultKey.objects.all().delete())
        with bare.reading():
            fingerprints.check(vault)
        with pytest.raises(OperatorError, match=r"other\.key is not the key file"):
            bare.run(lambda _: keys.make(bare.requester, other))
        with bare.reading():
            assert not VaultKey.objects.exists()

    def test_a_lost_key_file(self, bare, vault, other):
        """Once no secret is of use any more, a new key file takes over."""
        made = bare.run(lambda _: keys.make(bare.requester, vault))
        bare.run(lambda _: new_secret(bare.requester, vault))
        bare.run(lambda _: keys.revoke(made.key_id))
        bare.run(lambda _: Requester.objects.update(notification_secret=""))
        bare.run(lambda _: keys.make(bare.requester, other))
        with bare.reading():
            fingerprints.check(other)
            with pytest.raises(OperatorError, match="is not the key file"):
                fingerprints.check(vault)

    def test_two_at_once(self, bare, vault, other):
        """Of two that make the first secret at the same moment one is refused."""

        def make(chosen):
            try:
                bare.run(lambda _: keys.make(bare.requester, chosen))
            except OperatorError:
                return 0
            finally:
                bare.close()
            return 1

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(make, (vault, other))) == 1
        with bare.reading():
            assert AccessKey.objects.count() == 1

    def test_it_tells_nothing(self, bare, vault):
        """The key is not in it."""
        bare.run(lambda _: keys.make(bare.requester, vault))
        with bare.reading():
            fingerprint = VaultKey.objects.get().fingerprint
        assert fingerprint == vault.fingerprint
        assert vault.path.read_text().strip() not in fingerprint


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
