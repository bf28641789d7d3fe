extension ClientGuide {
    /// Agents in a terminal that speak the Responses API.
    static let agents = [codex, copilot, vibe, openCode, pi]

    private static let codex = ClientGuide(
        name: "codex", title: "Codex CLI", wire: .responses, form: .toml,
        place: "'hotline codex' does all of it. By hand: save it as FOLDER/config.toml, then CODEX_HOME=FOLDER HOTLINE_API_KEY=KEY codex; "
            + "KEY is 'none' for a server without keys, as Codex asks for no models without one."
    ) { CodexConfiguration(model: $0).text }

    private static let copilot = ClientGuide(
        name: "copilot", title: "GitHub Copilot CLI", wire: .responses, form: .shell,
        place: "Read it into the shell that starts copilot: save it as copilot.env, then . ./copilot.env && copilot."
    ) { model in
        // With the prompt's limit it compacts before it sends; an overflow afterwards is only sent again.
        let sizes = [("MAX_PROMPT_TOKENS", model.promptTokens), ("MAX_OUTPUT_TOKENS", model.outputTokens)].compactMap { name, tokens in
            tokens.map { "export COPILOT_PROVIDER_\(name)=\($0)\n" }
        }
        return """
            export COPILOT_PROVIDER_BASE_URL=\(Quoted.shell(model.baseURL))
            export COPILOT_PROVIDER_TYPE=openai
            export COPILOT_PROVIDER_WIRE_API=responses
            export COPILOT_PROVIDER_TRANSPORT=websockets
            export COPILOT_PROVIDER_API_KEY="${HOTLINE_API_KEY:-none}"
            export COPILOT_MODEL=\(Quoted.shell(model.name))
            \(sizes.joined())export COPILOT_OFFLINE=true
            export COPILOT_AUTO_UPDATE=false
            export COPILOT_HOME="${XDG_DATA_HOME:-$HOME/.local/share}/hotline/copilot"

            """
    }

    private static let vibe = ClientGuide(
        name: "vibe", title: "Mistral Vibe", wire: .responses, form: .toml,
        place: "Save it as FOLDER/config.toml, then VIBE_HOME=FOLDER HOTLINE_API_KEY=KEY vibe; KEY is any word for a server without keys."
    ) { model in
        let name = Quoted.json(model.name)
        let sizes = [("max_context_length", model.contextTokens), ("max_output_tokens", model.outputTokens)].compactMap { field, tokens in
            tokens.map { "\(field) = \($0)\n" }
        }
        return """
            active_model = \(name)
            enable_update_checks = false
            enable_telemetry = false

            [[providers]]
            name = "hotline"
            api_base = \(Quoted.json(model.baseURL))
            api_key_env_var = "HOTLINE_API_KEY"
            api_style = "openai-responses"
            backend = "generic"

            [[models]]
            name = \(name)
            provider = "hotline"
            alias = \(name)
            \(sizes.joined())
            """
    }

    private static let openCode = ClientGuide(
        name: "opencode", title: "opencode", wire: .responses, form: .json,
        place: "Save it as FILE, then OPENCODE_CONFIG=FILE HOTLINE_API_KEY=KEY opencode; or add its provider to your opencode.json."
    ) { model in
        let name = Quoted.json(model.name)
        let limit = model.contextTokens.map { #", "limit": {"context": \#($0), "output": \#(model.outputTokens ?? 0)}"# } ?? ""
        return """
            {
              "$schema": "https://opencode.ai/config.json",
              "provider": {
                "hotline": {
                  "npm": "@ai-sdk/openai",
                  "name": "Hotline",
                  "options": {"baseURL": \(Quoted.json(model.baseURL)), "apiKey": "{env:HOTLINE_API_KEY}"},
                  "models": {\(name): {"name": \(name), "tool_call": true, "reasoning": true\(limit)}}
                }
              },
              "model": \(Quoted.json("hotline/\(model.name)"))
            }

            """
    }

    private static let pi = ClientGuide(
        name: "pi", title: "pi", wire: .responses, form: .json,
        place: "Add its provider to ~/.pi/agent/models.json, then HOTLINE_API_KEY=KEY pi; KEY is any word for a server without keys."
    ) { model in
        // Without the sizes it takes a model for one of 128,000 tokens.
        let sizes = model.contextTokens.map { #", "contextWindow": \#($0), "maxTokens": \#(model.outputTokens ?? 0)"# } ?? ""
        return """
            {
              "providers": {
                "hotline": {
                  "baseUrl": \(Quoted.json(model.baseURL)),
                  "api": "openai-responses",
                  "apiKey": "$HOTLINE_API_KEY",
                  "models": [{"id": \(Quoted.json(model.name)), "reasoning": true, "input": ["text"]\(sizes)}]
                }
              }
            }

            """
    }
}
