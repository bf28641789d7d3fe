import Testing

@testable import OpenAICompatibleEngine

/// Profiles as values: presets, fields by name, and who gets which.
struct ProfileTests {
    @Test(arguments: EngineProfile.names)
    func aPresetHasFieldsThatCanBeWrittenAndRead(_ name: String) throws {
        let preset = try #require(EngineProfile(named: name))
        #expect(preset.name == name)
        // A generic profile with the preset's values is spoken by in the same way.
        var copy = EngineProfile()
        for field in EngineProfile.fields {
            let value = try #require(preset.value(of: field.name))
            try copy.set(field.name, to: value)
            #expect(copy.value(of: field.name) == value, "\(field.name)")
            #expect(!field.meaning.isEmpty && !field.values.isEmpty)
        }
        #expect(ChatDialect(copy).name == ChatDialect(preset).name)
    }

    @Test func thePresetsDiffer() {
        let values = EngineProfile.names.compactMap { name in
            EngineProfile(named: name).map { profile in EngineProfile.fields.map { profile.value(of: $0.name) ?? "" } }
        }
        // Azure and OpenAI, or Groq and Cerebras, are not one, but some differ in a word only.
        #expect(values.count == EngineProfile.names.count)
        #expect(Set(values).count >= EngineProfile.names.count - 1)
        #expect(EngineProfile(named: "polite") == nil)
    }

    @Test(arguments: [
        ("stream-option", "no", "stream-options"), ("reasoning-histroy", "no", "reasoning-history"), ("xyzzy", "1", nil),
    ])
    func anUnknownFieldIsRefusedWithTheNearest(_ field: String, _ value: String, _ nearest: String?) {
        var profile = EngineProfile()
        let error = #expect(throws: EngineProfileError.self) { try profile.set(field, to: value) }
        #expect(error?.nearest == nearest)
        #expect(error?.message.contains(field) ?? false)
        #expect(profile == EngineProfile())
    }

    @Test(arguments: [
        ("stream-options", "maybe"), ("strict", "yes"), ("add-fields", "[1]"), ("add-fields", "{"), ("first-byte-timeout", "soon"),
        ("first-byte-timeout", "0s"), ("first-byte-timeout", "99999999999h"), ("effort-words", "low"), ("key-header", "a b"), ("key-header", ""),
    ])
    func whatIsNoValueIsRefused(_ field: String, _ value: String) {
        var profile = EngineProfile()
        let error = #expect(throws: EngineProfileError.self) { try profile.set(field, to: value) }
        #expect(error?.wayOut.isEmpty == false)
        #expect(profile == EngineProfile())
    }

    @Test func listsAreReplacedOrAddedTo() throws {
        var profile = EngineProfile()
        try profile.set("pass-fields", to: "+web_search_options")
        #expect(profile.passesOn("web_search_options") && profile.passesOn("seed") && !profile.passesOn("n"))
        try profile.set("pass-fields", to: "seed, stop")
        #expect(profile.passesOn("stop") && !profile.passesOn("top_k"))
        try profile.set("pass-fields", to: "all")
        #expect(profile.passesOn("anything") && !profile.passesOn("n") && !profile.passesOn("stream"))
        try profile.set("first-byte-timeout", to: "20m")
        #expect(profile.firstByteTimeout == .seconds(1200) && profile.value(of: "first-byte-timeout") == "1200s")
        try profile.set("first-byte-timeout", to: "default")
        #expect(profile == { var other = EngineProfile(); other.passedOnFields = ["all"]; return other }())
    }

    @Test(arguments: [
        ("https://api.openai.com/v1", "openai"), ("https://r.openai.azure.com/openai/v1", "azure"), ("https://openrouter.ai/api/v1", "openrouter"),
        ("https://generativelanguage.googleapis.com/v1beta/openai", "gemini"), ("https://api.mistral.ai", "mistral"),
        ("https://api.deepseek.com", "deepseek"), ("https://api.groq.com/openai/v1", "groq"), ("https://api.cerebras.ai/v1", "cerebras"),
        ("https://api.together.xyz/v1", "together"), ("https://api.x.ai/v1", "xai"), ("https://api.moonshot.cn/v1", "moonshot"),
        ("https://API.X.AI", "xai"), ("https://notx.ai", nil), ("http://127.0.0.1:8080", nil), ("https://openrouter.ai.example.com", nil),
    ])
    func hostedAPIsAreKnownByTheirHost(_ address: String, _ preset: String?) throws {
        #expect(try EngineProfile.hosted(at: EngineAddress(address))?.name == preset)
    }

    @Test(arguments: [
        ("generic", "", ["none", "low", "medium", "high"]), ("vllm", "", ["none", "low", "medium", "high"]), ("mistral", "", []),
        ("moonshot", "", []), ("deepseek", "", ["low", "medium", "high"]), ("generic", "effort=no", []),
        ("llama.cpp", "leave-out=reasoning_effort", []),
    ])
    func effortsThatCanBeAskedFor(_ name: String, _ field: String, _ efforts: [String]) throws {
        var profile = try #require(EngineProfile(named: name))
        let parts = field.split(separator: "=").map(String.init)
        if parts.count == 2 { try profile.set(parts[0], to: parts[1]) }
        #expect(profile.efforts == efforts)
    }
}
