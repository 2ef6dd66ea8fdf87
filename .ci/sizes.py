"""How long the files are: median up to 150 lines, nine in ten up to 350, none over 500."""

import tree

MOST = 500


def check():
    findings = []
    for name, suffixes in (("C++", (".h", ".cpp")), ("Python", (".py",))):
        below = ("config/", "sync/", "proxy/", "tests/", ".ci/")
        lengths = sorted((tree.text(path).count("\n"), path) for path in tree.sources(*suffixes, below=below))
        if not lengths:
            continue
        count = len(lengths)
        median, ninth = lengths[count // 2][0], lengths[count * 9 // 10][0]
        longest, path = lengths[-1]
        print(f"  {name}: {count} files, median {median} lines, nine in ten up to {ninth}, longest {longest} ({path})")
        findings += [f"{path}: {length} lines, more than {MOST}; split it" for length, path in lengths if length > MOST]
    code = sum(tree.text(path).count("\n") for path in tree.sources(".h", ".cpp", below=("config/", "sync/", "proxy/")))
    tests = sum(tree.text(path).count("\n") for path in tree.sources(".h", ".cpp", ".py", ".mjs", below=("tests/",)))
    print(f"  {code} lines of code, {tests} lines of tests")
    return findings
