"""What programs are told by the page's server that look for their servers by a mail address."""

import http.client
import ssl
import xml.etree.ElementTree

import pytest
from support import namespaces
from support.waiting import free_port

AUTOCONFIG = "/.well-known/autoconfig/mail/config-v1.1.xml"
AUTODISCOVER = "/Autodiscover/Autodiscover.xml"
REQUEST = (
    '<?xml version="1.0" encoding="utf-8"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/'
    'autodiscover/outlook/requestschema/2006"><Request><EMailAddress>{}</EMailAddress>'
    "<AcceptableResponseSchema>http://schemas.microsoft.com/exchange/autodiscover/outlook/"
    "responseschema/2006a</AcceptableResponseSchema></Request></Autodiscover>"
)


def ask(connection, path, body=None, **fields):
    connection.request("POST" if body else "GET", path, body, headers=fields)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def elements(text, name):
    """The texts of all elements of that name, of whatever namespace."""
    tree = xml.etree.ElementTree.fromstring(text.encode())
    return [one.text for one in tree.iter() if one.tag.rpartition("}")[2] == name]


@pytest.fixture
def page(postern):
    """A connection to the page of a daemon that listens on this machine alone."""
    daemon = postern({"anna": [], "bert": []}, start=False)
    daemon.imaps, web = free_port(), free_port()
    daemon.config["listen"] |= {"imaps": f"127.0.0.1:{daemon.imaps}", "web": f"127.0.0.1:{web}"}
    daemon.write_config()
    daemon.start()
    connection = http.client.HTTPConnection("127.0.0.1", web, timeout=30)
    yield daemon, connection
    connection.close()


def test_servers_and_ports_and_no_account(page):
    daemon, connection = page
    status, told = ask(connection, AUTOCONFIG + "?emailaddress=anna%40example.net")
    assert status == 200
    assert elements(told, "hostname") == ["localhost"]
    assert elements(told, "port") == [str(daemon.imaps)]
    assert elements(told, "username") == ["%EMAILLOCALPART%"]
    for other in ("", "?emailaddress=nobody%40example.net", "?emailaddress=anna%2Fphone%40x"):
        assert ask(connection, AUTOCONFIG + other) == (200, told)
    answers = set()
    for user in ("anna", "bert", "nobody"):
        status, told = ask(connection, AUTODISCOVER, REQUEST.format(f"{user}@example.net"))
        assert status == 200 and set(elements(told, "LoginName")) == {user}
        assert elements(told, "Type") == ["IMAP"] and elements(told, "Port") == [str(daemon.imaps)]
        answers.add(told.replace(user, "USER"))
    assert len(answers) == 1, "who has an account and who has none hear the same"
    assert ask(connection, AUTODISCOVER, "<x/>")[0] == 400
    assert ask(connection, AUTOCONFIG, Host="evil.example")[0] == 421
    assert ask(connection, AUTOCONFIG, Origin="https://evil.example")[0] == 403


def test_another_host_hears_of_what_it_can_reach(postern):
    if not namespaces.available():
        return
    with namespaces.other_host() as (ours, _, there):
        daemon = postern({"anna": []}, start=False)
        imaps, web = free_port(), free_port()
        daemon.config["listen"] |= {
            "imaps": f"{ours}:{imaps}",
            "submissions": f"127.0.0.1:{free_port()}",
            "web": f"{ours}:{web}",
        }
        daemon.write_config()
        daemon.start()
        context = ssl.create_default_context(cafile=daemon.state / "ca.pem")
        context.check_hostname = False
        with namespaces.sockets_on(there):
            connection = http.client.HTTPSConnection(ours, web, context=context, timeout=30)
            status, told = ask(connection, AUTOCONFIG)
            assert status == 200
            assert elements(told, "hostname") == [ours]
            assert elements(told, "port") == [str(imaps)]
            assert ask(connection, AUTOCONFIG, Host="evil.example")[0] == 421
            connection.close()
