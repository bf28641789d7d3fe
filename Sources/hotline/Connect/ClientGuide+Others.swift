extension ClientGuide {
    /// Clients that speak another protocol than the Responses API.
    static let others = [claude, aider, letta, goose, cline, continueDev]

    private static let claude = ClientGuide(
        name: "claude", title: "Claude Code", wire: .messages, form: .shell,
        place: "Read it into the shell that starts claude: save it as claude.env, then . ./claude.env && claude."
    ) { model in
        let name = Quoted.shell(model.name)
        let models = ["OPUS", "SONNET", "HAIKU", "FABLE"].map { "export ANTHROPIC_DEFAULT_\($0)_MODEL=\(name)\n" }.joined()
        // It takes an unknown model for one of a million tokens.
        let sizes = model.contextTokens.map {
            "export CLAUDE_CODE_MAX_CONTEXT_TOKENS=\($0)\nexport CLAUDE_CODE_MAX_OUTPUT_TOKENS=\($0 < 65_536 ? 4096 : 8192)\n"
        } ?? ""
        return """
            unset ANTHROPIC_API_KEY
            export ANTHROPIC_BASE_URL=\(Quoted.shell(model.rootURL))
            export ANTHROPIC_AUTH_TOKEN="${HOTLINE_API_KEY:-none}"
            export ANTHROPIC_MODEL=\(name)
            \(models)export CLAUDE_CODE_SUBAGENT_MODEL=\(name)
            \(sizes)export CLAUDE_CODE_ATTRIBUTION_HEADER=0
            export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1
            export CLAUDE_CODE_DISABLE_TERMINAL_TITLE=1
            export ENABLE_TOOL_SEARCH=false
            export DISABLE_AUTOUPDATER=1
            export API_TIMEOUT_MS=1800000
            export CLAUDE_CONFIG_DIR="${XDG_DATA_HOME:-$HOME/.local/share}/hotline/claude"

            """
    }

    private static let aider = ClientGuide(
        name: "aider", title: "aider", wire: .chat, form: .shell, place: "Run it in the project's folder."
    ) { model in
        """
        export OPENAI_API_BASE=\(Quoted.shell(model.baseURL))
        export OPENAI_API_KEY="${HOTLINE_API_KEY:-none}"
        aider --model \(Quoted.shell("openai/\(model.name)"))

        """
    }

    private static let letta = ClientGuide(
        name: "letta", title: "Letta Code", wire: .chat, form: .shell, place: "Run it; letta asks for the key."
    ) { model in
        """
        letta backend local
        letta connect openai-compatible --base-url \(Quoted.shell(model.baseURL))
        # then choose the model \(model.name.filter { !$0.isNewline })

        """
    }

    private static let goose = ClientGuide(
        name: "goose", title: "Goose", wire: .chat, form: .shell,
        place: "Read it into the shell that starts goose: save it as goose.env, then . ./goose.env && goose."
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
}
