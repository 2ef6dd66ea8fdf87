"""An own CA and the certificates that tests need, made by openssl."""

import pathlib

from . import processes


def _openssl(*arguments):
    result = processes.run(["openssl", *arguments])
    assert result.returncode == 0, result.stderr


class Authority:
    """A CA of one test run. `ca` is its certificate; leaf() gives a certificate and key file."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        self._key = self.folder / "ca.key"
        _openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            self._key,
            "-out",
            self.ca,
            "-days",
            "30",
            "-subj",
            "/CN=Test CA",
            "-addext",
            "basicConstraints=critical,CA:TRUE",
            "-addext",
            "keyUsage=critical,keyCertSign",
        )

    def leaf(self, name, names=("DNS:localhost", "IP:127.0.0.1"), days=20):
        """A server certificate for subject alternative names; (certificate file, key file)."""
        certificate, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extensions = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={','.join(names)}\nextendedKeyUsage=serverAuth\n")
        _openssl(
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            key,
            "-out",
            request,
            "-subj",
            f"/CN={name}",
        )
        _openssl(
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.ca,
            "-CAkey",
            self._key,
            "-CAcreateserial",
            "-out",
            certificate,
            "-days",
            str(days),
            "-extfile",
            extensions,
        )
        for file in (certificate, key):
            file.chmod(0o644)
        return certificate, key
