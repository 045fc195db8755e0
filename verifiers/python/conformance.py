"""The program that verifiers/CONFORMANCE.md asks for."""

import json
import os
import sys
import threading
import time

from gatehouse_verifier import GatehouseUnavailable, Verifier

ahead = {"monotonic": 0.0, "wall": 0.0}
read_monotonic, read_wall = time.monotonic, time.time
time.monotonic = lambda: read_monotonic() + ahead["monotonic"]
time.time = lambda: read_wall() + ahead["wall"]

NAMES = {"clientId": "client_id", "clientSecret": "client_secret", "maxTokens": "max_tokens"}

writing = threading.Lock()
verifier = None


def reply(command, **members):
    with writing:
        print(json.dumps({"id": command["id"], **members}), flush=True)


def verify(command):
    try:
        return {"answer": verifier.verify(command["token"])}
    except GatehouseUnavailable as error:
        return {"unavailable": str(error)}


def start_to_verify(command):
    has_begun = threading.Event()

    def run():
        has_begun.set()
        reply(command, **verify(command))

    threading.Thread(target=run, daemon=True).start()
    has_begun.wait()


def fork(command):
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, json.dumps(verify(command)).encode())
        # Until it has polled.
        time.sleep(1)
        os._exit(0)
    reply(command, **json.loads(os.read(read_end, 65_536)))


for line in sys.stdin:
    command = json.loads(line)
    operation = command["op"]
    if operation == "create":
        options = {k: v for k, v in command.items() if k not in ("id", "op")}
        verifier = Verifier(**{NAMES.get(name, name): value for name, value in options.items()})
        reply(command)
    elif operation == "verify":
        start_to_verify(command)
    elif operation == "ping":
        # The threads have begun; let them reach the verifier, on a busy machine too.
        time.sleep(0.5)
        reply(command)
    elif operation == "clock":
        ahead["monotonic"] += command["monotonicMs"] / 1000
        ahead["wall"] += command["wallMs"] / 1000
        reply(command)
    elif operation == "fork":
        fork(command)
    elif operation == "close":
        verifier.close()
        reply(command)
    else:
        reply(command, unsupported=True)
