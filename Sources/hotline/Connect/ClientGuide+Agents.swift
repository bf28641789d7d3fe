extension ClientGuide {
    /// Agents in a terminal that speak the Responses API, some of them others as well.
    static let agents =
        [copilot(.responses), copilot(.chat), copilot(.messages), vibe(.responses), vibe(.chat), vibe(.messages), openCode, pi]

    /// Of a client that speaks several protocols: the first has its bare name.
    private static func name(_ name: String, _ wire: SpokenProtocol) -> String {
        wire == .responses ? name : "\(name)-\(wire.word)"
    }

    static let codex = ClientGuide(
        name: "codex", title: "Codex CLI", wire: .responses, form: .toml, contextMin: CodexHead.contextMin, saved: "FOLDER/config.toml",
        place: "'hotline codex' does all of it. By hand: CODEX_HOME=FOLDER HOTLINE_API_KEY=KEY codex; "
            + "KEY is 'none' for a server without keys, as Codex asks for no models without one."
    ) { CodexConfiguration(model: $0).text }

    private static func copilot(_ wire: SpokenProtocol) -> ClientGuide {
        ClientGuide(
            name: name("copilot", wire), title: "GitHub Copilot CLI", wire: wire, form: .shell, firstTokens: 12_500, saved: "copilot.env",
            place: "Read it into the shell that starts copilot: . FILE && copilot."
        ) { model in
            // With the prompt's limit it compacts before it sends; an overflow afterwards is only sent again.
            let sizes = [("MAX_PROMPT_TOKENS", model.promptTokens), ("MAX_OUTPUT_TOKENS", model.outputTokens)].compactMap { name, tokens in
                tokens.map { "export COPILOT_PROVIDER_\(name)=\($0)\n" }
            }
            // What an earlier guide may have set in the same shell is set, or taken back.
            let ways = switch wire {
            case .responses: ["export COPILOT_PROVIDER_WIRE_API=responses", "export COPILOT_PROVIDER_TRANSPORT=websockets"]
            case .chat: ["export COPILOT_PROVIDER_WIRE_API=completions", "unset COPILOT_PROVIDER_TRANSPORT"]
            case .messages: ["unset COPILOT_PROVIDER_WIRE_API COPILOT_PROVIDER_TRANSPORT"]
            }
            return """
                export COPILOT_PROVIDER_BASE_URL=\(Quoted.shell(wire == .messages ? model.rootURL : model.baseURL))
                export COPILOT_PROVIDER_TYPE=\(wire == .messages ? "anthropic" : "openai")
                \(ways.joined(separator: "\n"))
                export COPILOT_PROVIDER_API_KEY="${HOTLINE_API_KEY:-none}"
                export COPILOT_MODEL=\(Quoted.shell(model.name))
                \(sizes.joined())export COPILOT_OFFLINE=true
                export COPILOT_AUTO_UPDATE=false
                export COPILOT_HOME="${XDG_DATA_HOME:-$HOME/.local/share}/hotline/copilot"

                """
        }
    }

    private static func vibe(_ wire: SpokenProtocol) -> ClientGuide {
        ClientGuide(
            name: name("vibe", wire), title: "Mistral Vibe", wire: wire, form: .toml, firstTokens: 8100, saved: "FOLDER/config.toml",
            place: "Then: VIBE_HOME=FOLDER HOTLINE_API_KEY=KEY vibe; KEY is any word for a server without keys."
        ) { model in
            let name = Quoted.json(model.name)
            let sizes = [("max_context_length", model.contextTokens), ("max_output_tokens", model.outputTokens)].compactMap { field, tokens in
                tokens.map { "\(field) = \($0)\n" }
            }
            let style = switch wire {
            case .responses: "api_style = \"openai-responses\"\n"
            // It is what it speaks when nothing is said.
            case .chat: ""
            case .messages: "api_style = \"anthropic\"\n"
            }
            return """
                active_model = \(name)
                enable_update_checks = false
                enable_telemetry = false

                [[providers]]
                name = "hotline"
                api_base = \(Quoted.json(wire == .messages ? model.rootURL : model.baseURL))
                api_key_env_var = "HOTLINE_API_KEY"
                \(style)backend = "generic"

                [[models]]
                name = \(name)
                provider = "hotline"
                alias = \(name)
                \(sizes.joined())
                """
        }
    }

    private static let openCode = ClientGuide(
        name: "opencode", title: "opencode", wire: .chat, form: .json, saved: "hotline.json",
        place: "Then: OPENCODE_CONFIG=FILE HOTLINE_API_KEY=KEY opencode; KEY is any word for a server without keys. Or add its provider to your "
            + "opencode.json."
    ) { model in
        let name = Quoted.json(model.name)
        let limit = model.contextTokens.map { #", "limit": {"context": \#($0), "output": \#(model.outputTokens ?? 0)}"# } ?? ""
        return """
            {
              "$schema": "https://opencode.ai/config.json",
              "provider": {
                "hotline": {
                  "npm": "@ai-sdk/openai-compatible",
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
