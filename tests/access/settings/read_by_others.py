"""What other programs read in the texts that mail programs are set up with, ordinary names and
hostile ones: Python's parsers of XML and property lists, and openssl's verification of signatures."""

import pathlib
import plistlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

ROWS = {
    "ordinary": ("anna/phone", "anna@example.net", "Anna Example", "abcd-efgh-ijkm-npqr"),
    "markup": ("a</string><x/>", 'a"<!--@example.net', "]]><y> & 'z'", "<&>\"'"),
    "other scripts": ("änna/☎", "änna@exämple.net", "Änna 𝄞 \u202e", "pässword"),
}
DISCOVER = "{http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a}"


def openssl(*arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


def servers(tree, kind):
    return [{leaf.tag: leaf.text for leaf in server} for server in tree.iter(kind)]


def check_xml(folder, login, address, person):
    tree = ElementTree.parse(folder / "autoconfig.xml").getroot()
    assert tree.tag == "clientConfig" and tree.get("version") == "1.1"
    assert tree[0].get("id") == address.rpartition("@")[2]
    (incoming,) = servers(tree, "incomingServer")
    assert incoming == {
        "hostname": "attic7.local",
        "port": "1993",
        "socketType": "SSL",
        "authentication": "password-cleartext",
        "username": login,
    }
    (outgoing,) = servers(tree, "outgoingServer")
    assert (outgoing["port"], outgoing["socketType"]) == ("1587", "STARTTLS")

    tree = ElementTree.parse(folder / "autodiscover.xml").getroot()
    assert tree.find(f"{DISCOVER}Response/{DISCOVER}User/{DISCOVER}DisplayName").text == person
    protocols = list(tree.iter(f"{DISCOVER}Protocol"))
    assert [p.find(f"{DISCOVER}Type").text for p in protocols] == ["IMAP", "SMTP"]
    assert all(p.find(f"{DISCOVER}LoginName").text == login for p in protocols)

    tree = ElementTree.parse(folder / "avahi.xml").getroot()
    assert [s.findtext("type") for s in tree.iter("service")] == ["_imaps._tcp", "_submission._tcp"]
    assert ElementTree.parse(folder / "code.svg").getroot().tag.endswith("}svg")


# RFC 5652 sections 5, 5.3
def check_profile(folder, state, login, address, person, password):
    plain = folder / "verified.plist"
    signed = folder / "signed.mobileconfig"
    verify = ["cms", "-verify", "-inform", "DER", "-in", signed, "-CAfile"]
    status, words = openssl(*verify, state / "ca.pem", "-out", plain)
    assert status == 0, words
    assert plain.read_bytes() == (folder / "plain.plist").read_bytes()
    status, words = openssl(*["smime", *verify[1:]], state / "ca.pem", "-out", plain)
    assert status == 0, words

    profile = plistlib.loads(plain.read_bytes())
    assert profile["PayloadType"] == "Configuration"
    authority, mail = profile["PayloadContent"]
    assert authority["PayloadType"] == "com.apple.security.root"
    (folder / "ca.der").write_bytes(authority["PayloadContent"])
    status, words = openssl("x509", "-inform", "DER", "-in", folder / "ca.der", "-noout", "-text")
    assert status == 0 and "CA:TRUE" in words
    assert mail["PayloadType"] == "com.apple.mail.managed"
    assert (mail["IncomingMailServerHostName"], mail["IncomingMailServerPortNumber"]) == (
        "attic7.local",
        1993,
    )
    assert mail["IncomingMailServerUsername"] == mail["OutgoingMailServerUsername"] == login
    assert mail["IncomingPassword"] == password and mail["OutgoingPasswordSameAsIncomingPassword"]
    assert (mail["EmailAddress"], mail["EmailAccountName"]) == (address, person)
    assert mail["IncomingMailServerUseSSL"] is True and mail["OutgoingMailServerUseSSL"] is True
    uuids = [p["PayloadUUID"] for p in (profile, authority, mail)]
    assert len(set(uuids)) == 3
    for uuid in uuids:
        assert re.fullmatch(r"[0-9A-F]{8}-[0-9A-F]{4}-8[0-9A-F]{3}-[89AB][0-9A-F]{3}-[0-9A-F]{12}", uuid)


def check_damage(folder, state):
    """One octet of the password changed: nobody takes it for ours."""
    signed = folder / "signed.mobileconfig"
    octets = signed.read_bytes()
    at = octets.index(b"1993")
    damaged = folder / "damaged.mobileconfig"
    damaged.write_bytes(octets[:at] + b"2993" + octets[at + 4 :])
    status, words = openssl(
        *["cms", "-verify", "-inform", "DER", "-in", damaged, "-CAfile", state / "ca.pem"],
        *["-out", folder / "none"],
    )
    assert status != 0 and "failure" in words, words


def main(samples):
    with tempfile.TemporaryDirectory() as top:
        state = pathlib.Path(top) / "state"
        for number, (name, row) in enumerate(ROWS.items()):
            folder = pathlib.Path(top) / str(number)
            folder.mkdir()
            subprocess.run([samples, state, folder, *row], check=True)
            login, address, person, password = row
            check_xml(folder, login, address, person)
            check_profile(folder, state, login, address, person, password)
            check_damage(folder, state)
            print(f"{name}: as it should be")


if __name__ == "__main__":
    main(sys.argv[1])
