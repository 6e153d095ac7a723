"""How long a wrong key takes to be refused tells nothing: neither whether it begins as a key does, nor whether it was
ever good.

Measured with `./oliver test --full` only: it takes a minute, and shows more the quieter the machine is.
"""

from __future__ import annotations

import http.client
import random
import statistics
import string
import threading
import time
import urllib.parse

import pytest

from product import FULL, OWN, SEED, Product

SAMPLES = 2_000
# Requests at one time: a refusal waits for the next look at the directory, so that one after another would take long.
CONNECTIONS = 16
KEY_LENGTH = 34


def wrong_keys(product: Product) -> dict[str, list[str]]:
    """Keys of each kind, as often as one is sent."""
    chance = random.Random(SEED)

    def completed(text: str) -> str:
        return text + "".join(chance.choices(string.ascii_letters + string.digits, k=KEY_LENGTH - len(text)))

    good = product.make_key("read", OWN)
    revoked = []
    create, revoke = product.document.named("createKey"), product.document.named("revokeKey")
    for _ in range(10):
        made = product.send(product.admin, create, create.example()).json()
        assert product.send(product.admin, revoke, thing=made["id"]).ok
        revoked.append(made["key"])
    others = string.ascii_letters.replace(good[-1], "")
    # By then every copy knows.
    time.sleep(2)
    return {
        "unknown": [completed("olv_") for _ in range(SAMPLES)],
        "right prefix": [completed(good[:10]) for _ in range(SAMPLES)],
        "all but the last character": [good[:-1] + chance.choice(others) for _ in range(SAMPLES)],
        "revoked": [chance.choice(revoked) for _ in range(SAMPLES)],
    }


def refusals(url: str, work: list[tuple[str, str]]) -> list[tuple[str, float]]:
    """How long each key took to be refused, in milliseconds."""
    address = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    taken = []
    for kind, key in work:
        start = time.perf_counter()
        connection.request("GET", "/v1/budgets", headers={"authorization": f"Bearer {key}"})
        answer = connection.getresponse()
        answer.read()
        taken.append((kind, (time.perf_counter() - start) * 1_000))
        assert answer.status == 401, kind
    connection.close()
    return taken


@pytest.mark.skipif(not FULL, reason="a measurement of a minute: with --full")
def test_the_time_of_a_refusal_does_not_tell_one_wrong_key_from_another(product: Product) -> None:
    work = [(kind, key) for kind, keys in wrong_keys(product).items() for key in keys]
    random.Random(SEED).shuffle(work)
    taken: list[tuple[str, float]] = []
    threads = [
        threading.Thread(
            target=lambda part: taken.extend(refusals(product.url, part)), args=(work[number::CONNECTIONS],)
        )
        for number in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(work)
    medians, noise = {}, 0.0
    for kind in sorted({kind for kind, _ in taken}):
        times = [time for other, time in taken if other == kind]
        quartiles = statistics.quantiles(times, n=4)
        medians[kind] = quartiles[1]
        # The standard error of a median, for what is distributed like this: 1.25 standard deviations by the root of n.
        noise = max(noise, 1.25 * (quartiles[2] - quartiles[0]) / 1.35 / len(times) ** 0.5)
        print(f"{kind}: median {quartiles[1]:.3f} ms, quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f} ms")
    spread = max(medians.values()) - min(medians.values())
    print(f"medians differ by {spread:.3f} ms, the standard error of one is {noise:.3f} ms")
    # Six medians are compared with each other: five standard errors of a difference are no accident.
    assert spread < 5 * 2**0.5 * noise + 0.05, medians
