"""What is rated, and on which scales: standards hold components, a component is rated on a scale's levels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from services.evaluation.core.domain.sources import Basis


@dataclass(frozen=True)
class Level:
    """One step of a scale. `value` is the points a rating counts for; None where the scale is only an order."""

    id: str
    value: Decimal | None
    label: str
    descriptor: str


@dataclass(frozen=True)
class Scale:
    """Levels, lowest first."""

    id: str
    title: str
    levels: tuple[Level, ...]
    basis: Basis | None = None
    """Where the points of its levels come from; None where they have none."""

    def level(self, level_id: str) -> Level:
        """The level of that id; KeyError where the scale has none."""
        for level in self.levels:
            if level.id == level_id:
                return level
        raise KeyError(level_id)

    def rank(self, level_id: str) -> int:
        """0 for the lowest level; KeyError where the scale has none of that id."""
        for rank, level in enumerate(self.levels):
            if level.id == level_id:
                return rank
        raise KeyError(level_id)

    def __contains__(self, level_id: object) -> bool:
        return any(level.id == level_id for level in self.levels)


@dataclass(frozen=True)
class Component:
    """The thing that is rated. Without evidence tagged to it, a component with `evidence_required` may not be rated."""

    id: str
    title: str
    scale: str
    evidence_required: bool
    descriptors: Mapping[str, str] = field(default_factory=dict)
    """Level id -> what that level looks like in this component; the scale's own words where it is silent."""


@dataclass(frozen=True)
class Standard:
    id: str
    title: str
    components: tuple[Component, ...]


@dataclass(frozen=True)
class Instrument:
    title: str
    scales: Mapping[str, Scale]
    standards: tuple[Standard, ...]

    def components(self) -> Iterator[Component]:
        """Every component, in the order of the document."""
        for standard in self.standards:
            yield from standard.components

    @property
    def component_ids(self) -> frozenset[str]:
        return frozenset(component.id for component in self.components())

    def component(self, component_id: str) -> Component:
        """The component of that id; KeyError where there is none."""
        for component in self.components():
            if component.id == component_id:
                return component
        raise KeyError(component_id)

    def standard_of(self, component_id: str) -> Standard:
        """The standard a component stands under; KeyError where there is none."""
        for standard in self.standards:
            if any(component.id == component_id for component in standard.components):
                return standard
        raise KeyError(component_id)

    def scale_of(self, component_id: str) -> Scale:
        """The scale a component is rated on."""
        return self.scales[self.component(component_id).scale]

    def descriptor(self, component_id: str, level_id: str) -> str:
        """What a level looks like in a component."""
        component = self.component(component_id)
        own = component.descriptors.get(level_id)
        return own if own is not None else self.scales[component.scale].level(level_id).descriptor
