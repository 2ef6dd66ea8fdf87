"""The families of generated messages. Each takes a random generator and the message's number and
gives octets."""

import base64
import math
import quopri
import time

from mail_words import FILE_NAMES, FILES, LANGUAGES, PEOPLE, SUBJECTS

CRLF = b"\r\n"
EPOCH = 1767225600  # 2026-01-01: messages are dated from here, ten minutes apart
THREAD_LENGTH = 40


def date(index):
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(EPOCH + 600 * index))


def message_id(index):
    return f"<{index}.sample@postern.example>"


def encoded_word(text, charset, form):
    octets = text.encode(charset)
    if form == "B":
        return f"=?{charset}?B?{base64.b64encode(octets).decode()}?="
    body = "".join(
        "_" if o == 32 else chr(o) if chr(o).isalnum() and o < 128 else f"={o:02X}" for o in octets
    )
    return f"=?{charset}?Q?{body}?="


def words_encoded(text, charset, form):
    """Encoded words of at most 75 octets each, folded; characters stay whole."""
    words, start = [], 0
    while start < len(text):
        end = min(len(text), start + 40)
        while len(encoded_word(text[start:end], charset, form)) > 75:
            end -= 1
        words.append(encoded_word(text[start:end], charset, form))
        start = end
    return "\r\n ".join(words)


def header_text(rng, text):
    if text.isascii():
        return text
    return words_encoded(text, "utf-8", rng.choice("BQ"))


def address(rng, person):
    name, mail = person
    if not name:
        return mail
    if not name.isascii():
        return f"{header_text(rng, name)} <{mail}>"
    if any(c in name for c in ',"\\'):
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{mail}>'
    return f"{name} <{mail}>"


def headers(rng, index, subject, extra=()):
    lines = [
        "Return-Path: <sender@postern.example>",
        f"Received: from relay.example (relay.example [192.0.2.{index % 250 + 1}])\r\n"
        f"\tby mx.postern.example with ESMTPS id {index:08x};\r\n\t{date(index)}",
        f"Date: {date(index)}",
        f"From: {address(rng, rng.choice(PEOPLE))}",
        "To: " + ",\r\n ".join(address(rng, p) for p in rng.sample(PEOPLE, rng.randint(1, 4))),
        f"Subject: {subject}",
        f"Message-ID: {message_id(index)}",
        "MIME-Version: 1.0",
    ]
    if rng.random() < 0.3:
        lines.insert(5, "Cc: " + address(rng, rng.choice(PEOPLE)))
    return "".join(line + "\r\n" for line in [*lines, *extra]).encode()


def some_subject(rng):
    return header_text(rng, rng.choice(SUBJECTS[rng.choice(list(SUBJECTS))]))


def sentences(rng, language, octets):
    """Paragraphs of roughly so many octets in UTF-8, lines by CRLF."""
    stock, lines, size = LANGUAGES[language][0], [], 0
    while size < octets:
        line = " ".join(rng.choice(stock) for _ in range(rng.randint(1, 2)))
        lines.append(line)
        size += len(line.encode()) + 2
        if rng.random() < 0.2:
            lines.append("")
    return "\r\n".join(lines) + "\r\n"


def leaf(content_type, encoding, body, extra=()):
    lines = [f"Content-Type: {content_type}", f"Content-Transfer-Encoding: {encoding}", *extra]
    return "".join(line + "\r\n" for line in lines).encode() + CRLF + body


def base64_lines(octets):
    return base64.encodebytes(octets).replace(b"\n", CRLF)


def quoted_printable(octets):
    return quopri.encodestring(octets.replace(CRLF, b"\n")).replace(b"\n", CRLF)


def text_leaf(rng, octets, language=None, subtype="plain"):
    language = language or rng.choice(list(LANGUAGES))
    text = sentences(rng, language, octets)
    if subtype == "html":
        text = (
            "<html><body>\r\n<p>"
            + text.replace("\r\n\r\n", "</p>\r\n<p>")
            + "</p></body></html>\r\n"
        )
    charset = rng.choice(["utf-8", *LANGUAGES[language][1]])
    try:
        raw = text.encode(charset)
    except UnicodeEncodeError:
        charset, raw = "utf-8", text.encode()
    form = rng.choice(["quoted-printable", "base64", "8bit"])
    if charset in ("us-ascii", "iso-2022-jp"):
        form = "7bit"
    body = {"quoted-printable": quoted_printable, "base64": base64_lines}.get(form, lambda o: o)(
        raw
    )
    return leaf(f"text/{subtype}; charset={charset}", form, body)


