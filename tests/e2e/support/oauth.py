"""A real authorization server (oidc-provider, run by Node) and an owner with a browser who allows what is
asked."""

import html.parser
import http.cookiejar
import json
import pathlib
import subprocess
import urllib.error
import urllib.parse
import urllib.request

from . import npm, processes


class AuthorizationServer:
    """One server; `lifetime` is that of its access tokens in seconds. stop() ends it."""

    def __init__(self, lifetime):
        self._process = processes.start(
            ["node", "server.mjs", lifetime],
            cwd=npm.installed("oauth", "server.mjs"),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), "the authorization server did not start"

    def stop(self):
        self._process.terminate()
        self._process.wait(20)
        self._process.stdout.close()

    def endpoints(self):
        """For the key `oauth:` of a source."""
        return {
            "client_id": "postern",
            "scope": "openid offline_access",
            "authorization": f"{self.url}/auth?prompt=consent",
            "token": f"{self.url}/token",
            "device": f"{self.url}/device/auth",
        }

    def _ask(self, path):
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return json.load(answer)

    def secrets(self):
        """Every token and code that was given out."""
        return self._ask("/test/secrets")

    def revoke(self):
        """The owner takes back what was allowed."""
        self._ask("/test/revoke")

    def dovecot_passdb(self, folder):
        """Lets Dovecot ask this server about tokens (RFC 7662)."""
        settings = pathlib.Path(folder) / "oauth2.conf.ext"
        host = self.url.removeprefix("http://")
        settings.write_text(
            "introspection_mode = post\n"
            f"introspection_url = http://dovecot:introspection@{host}/token/introspection\n"
            "username_attribute = sub\nactive_attribute = active\nactive_value = true\n"
        )
        settings.chmod(0o644)
        return (
            "auth_mechanisms = plain login xoauth2 oauthbearer\n"
            "passdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n"
            f"  args = {settings}\n}}\n"
        )


class _Forms(html.parser.HTMLParser):
    """The forms of a page, as (action, fields)."""

    def __init__(self):
        super().__init__()
        self.forms = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.forms.append((attributes.get("action"), {}))
        elif tag in ("input", "button") and self.forms and attributes.get("name"):
            self.forms[-1][1][attributes["name"]] = attributes.get("value") or ""


class Owner:
    """Somebody with a browser."""

    def __init__(self, name):
        self._name = name
        self._browser = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )

    def allow(self, url, steps=10):
        """Opens the page and says yes until no form is left; the last page."""
        page, where = self._open(url)
        for _ in range(steps):
            parsed = _Forms()
            parsed.feed(page)
            if not parsed.forms:
                return page
            action, fields = parsed.forms[0]
            fields.pop("abort", None)
            if "login" in fields:
                fields.update(login=self._name, password="any")
            target = urllib.parse.urljoin(where, action or "")
            page, where = self._open(target, urllib.parse.urlencode(fields).encode())
        raise AssertionError(f"still a form after {steps} steps:\n{page}")

    def refuse(self, url):
        """Opens the page, signs in and follows the link that says no; the last page."""
        page, where = self._open(url)
        parsed = _Forms()
        parsed.feed(page)
        abort = page.split('/abort"')[0].rsplit('"', 1)[1] + "/abort"
        return self._open(urllib.parse.urljoin(where, abort))[0]

    def _open(self, url, body=None):
        try:
            with self._browser.open(url, body, timeout=20) as answer:
                return answer.read().decode(), answer.url
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{error} at {url}: {error.read().decode()}") from None
