extension ClientGuide {
    /// Editors.
    static let editors = [zed, visualStudioCode]

    private static let zed = ClientGuide(
        name: "zed", title: "Zed", wire: .responses, form: .json,
        place: "Add it to Zed's settings.json. The key: in Zed's dialog of providers, or as HOTLINE_API_KEY in Zed's environment."
    ) { model in
        let sizes = model.contextTokens.map { #", "max_tokens": \#($0), "max_output_tokens": \#(model.outputTokens ?? 0)"# } ?? ""
        return """
            {
              "language_models": {
                "openai_compatible": {
                  "Hotline": {
                    "api_url": \(Quoted.json(model.baseURL)),
                    "available_models": [
                      {
                        "name": \(Quoted.json(model.name)), "display_name": \(Quoted.json("\(model.name) (Hotline)"))\(sizes),
                        "capabilities": {
                          "tools": true, "images": false, "parallel_tool_calls": true, "prompt_cache_key": true,
                          "chat_completions": false
                        }
                      }
                    ]
                  }
                }
              }
            }

            """
    }

    private static let visualStudioCode = ClientGuide(
        name: "vscode", title: "VS Code, Copilot Chat with a custom endpoint", wire: .responses, form: .json,
        place: "In VS Code: 'Chat: Manage Language Models', Add, Custom Endpoint; or add it to chatLanguageModels.json in the user's folder. "
            + "VS Code asks for the key and keeps it."
    ) { model in
        let sizes = model.promptTokens.map { #", "maxInputTokens": \#($0), "maxOutputTokens": \#(model.outputTokens ?? 0)"# } ?? ""
        return """
            [
              {
                "name": "Hotline", "vendor": "customendpoint", "apiType": "responses", "apiKey": "${input:chat.lm.secret.hotline}",
                "models": [
                  {
                    "id": \(Quoted.json(model.name)), "name": \(Quoted.json(model.name)), "url": \(Quoted.json(model.baseURL)),
                    "toolCalling": true, "vision": false, "thinking": true\(sizes)
                  }
                ]
              }
            ]

            """
    }
}
