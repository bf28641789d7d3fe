extension ClientGuide {
    /// Agents and chats that speak Chat Completions or the Messages API.
    static let others = [aider, miniSWE, openHands, hermes, gptme, letta, goose, cline, continueDev, openWebUI]

    static let claude = ClientGuide(
        name: "claude", title: "Claude Code", wire: .messages, form: .shell, contextMin: ClaudeHead.contextMin, saved: "claude.env",
        place: "'hotline claude' does all of it. By hand: read it into a shell with . FILE, and start claude there as its last line says."
    ) { model in
        let variables = ClaudeVariables.all(model).map { "export \($0.name)=\(Quoted.shell($0.value))\n" }
        let files = ClaudeHome.files.map { file in
            let path = #""$\#(ClaudeVariables.folder)/\#(file.name)""#
            return "[ -e \(path) ] || echo \(Quoted.shell(file.text)) > \(path)\n"
        }
        let arguments = ClaudeHead.arguments([], contextTokens: model.contextTokens)
        return """
            unset ANTHROPIC_API_KEY \(ClaudeVariables.leadingElsewhere.joined(separator: " "))
            \(variables.joined())export \(ClaudeVariables.key)="${HOTLINE_API_KEY:-none}"
            export \(ClaudeVariables.folder)="${XDG_DATA_HOME:-$HOME/.local/share}/hotline/claude"
            mkdir -p -m 700 "$\(ClaudeVariables.folder)"
            \(files.joined())# Then: \((["claude"] + arguments).joined(separator: " "))

            """
    }

    private static let aider = ClientGuide(
        name: "aider", title: "aider", wire: .chat, form: .shell, saved: "aider.sh",
        place: "Run it in the project's folder: sh FILE."
    ) { model in
        """
        export OPENAI_API_BASE=\(Quoted.shell(model.baseURL))
        export OPENAI_API_KEY="${HOTLINE_API_KEY:-none}"
        aider --model \(Quoted.shell("openai/\(model.name)"))

        """
    }

    private static let miniSWE = ClientGuide(
        name: "mini-swe-agent", title: "mini-swe-agent", wire: .chat, form: .shell, saved: "mini-swe-agent.sh",
        place: "Run it in the project's folder: sh FILE."
    ) { model in
        // It asks for no keys and looks up no prices then: LiteLLM has none for this model.
        """
        export OPENAI_API_BASE=\(Quoted.shell(model.baseURL))
        export OPENAI_API_KEY="${HOTLINE_API_KEY:-none}"
        export MSWEA_CONFIGURED=true
        export MSWEA_COST_TRACKING=ignore_errors
        mini -m \(Quoted.shell("openai/\(model.name)"))

        """
    }

    private static let openHands = ClientGuide(
        name: "openhands", title: "OpenHands CLI", wire: .chat, form: .shell, firstTokens: 8_700, saved: "openhands.sh",
        place: "Run it in the project's folder: sh FILE."
    ) { model in
        """
        export LLM_MODEL=\(Quoted.shell("openai/\(model.name)"))
        export LLM_BASE_URL=\(Quoted.shell(model.baseURL))
        export LLM_API_KEY="${HOTLINE_API_KEY:-none}"
        openhands --override-with-envs

        """
    }

    private static let hermes = ClientGuide(
        name: "hermes", title: "Hermes Agent", wire: .chat, form: .yaml, contextMin: 64_000, saved: "FOLDER/config.yaml",
        place: "Then: HERMES_HOME=FOLDER HOTLINE_API_KEY=KEY hermes; KEY is any word for a server without keys. "
            + "It opens no model with less than 64,000 tokens of context."
    ) { model in
        """
        model:
          default: \(Quoted.json(model.name))
          provider: custom
          base_url: \(Quoted.json(model.baseURL))
          api_key: "${HOTLINE_API_KEY}"
        \(model.contextTokens.map { "  context_length: \($0)\n" } ?? "")
        """
    }

    private static let gptme = ClientGuide(
        name: "gptme", title: "gptme", wire: .chat, form: .shell, firstTokens: 8_900, saved: "gptme.sh",
        place: "Run it in the project's folder: sh FILE."
    ) { model in
        """
        export OPENAI_BASE_URL=\(Quoted.shell(model.baseURL))
        export OPENAI_API_KEY="${HOTLINE_API_KEY:-none}"
        gptme -m \(Quoted.shell("local/\(model.name)"))

        """
    }

    private static let letta = ClientGuide(
        name: "letta", title: "Letta Code", wire: .chat, form: .shell, firstTokens: 27_700, saved: "letta.sh",
        place: "Run it once: sh FILE; letta asks for the key. Then start letta in the project's folder."
    ) { model in
        """
        letta backend local
        letta connect openai-compatible --base-url \(Quoted.shell(model.baseURL))
        # Where it asks for one, the model is \(model.name.filter { !$0.isNewline })

        """
    }

    private static let goose = ClientGuide(
        name: "goose", title: "Goose", wire: .chat, form: .shell, saved: "goose.env",
        place: "Read it into the shell that starts goose: . FILE && goose."
    ) { model in
        """
        export GOOSE_PROVIDER=openai
        export GOOSE_MODEL=\(Quoted.shell(model.name))
        export OPENAI_HOST=\(Quoted.shell(model.rootURL))
        export OPENAI_API_KEY="${HOTLINE_API_KEY:-none}"
        \(model.contextTokens.map { "export GOOSE_CONTEXT_LIMIT=\($0)\n" } ?? "")
        """
    }

    private static let cline = ClientGuide(
        name: "cline", title: "Cline", wire: .chat, form: .fields, place: "Fill it into Cline's settings; Cline keeps the key."
    ) { model in
        """
        API Provider: OpenAI Compatible
        Base URL: \(model.baseURL)
        API Key: that of the server; any word when it has none
        Model ID: \(model.name)
        \(model.contextTokens.map { "Context Window Size: \($0)\nMax Output Tokens: \(model.outputTokens ?? 0)\n" } ?? "")
        """
    }

    private static let continueDev = ClientGuide(
        name: "continue", title: "Continue", wire: .chat, form: .yaml,
        place: "Add its model to ~/.continue/config.yaml, and HOTLINE_API_KEY to ~/.continue/.env."
    ) { model in
        let name = Quoted.json(model.name)
        let sizes = model.contextTokens.map {
            "    defaultCompletionOptions:\n      contextLength: \($0)\n      maxTokens: \(model.outputTokens ?? 0)\n"
        } ?? ""
        return """
            name: Hotline
            version: 1.0.0
            schema: v1
            models:
              - name: \(name)
                provider: openai
                model: \(name)
                apiBase: \(Quoted.json(model.baseURL))
                apiKey: ${{ secrets.HOTLINE_API_KEY }}
                roles: [chat, edit, apply]
            \(sizes)
            """
    }

    private static let openWebUI = ClientGuide(
        name: "open-webui", title: "Open WebUI", wire: .chat, form: .shell, saved: "open-webui.sh",
        place: "Run it: sh FILE. After its first start it goes by its own settings: Admin Settings, Connections."
    ) { model in
        """
        export OPENAI_API_BASE_URL=\(Quoted.shell(model.baseURL))
        export OPENAI_API_KEY="${HOTLINE_API_KEY:-none}"
        export ENABLE_OLLAMA_API=false
        open-webui serve
        # then choose the model \(model.name.filter { !$0.isNewline })

        """
    }
}
