"""Which partition a key belongs to: murmur2 as Kafka's own clients compute it, so that both adapters agree."""

_SEED = 0x9747B28C
_MIX = 0x5BD1E995
_BITS = 0xFFFFFFFF


def partition_of(key: str, partitions: int) -> int:
    """The partition of `key` among `partitions`."""
    return (_murmur2(key.encode()) & 0x7FFFFFFF) % partitions


def _murmur2(data: bytes) -> int:
    """MurmurHash2, 32 bits, unsigned (org.apache.kafka.common.utils.Utils.murmur2)."""
    length = len(data)
    whole = length & ~3
    value = _SEED ^ length
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * _MIX & _BITS
        word = (word ^ word >> 24) * _MIX & _BITS
        value = (value * _MIX & _BITS) ^ word
    if rest := data[whole:]:
        value = (value ^ int.from_bytes(rest, "little")) * _MIX & _BITS
    value = (value ^ value >> 13) * _MIX & _BITS
    return value ^ value >> 15
