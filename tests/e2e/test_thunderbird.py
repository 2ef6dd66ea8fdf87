"""Thunderbird, its real window: what two of them show of one account that each reads by IMAPS as a device with
a password of its own."""

import pytest
from support.desks import Desks, letter
from support.sending import BERT

FOREIGN = letter(
    "=?UTF-8?Q?Gr=C3=BC=C3=9Fe_aus_K=C3=B6ln?=",
    "--x\r\nContent-Type: text/html; charset=iso-8859-1\r\n"
    "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Sch=F6ne <b>R=FCben</b></p>\r\n"
    "--x\r\nContent-Type: application/octet-stream\r\n"
    "Content-Disposition: attachment; filename*=UTF-8''R%C3%BCbe.bin\r\n"
    "Content-Transfer-Encoding: base64\r\n\r\nAAECAw==\r\n--x--\r\n",
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n",
)
LATIN = "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
LETTERS = [
    FOREIGN,
    letter("marks"),
    letter("to be filed", "of a turnip\r\n"),
    letter("no use"),
    letter("parsley", "a bunch of green\r\n"),
    letter("chives", "the last Büschel\r\n", LATIN),
]


@pytest.fixture(scope="module")
def house(shelf, certificate, authority):
    one = Desks(shelf, certificate, authority.ca, ("desk", "sofa"), LETTERS)
    try:
        yield one.start()
    finally:
        one.stop()


@pytest.fixture(autouse=True)
def nothing_refused(house):
    house.settle()
    yield
    assert not house.refused()


def test_new_mail_appears_and_is_read(house):
    desk, sofa = house.desks
    house.provider.dovecot.add_mail("anna", [letter("arrival", "The turnips are ripe.\r\n")])
    house.daemon.sync("anna")
    for one in house.desks:
        assert one.row("arrival", "unread")["from"] == f"Bert <{BERT}>"
    house.settle()
    shown = desk.select("arrival")
    assert BERT in shown["from"] and "The turnips are ripe." in shown["text"]
    desk.row("arrival", "read")
    sofa.row("arrival", "read")


def test_words_of_a_language_and_an_attachment(house):
    desk, _ = house.desks
    desk.row("Grüße aus Köln", "attach")
    assert "Schöne Rüben" in desk.select("Grüße aus Köln")["text"]
    desk.shows("return shown().attachments.join() == args[0]", "Rübe.bin")


def test_star_tag_and_mark(house):
    desk, sofa = house.desks
    desk.select("marks")
    desk.run("command('cmd_markAsFlagged')")
    desk.run("command('cmd_tag1')")
    sofa.row("marks", "flagged", "tagged", "T_24label1", "read")
    house.settle()
    sofa.select("marks")
    sofa.run("command('cmd_markAsFlagged')")
    sofa.run("command('cmd_tag1')")
    sofa.run("command('cmd_markAsUnread')")
    desk.row("marks", "unread", "untagged", without=["flagged"])


def test_filed_in_a_new_mailbox(house):
    desk, sofa = house.desks
    desk.run("root().createSubfolder('Garden', top.msgWindow)")
    desk.shows("return !!folder('Garden')")
    desk.select("to be filed")
    desk.run("command('cmd_moveMessage', folder('Garden'))")
    for one in house.desks:
        one.gone("to be filed")
    sofa.run("root().server.performExpand(top.msgWindow)")
    for one in house.desks:
        one.open("Garden")
        one.row("to be filed")
        assert "of a turnip" in one.select("to be filed")["text"]
        one.open("INBOX")


def test_deleted(house):
    desk, _ = house.desks
    desk.select("no use")
    desk.run("command('cmd_deleteMessage')")
    for one in house.desks:
        one.gone("no use")
        one.open("Trash")
        one.row("no use")
    desk.run("root().emptyTrash(null)")
    for one in house.desks:
        one.gone("no use")
        one.open("INBOX")
    house.daemon.sync("anna")
    assert not [octets for octets in house.provider.held("anna") if b"no use" in octets]



def test_found(house):
    desk, _ = house.desks
    desk.row("parsley")
    desk.row("chives")
    desk.run("filter('parsl')")
    desk.gone("chives")
    desk.row("parsley")
    desk.run("filter('')")
    desk.row("chives")
    assert desk.run("return search('INBOX', 'bunch of')") == {"found": ["parsley"], "status": 0}
    assert desk.run("return search('INBOX', 'büschel')") == {"found": ["chives"], "status": 0}
