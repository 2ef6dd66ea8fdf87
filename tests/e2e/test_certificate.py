"""The certificate that mail programs are shown: an own one that other programs verify, and files
that change while the program runs."""

import imaplib
import shutil
import socket
import ssl

import pytest
from support import namespaces, processes
from support.postern import PASSWORD
from support.waiting import free_port, wait_until


def openssl(*arguments, ok=True, **options):
    result = processes.run(["openssl", *arguments], **options)
    assert (result.returncode == 0) == ok, f"{arguments}\n{result.stdout}{result.stderr}"
    return result.stdout + result.stderr


def shown(port, ca=None, host="localhost", address="127.0.0.1"):
    """The certificate of a new connection, verified against `ca`."""
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection((address, port), 10) as plain:
        with context.wrap_socket(plain, server_hostname=host) as tls:
            return tls.getpeercert()


def secure(postern, host="127.0.0.1", **settings):
    """A daemon with imaps; its port is `one.imaps`."""
    one = postern({"anna": []}, start=False, **settings)
    one.imaps = free_port()
    one.config["listen"]["imaps"] = f"{host}:{one.imaps}"
    one.write_config()
    one.start()
    return one


@pytest.fixture
def own(postern):
    one = secure(postern)
    one.ca = one.state / "ca.pem"
    one.ca_key = one.state / "tls" / "ca.key"
    one.leaf = one.state / "tls" / "leaf.pem"
    return one


def sign(own, folder, san, days="30"):
    """A certificate for `san`, signed by the own authority by hand."""
    key, request, made = folder / "x.key", folder / "x.csr", folder / "x.pem"
    extensions = folder / "x.ext"
    extensions.write_text(f"subjectAltName={san}\nextendedKeyUsage=serverAuth\n")
    openssl(
        *["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"],
        *["-subj", "/CN=by hand", "-keyout", key, "-out", request],
    )
    openssl(
        *["x509", "-req", "-in", request, "-CA", own.ca, "-CAkey", own.ca_key],
        *["-days", days, "-extfile", extensions, "-out", made],
    )
    return made, key


def test_the_chain_is_verified(own):
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", own.ca, own.leaf)
    leaf = openssl("x509", "-in", own.leaf, "-noout", "-text")
    label = socket.gethostname().split(".")[0].lower()
    assert f"DNS:{label}.local" in leaf
    assert "DNS:localhost" in leaf and "IP Address:127.0.0.1" in leaf
    assert "TLS Web Server Authentication" in leaf
    ca = openssl("x509", "-in", own.ca, "-noout", "-text")
    assert "Name Constraints: critical" in ca and "prime256v1" in ca
    assert "CA:TRUE, pathlen:0" in ca and "Certificate Sign\n" in ca
    status = own.status()["certificate"]
    assert status["authority"] == str(own.ca) and status["made_here"] and not status["problem"]
    text = own.command("status").stdout
    assert f"valid until {status['until'][:10]}" in text or "valid until" in text
    assert f"devices are to trust {own.ca}" in text


GOOD = ["DNS:anything.local", "DNS:localhost", "IP:10.0.0.1", "IP:172.31.0.1", "IP:192.168.9.9"]
GOOD += ["IP:169.254.1.1", "IP:127.0.0.9", "IP:fd00::1", "IP:fe80::1", "IP:::1"]
BAD = ["DNS:mail.example.com", "DNS:notlocal", "IP:11.0.0.1", "IP:172.32.0.1", "IP:192.169.0.1"]
BAD += ["IP:2001:db8::1", "IP:::2", "email:anna@example.com", "DNS:a.local,DNS:example.com"]


def test_the_authority_vouches_for_nothing_else(own, folder):
    for good in GOOD:
        openssl("verify", "-CAfile", own.ca, sign(own, folder, good)[0])
    for bad in BAD:
        words = openssl("verify", "-CAfile", own.ca, sign(own, folder, bad)[0], ok=False)
        assert "permitted subtree violation" in words, bad


