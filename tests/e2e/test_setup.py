"""`postern setup` in a terminal, against Dovecot: what it asks, explains and writes."""

import os
import re
import signal

import pytest
from support import processes
from support.dialogue import Dialogue
from support.dovecot import PASSWORD
from support.postern import program
from support.waiting import free_port

MESSAGES = [b"Subject: one\r\n\r\nfirst\r\n", b"Subject: two\r\n\r\nsecond\r\n"]
MOBILE = "what the phone says"


@pytest.fixture
def config_file(folder):
    return folder / "config" / "postern.yaml"


@pytest.fixture
def upstream(dovecot):
    server = dovecot()
    server.add_user("anna", MESSAGES)
    return server


def converse(folder, config_file):
    home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    return Dialogue([program(), "setup", "--config", config_file], env=home)


def run(folder, config_file, *arguments):
    home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    return processes.run([program(), *arguments, "--config", config_file], env=home)


def tell_server(talk, port):
    talk.answer("Your mail address: ", "anna@unknown.invalid")
    talk.answer("POP3 server.*: ", f"127.0.0.1:{port}")
    talk.answer(r"User name there.*: ", "anna")


def tell_rest(talk, rule="2"):
    talk.answer(r"Name of the account \[anna\]: ", "")
    talk.answer("Password for mail programs.*: ", MOBILE)
    talk.answer(r"Your choice \[1\]: ", rule)


def mode(path):
    return path.stat().st_mode & 0o777


def assert_fetches(folder, config_file):
    checked = run(folder, config_file, "check")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    synced = run(folder, config_file, "sync")
    assert synced.returncode == 0 and "2 new" in synced.stdout, synced.stdout + synced.stderr


def test_the_right_password(folder, config_file, upstream):
    talk = converse(folder, config_file)
    tell_server(talk, upstream.pop3)
    talk.expect("Password there")
    assert not talk.echoes()
    talk.press(PASSWORD.encode() + b"\n")
    talk.expect("It works: 2 messages")
    assert talk.echoes()
    tell_rest(talk)
    assert talk.end() == 0, talk.seen
    assert "postern run" in talk.seen and "port 1143, user anna" in talk.seen
    assert PASSWORD not in talk.seen and MOBILE not in talk.seen
    assert mode(config_file) == 0o600
    text = config_file.read_text()
    assert PASSWORD not in text and MOBILE not in text
    assert "keep_on_server: until-deleted" in text
    secrets = {path.name: path for path in (config_file.parent / "secrets").iterdir()}
    assert mode(config_file.parent / "secrets") == 0o700
    assert all(mode(path) == 0o600 for path in secrets.values())
    assert secrets["anna"].read_text() == MOBILE + "\n"
    assert PASSWORD + "\n" in [path.read_text() for path in secrets.values()]
    assert_fetches(folder, config_file)


