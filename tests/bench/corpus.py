"""Messages for benchmarks: sizes drawn like those of real mailboxes, made fast in any number."""

import math
import random

import mail_families

POOL = 2500


def messages(count, median, mean, seed=1):
    """`count` different messages with log-normal sizes. Past the first POOL they are those of the
    pool again under another number: different octets that compress and parse alike."""
    pool = []
    spread = math.sqrt(2 * math.log(mean / median))
    for index in range(count):
        if index < POOL:
            rng = random.Random(f"{seed}:{median}:{index}")
            octets = int(min(6_000_000, rng.lognormvariate(math.log(median), spread)))
            pool.append(mail_families.sized(rng, index, octets))
        yield b"X-Number: %d\r\n" % index + pool[index % POOL]
