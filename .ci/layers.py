"""Which folder may use which: the tree is the data path, and folders depend only downward."""

import tree

BASE = {"sync/base"}
FACE = BASE | {"sync/wire", "sync/net", "sync/store", "config", "proxy/access"}
# Of the engine a face sees what hands messages in, and no more.
HANDOVER = "sync/engine/handover"

# docs/architecture.md says why; sync/store -> sync/wire is docs/adr/0002.
USES = {
    "sync/base": set(),
    "config": BASE,
    "sync/wire": BASE,
    "sync/store": BASE | {"sync/wire"},
    "sync/net": BASE | {"config"},
    "sync/upstream": BASE | {"sync/wire", "sync/net", "config"},
    "sync/engine": BASE | {"sync/upstream", "sync/store", "sync/wire", "sync/net", "config"},
    "proxy/access": BASE | {"sync/wire", "sync/net", "sync/store", "config", HANDOVER},
    "proxy/imap": FACE,
    "proxy/pop3": FACE,
    "proxy/submission": FACE | {HANDOVER},
    "proxy/relay": FACE | {"sync/upstream"},
    "proxy/web": FACE,
    "proxy/daemon": {"config", "sync", "proxy"},
}

# A library that only some folders may see.
OWNERS = {
    "sqlite3.h": {"sync/store"},
    "openssl/ssl": {"sync/net"},
    "openssl/x509": {"sync/net"},
    "asio/ip/address": {"sync/net", "proxy"},
    "asio/ip/": {"sync/net"},
    "asio/ssl/": {"sync/net"},
    "asio": {"sync/net", "sync/upstream", "sync/engine", "proxy"},
    "sys/socket.h": {"sync/net"},
    "yaml-cpp/": {"config"},
    "CLI/": {"proxy/daemon"},
    "systemd/": {"proxy/daemon"},
    "qrencode.h": {"proxy/access/settings"},
}


def below(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def room_of(path):
    return next((room for room in USES if below(path, [room])), None)


def check():
    findings = []
    for path in tree.sources(".h", ".cpp", below=("config/", "sync/", "proxy/")):
        room = room_of(path)
        if room is None:
            findings.append(f"{path}: no such folder in .ci/layers.py; say there what it may use")
            continue
        own, system = tree.includes(path)
        for header in own:
            if not (tree.TOP / header).is_file():
                findings.append(f"{path}: \"{header}\" is not a file of the tree (write the path from the top)")
            elif not below(header, USES[room] | {room}):
                findings.append(f"{path}: {room} may not use {header}")
        for header in system:
            owner = next((owners for name, owners in OWNERS.items() if header.startswith(name)), None)
            if owner is not None and not below(path, owner):
                findings.append(f"{path}: {room} may not use <{header}>")
    return findings
