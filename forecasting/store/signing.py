"""Signatures of versions: who has vouched for them.

A signature is made with Ed25519 (RFC 8032) over the manifest, which holds the model, the number and
the digest of every file, and so over all of the version. It lies beside the manifest as
manifest.sig. What belongs to the store rather than to the version, `promotion` and `job`, is not
signed.
"""

from __future__ import annotations

import base64
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from forecasting.errors import BrokenVersionError, SigningKeyError
from forecasting.store.atomic_files import fsync_path
from forecasting.store.manifest import Manifest

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

SIGNATURE = "manifest.sig"
_PREFIX = "ed25519:"
_PURPOSE = b"version of a forecasting model\n"
"""What is signed begins so, lest a signature made for something else fits."""


class _Signature(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Annotated[str, Field(max_length=64, description="The public key.")]
    signature: Annotated[str, Field(max_length=88, description="64 bytes in base64.")]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, with which versions are signed."""

    _private: Ed25519PrivateKey

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a key in PEM, as `create` writes it. Raises SigningKeyError."""
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key

        try:
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, TypeError, ValueError, UnsupportedAlgorithm) as error:
            raise SigningKeyError(f"{path} cannot be read as a signing key: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise SigningKeyError(f"{path} holds another kind of key than Ed25519.")
        return cls(key)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a key, and write it into a new file that only its owner may read.

        Raises SigningKeyError if the file is there already or cannot be written.
        """
        from cryptography.hazmat.primitives import serialization as forms
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pem)
            fsync_path(path)
        except OSError as error:
            raise SigningKeyError(f"{path} cannot be written: {error}") from error
        return cls(key)

    @property
    def public(self) -> str:
        """The public key, as `TrustedKeys.parse` reads it."""
        raw = self._private.public_key().public_bytes_raw()
        return _PREFIX + base64.b64encode(raw).decode()

    def sign(self, manifest: Manifest) -> bytes:
        """Return the content of manifest.sig for a version."""
        signature = base64.b64encode(self._private.sign(_signed_content(manifest))).decode()
        return _Signature(key=self.public, signature=signature).model_dump_json().encode() + b"\n"


@dataclass(frozen=True, slots=True)
class TrustedKeys:
    """The public keys whose signatures are accepted."""

    keys: frozenset[str]

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read public keys with commas between them. Raises SigningKeyError."""
        keys = frozenset(key.strip() for key in text.split(",") if key.strip())
        for key in keys:
            _public_key(key)
        if not keys:
            raise SigningKeyError("there is no key.")
        return cls(keys)

    def check(self, manifest: Manifest, signature: bytes | None) -> None:
        """Check that one of the keys has signed a version; `signature` is its manifest.sig.

        Raises:
            BrokenVersionError: if none has, or if the manifest is not the one that was signed.
        """
        from cryptography.exceptions import InvalidSignature

        version = f"{manifest.model}/{manifest.version}"
        if signature is None:
            raise BrokenVersionError(
                f"{version} is not signed, and only signed versions are trusted here."
            )
        try:
            made = _Signature.model_validate_json(signature)
            raw = base64.b64decode(made.signature, validate=True)
        except (ValidationError, ValueError) as error:
            raise BrokenVersionError(f"{SIGNATURE} cannot be read as a signature.") from error
        if made.key not in self.keys:
            raise BrokenVersionError(
                f"{version} is signed by {made.key}, a key that is not trusted here."
            )
        try:
            _public_key(made.key).verify(raw, _signed_content(manifest))
        except InvalidSignature as error:
            raise BrokenVersionError(f"{version} is not what {made.key} has signed.") from error


def _signed_content(manifest: Manifest) -> bytes:
    """Return what is signed of a version.

    Fields that have their defaults are left out, so that a later version of this program, whose
    manifests have more fields, comes to the same bytes.
    """
    fields = manifest.model_dump(mode="json", exclude={"promotion", "job"}, exclude_defaults=True)
    return _PURPOSE + json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


def _public_key(text: str) -> Ed25519PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        if not text.startswith(_PREFIX):
            raise ValueError
        return Ed25519PublicKey.from_public_bytes(
            base64.b64decode(text.removeprefix(_PREFIX), validate=True)
        )
    except ValueError as error:
        raise SigningKeyError(
            f"{text!r} is no public key. It looks like {_PREFIX}…, and "
            "python -m training key show prints it."
        ) from error
