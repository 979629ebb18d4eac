"""Every field of every event is process or content, and says which where it is declared.

Process: who, what step, when, how long, which clause, signed or not. Content: ratings, text, evidence.
`accord.process` may carry process only (a test walks the registry); the line is what makes a union's audit possible
without showing anyone's ratings.
"""

from typing import Annotated, TypeVar

from msgspec import Meta

T = TypeVar("T")
Process = Annotated[T, Meta(extra={"accord": "process"}, extra_json_schema={"x-accord": "process"})]
Content = Annotated[T, Meta(extra={"accord": "content"}, extra_json_schema={"x-accord": "content"})]