def test_lines_from_a_file(folder, config_file, upstream):
    answers = ["anna@unknown.invalid", f"127.0.0.1:{upstream.pop3}", "anna", PASSWORD, "", "", ""]
    home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}
    result = processes.run(
        [program(), "setup", "--config", config_file],
        input="\n".join(answers) + "\n",
        env=home,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    made = (config_file.parent / "secrets" / "anna").read_text()
    assert re.fullmatch(r"(\w{5}-){3}\w{5}\n", made)
    assert made.strip() not in result.stdout
    assert "keep_on_server: forever" in config_file.read_text()
    assert_fetches(folder, config_file)


def test_a_wrong_password_and_another_try(folder, config_file, upstream):
    talk = converse(folder, config_file)
    tell_server(talk, upstream.pop3)
    talk.answer("Password there", "wrong")
    talk.expect("That did not work.*check user name and password")
    talk.answer(r"What now \[1\]: ", "1")
    talk.answer("Password there", PASSWORD)
    talk.expect("It works")
    tell_rest(talk)
    assert talk.end() == 0, talk.seen
    assert_fetches(folder, config_file)


def test_giving_up_writes_nothing(folder, config_file, upstream):
    talk = converse(folder, config_file)
    tell_server(talk, upstream.pop3)
    talk.answer("Password there", "wrong")
    talk.answer(r"What now \[1\]: ", "6")
    assert talk.end() == 1
    assert "nothing was written" in talk.seen
    assert not config_file.exists() and not (config_file.parent / "secrets").exists()


@pytest.mark.parametrize("question", ["Your mail address", "Password there"])
def test_ctrl_c_leaves_nothing(folder, config_file, upstream, question):
    talk = converse(folder, config_file)
    if question == "Password there":
        tell_server(talk, upstream.pop3)
    talk.expect(question)
    talk.press(b"\x03")
    assert talk.end() in (1, -signal.SIGINT)
    assert not config_file.exists() and not (config_file.parent / "secrets").exists()


def test_the_end_of_the_answers(folder, config_file):
    result = processes.run([program(), "setup", "--config", config_file], input="")
    assert result.returncode == 1 and "nothing was written" in result.stderr
    assert not config_file.exists()


@pytest.mark.parametrize("answer", ["", "no"])
def test_a_provider_without_encryption_and_no_yes(folder, config_file, answer):
    result = processes.run(
        [program(), "setup", "--config", config_file], input=f"anna@goo.jp\n{answer}\n"
    )
    assert result.returncode == 1 and "nothing was written" in result.stderr
    assert "goo.jp offers no encryption" in result.stdout and "Password" not in result.stdout
    assert not config_file.parent.exists()


def test_oauth_is_written_and_the_sign_in_offered(folder, config_file):
    answers = ["anna@gmail.com", "2", "some.client", "anna", MOBILE, "", "no"]
    result = processes.run(
        [program(), "setup", "--config", config_file], input="\n".join(answers) + "\n"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "Sign in at the provider now" in result.stdout
    assert "Nothing is fetched before you have signed in: postern login anna" in result.stdout
    text = config_file.read_text()
    assert "some.client" in text and run(folder, config_file, "check").returncode == 0


def test_a_certificate_of_its_own_is_pinned_after_a_question(folder, config_file, upstream):
    talk = converse(folder, config_file)
    tell_server(talk, upstream.pop3s)
    assert "certificate is refused" in talk.seen
    talk.answer("Password there", PASSWORD)
    talk.expect("That did not work.*issued by.*Test CA")
    talk.answer(r"What now \[1\]: ", "7")
    talk.expect("SHA256:[0-9a-f]{64}")
    talk.answer(r"Trust exactly this one \[no\]: ", "yes")
    talk.expect("It works: 2 messages")
    tell_rest(talk)
    assert talk.end() == 0, talk.seen
    assert "pin: SHA256:" in config_file.read_text()
    assert_fetches(folder, config_file)


def test_a_server_that_is_not_there(folder, config_file, upstream):
    talk = converse(folder, config_file)
    talk.answer("Your mail address: ", "anna@unknown.invalid")
    talk.answer("POP3 server.*: ", f"127.0.0.1:{free_port()}")
    talk.expect("cannot connect")
    talk.answer("POP3 server.*: ", f"127.0.0.1:{upstream.pop3}")
    talk.answer(r"User name there.*: ", "anna")
    talk.answer("Password there", PASSWORD)
    talk.expect("It works")
    talk.press(b"\x03")
    talk.end()


def test_an_account_and_a_source_are_added_and_comments_stay(folder, config_file, upstream):
    upstream.add_user("bert", MESSAGES)
    config_file.parent.mkdir()
    before = "# mine\nlisten:\n  imap: 127.0.0.1:1143 # here\n\naccounts:\n  carl:\n    password: x\n# end\n"
    config_file.write_text(before)
    config_file.chmod(0o600)
    for user, account_is_new in (("anna", True), ("bert", False)):
        talk = converse(folder, config_file)
        talk.answer("Your mail address: ", f"{user}@unknown.invalid")
        talk.answer("POP3 server.*: ", f"127.0.0.1:{upstream.pop3}")
        talk.answer(r"User name there.*: ", user)
        talk.answer("Password there", PASSWORD)
        talk.answer("Name of the account.*: ", "anna")
        if account_is_new:
            talk.answer("Password for mail programs.*: ", MOBILE)
        else:
            talk.expect("one more source of it")
        talk.answer(r"Your choice \[1\]: ", "")
        assert talk.end() == 0, talk.seen
    text = config_file.read_text()
    rest = text
    for line in before.splitlines():
        assert line in rest
        rest = rest[rest.index(line) + len(line) :]
    assert text.count("pop3:") == 2
    synced = run(folder, config_file, "sync", "anna")
    assert synced.returncode == 0 and synced.stdout.count("2 new") == 2, synced.stdout


def test_pop_switched_off(folder, config_file, dovecot):
    server = dovecot(
        extra="""
passdb {
  driver = static
  args = nopassword=y nologin=y reason=POP3-access-is-disabled
}
"""
    )
    talk = converse(folder, config_file)
    tell_server(talk, server.pop3)
    talk.answer("Password there", PASSWORD)
    talk.expect("POP3 seems to be switched off")
    talk.answer(r"What now \[1\]: ", "6")
    assert talk.end() == 1


def test_a_file_with_mistakes_is_left_alone(folder, config_file):
    config_file.parent.mkdir()
    config_file.write_text("accountz: {}\n")
    result = processes.run([program(), "setup", "--config", config_file], input="anna@gmx.de\n")
    assert result.returncode == 1 and "mend them first" in result.stderr
    assert config_file.read_text() == "accountz: {}\n"


def test_what_cannot_be_read_is_not_replaced(folder, config_file):
    config_file.mkdir(parents=True)
    result = processes.run([program(), "setup", "--config", config_file], input="anna@gmx.de\n")
    assert result.returncode == 1 and "is a folder" in result.stderr, result.stderr
    assert "address" not in result.stdout
    assert config_file.is_dir()


def test_a_file_of_comments_is_added_to(folder, config_file, upstream):
    config_file.parent.mkdir()
    config_file.write_text("# our mail\n\n  # more\n")
    answers = ["anna@unknown.invalid", f"127.0.0.1:{upstream.pop3}", "anna", PASSWORD, "", "", ""]
    result = processes.run(
        [program(), "setup", "--config", config_file], input="\n".join(answers) + "\n"
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert config_file.read_text().startswith("# our mail\n")
    assert_fetches(folder, config_file)