def parameter(name, value):
    """A MIME parameter, by RFC 2231 where plain quoting cannot hold it."""
    if value.isascii() and len(value) < 60:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{escaped}"'
    percent = "".join(
        chr(o) if chr(o).isalnum() and o < 128 else f"%{o:02X}" for o in value.encode()
    )
    if len(percent) < 60:
        return f"{name}*=utf-8''{percent}"
    pieces = [percent[i : i + 48] for i in range(0, len(percent), 48)]
    return ";\r\n ".join(
        f"{name}*{n}*={'utf-8' + chr(39) * 2 if n == 0 else ''}{p}" for n, p in enumerate(pieces)
    )


def attachment(rng, octets):
    stem, content_type, suffix = rng.choice(FILES)
    name = (stem if rng.random() < 0.6 else rng.choice(FILE_NAMES)) + "." + suffix
    if content_type.startswith("text/"):
        body = "".join(f"{n};{rng.random():.9f};row\r\n" for n in range(max(1, octets // 24)))
        return leaf(
            content_type,
            "7bit",
            body.encode(),
            [f"Content-Disposition: attachment;\r\n {parameter('filename', name)}"],
        )
    raw = rng.randbytes(max(16, octets * 3 // 4))
    return leaf(
        f"{content_type};\r\n {parameter('name', name)}",
        "base64",
        base64_lines(raw),
        [f"Content-Disposition: attachment;\r\n {parameter('filename', name)}"],
    )


def multipart(rng, subtype, parts, extra=""):
    boundary = f"=_{subtype}_{rng.getrandbits(64):016x}"
    body = b"".join(b"--" + boundary.encode() + CRLF + part + CRLF for part in parts)
    head = f'Content-Type: multipart/{subtype};\r\n boundary="{boundary}"{extra}\r\n\r\n'
    return head.encode() + body + b"--" + boundary.encode() + b"--" + CRLF


def plain(rng, index):
    return headers(rng, index, some_subject(rng)) + text_leaf(rng, rng.randint(60, 1500))


def html(rng, index):
    size = rng.randint(300, 6000)
    language = rng.choice(list(LANGUAGES))
    parts = [text_leaf(rng, size // 2, language), text_leaf(rng, size, language, "html")]
    return headers(rng, index, some_subject(rng)) + multipart(rng, "alternative", parts)


def attachments(rng, index):
    parts = [text_leaf(rng, 400)]
    parts += [attachment(rng, rng.randint(500, 30000)) for _ in range(rng.randint(1, 4))]
    return headers(rng, index, some_subject(rng)) + multipart(rng, "mixed", parts)


def forward(rng, index, depth=None):
    depth = rng.randint(1, 5) if depth is None else depth
    if depth == 0:
        return html(rng, index) if rng.random() < 0.5 else attachments(rng, index)
    inner = forward(rng, index, depth - 1)
    parts = [text_leaf(rng, 120), leaf("message/rfc822", "8bit", inner)]
    return headers(rng, index, "Fwd: " + some_subject(rng)) + multipart(rng, "mixed", parts)


def subjects(rng, index):
    """Subjects in every script: encoded words of old charsets, folded ones, raw 8-bit, RFC 2047's
    odd corners."""
    language = rng.choice(list(SUBJECTS))
    text = " / ".join(rng.choice(SUBJECTS[language]) for _ in range(rng.randint(1, 5)))
    charset = rng.choice(["utf-8", *LANGUAGES[language][1]])
    try:
        subject = words_encoded(text, charset, rng.choice("BQ"))
    except UnicodeEncodeError:
        charset, subject = "utf-8", words_encoded(text, "utf-8", "B")
    if rng.random() < 0.25:
        head = headers(rng, index, "@SUBJECT@").replace(b"@SUBJECT@", text.encode(charset))
    else:
        head = headers(rng, index, subject)
    return head + text_leaf(rng, 200, language)


def thread(rng, index):
    """One answer in a thread of THREAD_LENGTH; all messages before it are among its References."""
    first = index - index % THREAD_LENGTH
    above = list(range(first, index))
    extra = []
    if above:
        extra = [
            f"In-Reply-To: {message_id(rng.choice(above))}",
            "References: " + "\r\n ".join(message_id(n) for n in above),
        ]
    subject = header_text(rng, f"Re: Straßenfest {first}" if above else f"Straßenfest {first}")
    quoted = "".join("> " * d + "The tent is still too small.\r\n" for d in range(len(above) % 12))
    body = (quoted + sentences(rng, "en", 300)).encode()
    return headers(rng, index, subject, extra) + leaf(
        "text/plain; charset=us-ascii; format=flowed", "7bit", body
    )


def newsletter(rng, index):
    images = [
        leaf(
            "image/png",
            "base64",
            base64_lines(rng.randbytes(rng.randint(100, 5000))),
            [f"Content-ID: <image{n}@postern.example>", "Content-Disposition: inline"],
        )
        for n in range(rng.randint(1, 6))
    ]
    related = multipart(
        rng, "related", [text_leaf(rng, 4000, None, "html"), *images], '; type="text/html"'
    )
    parts = [text_leaf(rng, 800), related]
    extra = [
        "List-Id: <news.postern.example>",
        "List-Unsubscribe: <https://news.postern.example/u>",
    ]
    return headers(rng, index, some_subject(rng), extra) + multipart(rng, "alternative", parts)


def odd(rng, index):
    """What a careless program writes; every one must still arrive octet for octet."""
    head = headers(rng, index, f"Odd {index}")
    bodies = [
        head + CRLF,
        head,
        head + CRLF + b"no line end at the end",
        head + CRLF + b".\r\n..\r\n...\r\n.hidden\r\n.",
        head + CRLF + b"From here on\r\n>From there\r\n",
        head + CRLF + b"x" * rng.randint(1000, 20000) + CRLF,
        head + CRLF + b"\t \r\n" * 20 + b"trailing   \r\n\r\n\r\n",
        head + b"Content-Type: multipart/mixed; boundary=never\r\n\r\nno part at all\r\n",
        head
        + b'Content-Type: multipart/mixed; boundary="open"\r\n\r\n--open\r\n\r\nnot closed\r\n',
        head + b"Content-Type: message/rfc822\r\n\r\n",
        head
        + b"".join(b"X-Filler-%d: value\r\n" % n for n in range(300))
        + CRLF
        + b"many headers\r\n",
        head
        + b"Content-Type: text/plain; charset=unknown-9\r\n\r\n"
        + bytes(range(128, 256))
        + CRLF,
        b"\r\nno header at all, number %d\r\n" % index,
        head + b"X-Broken header line\r\n: nameless\r\n\r\nbody\r\n",
    ]
    return bodies[(index // len(FAMILIES)) % len(bodies)]


def large(rng, index):
    parts = [text_leaf(rng, 2000), attachment(rng, rng.randint(1_000_000, 3_000_000))]
    return headers(rng, index, f"Large {index}") + multipart(rng, "mixed", parts)


def sized(rng, index, octets=None):
    """A message of a drawn size, log-normal with median 8 kB and mean about 40 kB, its tree
    growing with the size."""
    if octets is None:
        octets = int(
            min(25_000_000, rng.lognormvariate(math.log(8000), math.sqrt(2 * math.log(5))))
        )
    room = max(200, octets - 900)
    head = headers(rng, index, some_subject(rng))
    if room < 3000:
        return head + text_leaf(rng, room * 3 // 4)
    if room < 9000:
        parts = [text_leaf(rng, room // 4), text_leaf(rng, room // 2, None, "html")]
        return head + multipart(rng, "alternative", parts)
    texts = multipart(
        rng, "alternative", [text_leaf(rng, 1000), text_leaf(rng, 2500, None, "html")]
    )
    count = rng.randint(1, 3)
    if rng.random() < 0.1:
        inner = sized(rng, index, room // 2)
        return head + multipart(
            rng, "mixed", [texts, leaf("message/rfc822", "8bit", inner), attachment(rng, room // 2)]
        )
    return head + multipart(
        rng, "mixed", [texts, *(attachment(rng, room // count) for _ in range(count))]
    )


FAMILIES = {
    "plain": plain,
    "html": html,
    "attachments": attachments,
    "forward": forward,
    "subjects": subjects,
    "thread": thread,
    "newsletter": newsletter,
    "odd": odd,
}
