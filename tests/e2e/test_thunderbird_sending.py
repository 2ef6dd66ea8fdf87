"""Thunderbird writes: by Postern's submission to a real Postfix, with one copy in Sent and one at the
recipient."""

import pytest
from support.desks import Desks, letter
from support.sending import BERT


@pytest.fixture(scope="module")
def house(shelf, certificate, authority):
    one = Desks(shelf, certificate, authority.ca, ("desk",), [letter("a question")])
    try:
        yield one.start()
    finally:
        one.stop()


@pytest.fixture(autouse=True)
def nothing_refused(house):
    house.settle()
    yield
    assert not house.refused()


def test_sent(house):
    (desk,) = house.desks
    desk.run("compose(...args)", BERT, "a basket", "It stands at the door.")
    desk.send()
    (arrived,) = house.arrived("bert", "a basket")
    assert b"It stands at the door." in arrived and b"Thunderbird" in arrived
    desk.open("Sent")
    desk.row("a basket", "read")
    assert "It stands at the door." in desk.select("a basket")["text"]
    assert [row["subject"] for row in desk.run("return rows()")].count("a basket") == 1
    desk.open("INBOX")
    assert house.count("Sent", "a basket") == 1


def test_answered(house):
    (desk,) = house.desks
    desk.select("a question")
    desk.run("command('cmd_replySender')")
    desk.send()
    (arrived,) = house.arrived("bert", "Re: a question")
    assert b"In-Reply-To: <a.question@post.example>" in arrived
    desk.row("a question", "replied")
    assert house.count("Sent", "Re: a question") == 1
