"""The provider's limits hold for every login, whoever makes it: polls, `postern doctor`, `postern setup`."""

import datetime
import json
import os
import time

import pytest
from support import processes
from support.postern import pop3_source, program
from support.strict_pop3 import PASSWORD, StrictPop3
from support.waiting import wait_until

DELAY = 900


@pytest.fixture
def provider():
    """provider(login_delay) starts a server; it ends with the test."""
    started = []

    def start(login_delay=0):
        started.append(StrictPop3(login_delay))
        return started[-1]

    yield start
    for server in started:
        server.stop()


def doctor(daemon):
    result = daemon.command("doctor", "anna", "--json")
    (source,) = json.loads(result.stdout)["sources"]
    return result.returncode, {step["name"]: step for step in source["steps"]}


def source_at(server, password=PASSWORD, **more):
    return pop3_source(server.port, "anna.meier", password, **more)


def assert_not_tried(steps):
    assert steps["login"]["outcome"] == "odd" and "not tried" in steps["login"]["text"]
    assert "15 minutes apart (the server says so)" in steps["login"]["text"]
    assert "try again at" in steps["login"]["advice"]


def test_two_doctors_without_a_daemon(provider, postern):
    server = provider(DELAY)
    daemon = postern({"anna": [source_at(server)]}, start=False)
    status, steps = doctor(daemon)
    assert status == 0 and steps["login"]["text"] == "accepted"
    assert "15 minutes apart (the server says so)" in steps["throttle"]["text"]
    status, steps = doctor(daemon)
    assert status == 0
    assert_not_tried(steps)
    assert len(server.logins) == 1
    # What a doctor taught holds for the polls as well.
    daemon.start()
    source = daemon.source("anna")
    assert source["state"] == "waiting" and source["least_pause"] == {"seconds": DELAY, "by": "announced"}
    assert "not polled now" in daemon.sync(expect=1)
    assert len(server.logins) == 1


def test_a_doctor_after_a_poll_and_after_a_restart(provider, postern):
    server = provider(DELAY)
    daemon = postern({"anna": [source_at(server)]})
    daemon.wait_for_state("anna", "idle")
    assert_not_tried(doctor(daemon)[1])
    daemon.stop()
    assert_not_tried(doctor(daemon)[1])
    daemon.start()
    assert_not_tried(doctor(daemon)[1])
    assert len(server.logins) == 1


def test_a_poll_after_a_doctor_beside_the_daemon(provider, postern):
    server = provider()
    daemon = postern({"anna": [source_at(server)]})
    daemon.wait_for_state("anna", "idle")
    server.login_delay = DELAY
    status, steps = doctor(daemon)
    assert status == 0 and steps["login"]["text"] == "accepted"
    assert len(server.logins) == 2
    assert "not polled now" in daemon.sync(expect=1)
    assert_not_tried(doctor(daemon)[1])
    daemon.kill()
    daemon.start()
    assert "not polled now" in daemon.sync(expect=1)
    assert len(server.logins) == 2


def test_a_lock_is_no_bad_login(provider, postern):
    server = provider()
    server.refusal = "-ERR [IN-USE] maildrop is locked by another session"
    daemon = postern({"anna": [source_at(server)]}, start=False)
    status, steps = doctor(daemon)
    assert status == 1 and steps["lock"]["outcome"] == "bad"
    assert "another program holds the mailbox" in steps["lock"]["text"]
    assert "the password was not refused" in steps["lock"]["advice"]
    assert "login" not in steps


def test_a_limit_is_no_bad_password(provider, postern):
    server = provider()
    daemon = postern({"anna": [source_at(server)]}, start=False)
    assert doctor(daemon)[0] == 0
    server.refusal = "-ERR [AUTH] invalid"
    status, steps = doctor(daemon)
    assert status == 1 and steps["throttle"]["outcome"] == "bad"
    assert "a limit on how often one may log in, not the password" in steps["throttle"]["text"]
    assert "login" not in steps


def test_a_password_that_was_refused_twice_is_not_tried_again(provider, postern):
    server = provider()
    daemon = postern({"anna": [source_at(server, "wrong secret")]}, start=False)
    for _ in range(2):
        status, steps = doctor(daemon)
        assert status == 1 and steps["login"]["outcome"] == "bad"
    status, steps = doctor(daemon)
    assert status == 1 and "refused this password twice" in steps["login"]["text"]
    assert len(server.logins) == 2
    daemon.config["accounts"]["anna"]["sources"][0]["password"] = PASSWORD
    daemon.write_config()
    assert doctor(daemon)[0] == 0
    daemon.start()
    daemon.wait_for_state("anna", "idle")


