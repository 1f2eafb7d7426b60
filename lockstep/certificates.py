"""Make certificates for this machine alone: an authority, and servers that it vouches for.

Writes no file. Needs the extra `tls`; whoever imports this says so where it is missing.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HOST = "localhost"
"""The one name that the authority vouches for."""

_NETWORKS = ("127.0.0.0/8", "::1/128")
_AUTHORITY_DAYS, _SERVER_DAYS = 3_650, 365


class Issued(msgspec.Struct, frozen=True):
    """Hold a private key and the certificate of it, both PEM."""

    key: bytes
    certificate: bytes


def authority(moment: datetime) -> Issued:
    """Return an authority; its certificate says that it vouches for nothing but this machine."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name("Lockstep simulators of this host")
    networks = [x509.IPAddress(ip_network(each)) for each in _NETWORKS]
    builder = _builder(key, moment, _AUTHORITY_DAYS).subject_name(name).issuer_name(name)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(
            x509.NameConstraints([x509.DNSName(HOST), *networks], None),  # nothing else
            critical=True,
        )
    )
    return _signed(builder, key, key)


def server(issuer: Issued, moment: datetime, host: str = HOST) -> Issued:
    """Return a server's certificate for a host, which clients have to name to reach it."""
    issuer_key = load_pem_private_key(issuer.key, None)
    assert isinstance(issuer_key, ec.EllipticCurvePrivateKey)
    subject = x509.load_pem_x509_certificate(issuer.certificate).subject
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName(host)])
    builder = _builder(key, moment, _SERVER_DAYS).subject_name(_name(host)).issuer_name(subject)
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(names, critical=False)
    )
    return _signed(builder, key, issuer_key)


def expiry(certificate: bytes) -> datetime:
    """Return when a certificate (PEM) ends; raises ValueError for what is none."""
    return x509.load_pem_x509_certificate(certificate).not_valid_after_utc


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(
    key: ec.EllipticCurvePrivateKey, moment: datetime, days: int
) -> x509.CertificateBuilder:
    start = moment.astimezone(UTC) - timedelta(days=1)  # clocks may differ
    return (
        x509.CertificateBuilder()
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signed(
    builder: x509.CertificateBuilder,
    key: ec.EllipticCurvePrivateKey,
    issuer: ec.EllipticCurvePrivateKey,
) -> Issued:
    whose = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())
    made = builder.add_extension(whose, critical=False).sign(issuer, SHA256())
    return Issued(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        made.public_bytes(Encoding.PEM),
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
