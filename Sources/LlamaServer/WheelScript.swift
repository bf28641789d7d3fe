/// The server inside the wheel `xllamacpp`, told by the same variables as llama.cpp's own.
enum WheelScript {
    /// For the interpreter's `-c`.
    static let text = #"""
        import os, signal, sys
        import xllamacpp

        given = os.environ.get
        p = xllamacpp.CommonParams()
        p.model.path = given("LLAMA_ARG_MODEL")
        p.model_alias = {given("LLAMA_ARG_ALIAS")}
        p.hostnames, p.port = [given("LLAMA_ARG_HOST")], int(given("LLAMA_ARG_PORT"))
        p.api_keys = [given("LLAMA_API_KEY")]
        p.kv_unified = given("LLAMA_ARG_KV_UNIFIED") in ("1", "true", "on")
        p.use_jinja = p.endpoint_slots = p.endpoint_props = p.endpoint_metrics = True
        p.ui = False
        for variable, owner, name, kind in (
            ("N_PARALLEL", p, "n_parallel", int), ("CTX_SIZE", p, "n_ctx", int), ("CACHE_RAM", p, "cache_ram_mib", int),
            ("LOG_VERBOSITY", p, "verbosity", int), ("N_GPU_LAYERS", p, "n_gpu_layers", int), ("BATCH", p, "n_batch", int),
            ("UBATCH", p, "n_ubatch", int), ("N_PREDICT", p, "n_predict", int), ("THREADS", p.cpuparams, "n_threads", int), ("TEMPERATURE", p.sampling, "temp", float),
            ("TOP_P", p.sampling, "top_p", float), ("TOP_K", p.sampling, "top_k", int), ("MIN_P", p.sampling, "min_p", float),
            ("REPEAT_PENALTY", p.sampling, "penalty_repeat", float),
        ):
            value = given("LLAMA_ARG_" + variable)
            if value:
                setattr(owner, name, kind(value))
        template = given("LLAMA_ARG_CHAT_TEMPLATE_FILE")
        if template:
            with open(template, encoding="utf-8") as file:
                p.chat_template = file.read()
        # Python's own way would wait for the library's threads.
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        try:
            server = xllamacpp.Server(p)
        except RuntimeError:
            # It has said why.
            sys.exit(1)
        while True:
            signal.pause()
        """#
}