def test_a_program_that_trusts_the_authority_connects(own):
    for host in ("localhost", "127.0.0.1", socket.gethostname().split(".")[0] + ".local"):
        assert shown(own.imaps, own.ca, host)
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(own.imaps, own.ca, "mail.example.com")
    with pytest.raises(ssl.SSLCertVerificationError):
        shown(own.imaps)


def test_what_is_in_its_last_third_is_renewed(own, folder):
    made, key = sign(own, folder, "DNS:localhost,IP:127.0.0.1", days="1")
    own.stop()
    shutil.copy(made, own.leaf)
    shutil.copy(key, own.leaf.with_suffix(".key"))
    before = own.ca.read_bytes()
    own.start()
    assert shown(own.imaps, own.ca)["serialNumber"]
    assert own.ca.read_bytes() == before
    assert "by hand" not in openssl("x509", "-in", own.leaf, "-noout", "-subject")


def test_old_protocols_are_refused(own):  # A19
    for options in (["-tls1_1"], ["-tls1_2", "-cipher", "AES128-GCM-SHA256"]):
        words = openssl(
            *["s_client", "-connect", f"127.0.0.1:{own.imaps}", "-CAfile", own.ca],
            *["-cipher", "ALL:@SECLEVEL=0", *options],
            ok=False,
        )
        assert "alert" in words or "no protocols" in words, words
    good = ["s_client", "-connect", f"127.0.0.1:{own.imaps}", "-CAfile", own.ca]
    words = openssl(*good, "-tls1_2")
    assert "Compression: NONE" in words and "Verify return code: 0" in words


def test_files_that_change_are_served_and_broken_ones_are_not(postern, authority, folder):  # A33
    used = folder / "cert.pem", folder / "cert.key"

    def put(pair):
        for source, target in zip(pair, used):
            beside = target.with_suffix(".new")
            shutil.copy(source, beside)
            beside.rename(target)

    def number(certificate):
        words = openssl("x509", "-in", certificate, "-noout", "-serial")
        return words.strip().removeprefix("serial=").lstrip("0")

    def shows():
        return shown(one.imaps, authority.ca)["serialNumber"].lstrip("0")

    first, second, third = (authority.leaf(f"turn-{n}") for n in range(3))
    put(first)
    one = secure(postern, tls={"certificate": used[0], "key": used[1]})
    assert shows() == number(first[0])
    context = ssl.create_default_context(cafile=authority.ca)
    old = imaplib.IMAP4_SSL("localhost", one.imaps, ssl_context=context)
    old.login("anna", PASSWORD)

    put(second)  # nobody says so
    wait_until(lambda: shows() == number(second[0]), one.log)
    assert old.noop()[0] == "OK"

    shutil.copy(first[1], used[1])  # a key that does not fit
    wait_until(lambda: one.status()["certificate"]["problem"], one.log)
    assert "holds no key for this certificate" in one.log()
    assert "holds no key for this certificate" in one.command("status").stdout
    one.reload()
    wait_until(lambda: "reloaded" in one.log(), one.log)
    assert shows() == number(second[0])

    put(third)
    wait_until(lambda: shows() == number(third[0]), one.log)
    assert one.status()["certificate"]["problem"] is None
    assert old.noop()[0] == "OK"
    old.logout()


if namespaces.available():

    def test_a_new_address_gets_into_the_certificate(postern):
        one = secure(postern, host="0.0.0.0")
        ca = one.state / "ca.pem"
        context = ssl.create_default_context(cafile=ca)
        old = imaplib.IMAP4_SSL("localhost", one.imaps, ssl_context=context)
        with namespaces.other_host() as (here, _, _):

            def verified():
                try:
                    return shown(one.imaps, ca, host=here, address=here)
                except ssl.SSLCertVerificationError:
                    return None

            wait_until(verified, one.log)
            assert old.noop()[0] == "OK"
        old.logout()
