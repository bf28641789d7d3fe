#!/usr/bin/env python3
"""Start llama.cpp's own HTTP server (from the xllamacpp wheel) on loopback and wait.

    python serve.py tiny.gguf [--port 8091] [--ctx 32768] [--parallel 2] [--threads 1]

Prints "ready <address>" when it answers. Ends with SIGTERM/SIGINT (or kill -9: nothing to clean up).
--ctx is the whole KV cache: each of the --parallel slots gets ctx/parallel tokens.
"""
import argparse, signal
import xllamacpp as xlc

ap = argparse.ArgumentParser()
ap.add_argument("model")
for name, value in dict(port=8091, ctx=32768, parallel=2, threads=1, batch=2048, ubatch=512, cache_ram=256).items():
    ap.add_argument("--" + name.replace("_", "-"), type=int, default=value)
ap.add_argument("--alias", default="tiny")
ap.add_argument("--reasoning-budget", type=int, default=24, help="tokens in <think>; -1: no limit")
ap.add_argument("--api-key")
ap.add_argument("--ignore-eos", action="store_true", help="never end by itself: only max tokens or the client ends an answer")
ap.add_argument("--seed", type=int, help="for every request that names none; default: another for each")
ap.add_argument("--verbose", action="store_true")
a = ap.parse_args()

p = xlc.CommonParams()
p.model.path = a.model
p.model_alias = {a.alias}
p.hostnames, p.port = ["127.0.0.1"], a.port
p.n_ctx, p.n_parallel, p.n_batch, p.n_ubatch = a.ctx, a.parallel, a.batch, a.ubatch
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = a.threads
p.n_threads_http = 8
p.kv_unified = False
p.cache_ram_mib = a.cache_ram
p.use_jinja = p.endpoint_slots = p.endpoint_props = p.endpoint_metrics = True
p.ui = False
p.sampling.reasoning_budget_tokens = a.reasoning_budget
p.sampling.temp, p.sampling.top_k, p.sampling.top_p, p.sampling.min_p = 1.0, 0, 1.0, 0.0
p.sampling.ignore_eos = a.ignore_eos
if a.seed is not None:
    p.sampling.seed = a.seed
if a.api_key:
    p.api_keys = [a.api_key]
if a.verbose:
    p.verbosity = 5
server = xlc.Server(p)
print("ready", server.listening_address, flush=True)
signal.sigwait({signal.SIGTERM, signal.SIGINT})