def test_the_clock(provider, postern):
    server = provider()
    server.clock = lambda: time.time() + 7200
    daemon = postern({"anna": [source_at(server)]}, start=False)
    status, steps = doctor(daemon)
    assert status == 0 and steps["clock"]["outcome"] == "odd"
    assert "behind the server" in steps["clock"]["text"]


def test_a_source_that_the_daemon_does_not_know_yet(provider, postern):
    server = provider()
    daemon = postern({"anna": []})
    daemon.config["accounts"]["anna"]["sources"] = [source_at(server)]
    daemon.write_config()
    status, steps = doctor(daemon)
    assert status == 0 and "does not know this source yet" in steps["login"]["text"]
    assert "reload" in steps["login"]["advice"]
    assert server.logins == []


def set_up(folder, server, password=PASSWORD, account="anna", user="anna.meier", what_next=()):
    config_file = folder / "config" / "postern.yaml"
    answers = ["anna@unknown.invalid", f"127.0.0.1:{server.port}", user, password]
    answers += [*what_next, account, "", ""]
    home = {**os.environ, "HOME": str(folder), "XDG_STATE_HOME": str(folder / "state")}

    def run(*arguments, **options):
        return processes.run([program(), *arguments, "--config", config_file], env=home, **options)

    return run, run("setup", input="\n".join(answers) + "\n")


def daemon_of(postern, folder):
    """The daemon on what setup wrote."""
    daemon = postern({}, start=False)
    daemon.config_file = folder / "config" / "postern.yaml"
    text = daemon.config_file.read_text().replace("127.0.0.1:1143", f"127.0.0.1:{daemon.imap_port}")
    daemon.config_file.write_text(text + f"state: {folder / 'state' / 'postern'}\n")
    return daemon.start()


def test_the_login_of_setup_counts(provider, folder):
    server = provider(DELAY)
    run, made = set_up(folder, server)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "wants 15 minutes between two logins, and this was one: the first mail comes from" in made.stdout
    synced = run("sync")
    assert synced.returncode == 1 and "not polled now" in synced.stdout, synced.stdout
    assert "polling" not in synced.stdout
    assert len(server.logins) == 1


def test_the_login_of_setup_counts_beside_a_daemon(provider, postern, folder):
    server = provider(DELAY)
    run, made = set_up(folder, provider())
    daemon = daemon_of(postern, folder)
    made = set_up(folder, server, account="berta", user="berta")[1]
    assert "the first mail comes from" in made.stdout, made.stdout + made.stderr
    daemon.reload()

    def pauses():
        accounts = [one for one in daemon.status()["accounts"] if one["name"] == "berta"]
        return [source["least_pause"]["seconds"] for one in accounts for source in one["sources"]]

    # What was recorded is read when the source begins.
    wait_until(lambda: pauses() == [DELAY], lambda: daemon.status(), 10, 0.1)
    assert daemon.source("berta")["state"] == "waiting"
    assert "not polled now" in run("sync", "berta").stdout
    assert len(server.logins) == 1


def test_a_refused_login_of_setup_counts(provider, postern, folder):
    server = provider(DELAY)
    _, made = set_up(folder, server, "wrong secret", what_next=["5"])
    assert made.returncode == 0, made.stdout + made.stderr
    source = daemon_of(postern, folder).source("anna")
    assert source["state"] == "wrong_password" and source["failures"] == 1
    assert source["least_pause"]["seconds"] == DELAY
    assert len(server.logins) == 1


def seconds_between(one, other):
    times = [datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") for text in (one, other)]
    return abs((times[0] - times[1]).total_seconds())


def test_status_knows_what_was_before_the_restart(provider, postern):
    server = provider()
    daemon = postern({"anna": [source_at(server)]})
    known = daemon.wait_for_state("anna", "idle")["last_success"]
    daemon.stop()
    at_rest = daemon.command("status", "--json")
    assert at_rest.returncode == 1
    (account,) = json.loads(at_rest.stdout)["accounts"]
    (source,) = account["sources"]
    assert seconds_between(source["last_success"], known) < 5 and source["next_poll"] is None
    text = daemon.command("status").stdout
    assert "last success never" not in text and "nothing is polled now" in text
    server.login_delay = DELAY
    server.refusal = "-ERR [SYS/TEMP] not now"
    daemon.start()
    assert seconds_between(daemon.source("anna")["last_success"], known) < 5
