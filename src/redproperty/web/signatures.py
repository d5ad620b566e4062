"""The end of a visit on the phone: who signed or would not, and the one position that the inspector may leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from redproperty.actions.signatures import Said
from redproperty.domain.packs import Pack
from redproperty.domain.texts import Text
from redproperty.store import signatures
from redproperty.store.signatures import MILLIONTHS, Position, Signature
from redproperty.web.views import View


@dataclass(frozen=True)
class Signing(View):
    """Who signed or would not; `later` are the items that were changed after that. With a form while it is open."""

    template: ClassVar[str] = "partials/photos/signing.html"
    inspection: int
    required: bool
    signature: Signature | None
    later: tuple[str, ...]
    said: Said = field(default_factory=Said)
    problems: Mapping[str, Text] = field(default_factory=dict)
    missing: Text | None = None


@dataclass(frozen=True)
class Place(View):
    """Where the inspector stood, if they said so."""

    template: ClassVar[str] = "partials/photos/position.html"
    inspection: int
    position: Position | None
    problem: Text | None = None

    @property
    def coordinates(self) -> str:
        """Latitude and longitude in degrees with six places."""
        if self.position is None:
            return ""
        return f"{_degrees(self.position.latitude)}, {_degrees(self.position.longitude)}"


def _degrees(value: int) -> str:
    whole, part = divmod(abs(value), MILLIONTHS)
    return f"{'-' if value < 0 else ''}{whole}.{part:06d}"


async def signing(
    inspection: int, pack: Pack, *, said: Said | None = None, problems: Mapping[str, Text] | None = None,
    missing: Text | None = None,
) -> Signing:  # fmt: skip
    """Return how it stands with the signature; `said` is what was typed where it could not be taken.

    `missing` says that the inspection cannot be handed in without it.
    """
    held = await signatures.signature(inspection)
    later = await signatures.changed_since(inspection, held.at) if held else ()
    required = pack.inspections.signature == "required"
    return Signing(inspection, required, held, later, said or Said(), problems or {}, missing)


async def place(inspection: int, problem: Text | None = None) -> Place:
    """Return the position that was left."""
    return Place(inspection, await signatures.position(inspection), problem)
