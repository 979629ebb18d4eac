"""Letters as people mean them, under the name by which the directory's own parts know them."""

from shared.letters import composed, holds_unseen, key_of

__all__ = ["composed", "holds_unseen", "key_of"]
