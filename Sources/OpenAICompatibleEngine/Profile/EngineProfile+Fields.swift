import ResponsesAPI

extension EngineProfile {
    /// Everything a profile says, in the order in which documentation lists it.
    public static let fields: [EngineProfileField] = [
        choice("output-limit", \.outputLimit, "the name of the limit of output tokens; 'no' sends none, and no warmup"),
        flag("stream-options", \.streamOptions, "ask for the usage by stream_options"),
        choice("parallel-tool-calls", \.parallelCalls, "when parallel_tool_calls is sent"),
        flag("effort", \.sendsEffort, "send reasoning_effort"),
        words("effort-words", \.effortWords, "other words for efforts"),
        choice("effort-none", \.noReasoning, "how the effort 'none' is said: as an effort, as an argument of the template"),
        choice("strict", \.strict, "when 'strict' is sent, in tools and formats"),
        flag("tool-choice-required", \.requiresCalls, "send tool_choice 'required'; else the choice is the model's"),
        choice("structured-output", \.structuredOutput, "by schema, or as any JSON object with the schema in the instructions"),
        object("add-fields", \.addedFields, "fields to add to every request that does not have them"),
        nameSet("pass-fields", \.passedOnFields, "clients' own fields that are passed on; 'all' passes on every field"),
        nameSet("leave-out", \.leftOutFields, "fields that are never sent"),
        choice("content-beside-calls", \.callsContent, "the content of a message with calls and without text"),
        choice("reasoning-history", \.reasoningHistory, "how earlier reasoning goes back to the model"),
        choice("reasoning-on", \.reasoningPlace, "which messages carry it"),
        flag("reasoning-empty", \.sendsEmptyReasoning, "send an empty text where there was no reasoning"),
        flag("reasoning-details", \.reasoningDetails, "give reasoning_details back as they came"),
        flag("call-extras", \.callExtras, "give back what the engine put beside a call, such as a signature"),
        choice("call-ids", \.callIDs, "the form of the ids of calls: any, or nine letters and digits"),
        choice("first-message", \.firstMessage, "who must speak first"),
        choice("after-tools", \.afterTools, "who must speak after a tool"),
        flag("tool-name", \.namesToolMessages, "name the function on messages of tools"),
        flag("blank-text", \.allowsBlankText, "messages of a single space are taken; they close a warmup"),
        choice("think-tags", \.thinkTags, "thinking in the text of an answer: from a tag at its start, or from the start on"),
        nameList("think-tag-names", \.thinkTagNames, "the names of such tags"),
        text("key-header", \.keyHeader, "the header that carries the key", none: "Authorization", values: "NAME"),
        duration("first-byte-timeout", \.firstByteTimeout, "the wait for the first byte"),
        duration("silence-timeout", \.silenceTimeout, "the wait in mid-stream"),
        nameList("models", \.models, "models given by hand"),
        choice("count-tokens", \.tokenCounting, "which endpoints count tokens"),
    ]

    /// Changes a field by its name.
    ///
    /// - Parameter value: as `EngineProfileField.values` says.
    public mutating func set(_ field: String, to value: String) throws(EngineProfileError) {
        guard let known = Self.fields.first(where: { $0.name == field }) else {
            let nearest = NearestName.of(field, in: Self.fields.map(\.name))
            throw EngineProfileError(
                message: "a profile has no field '\(field.prefix(64))'",
                wayOut: nearest.map { "Did you mean '\($0)'?" } ?? "The fields are \(Self.fields.map(\.name).joined(separator: ", ")).",
                nearest: nearest)
        }
        guard known.change(&self, value) else {
            throw EngineProfileError(
                message: "'\(value.prefix(64))' cannot be \(field)", wayOut: "Write \(known.values).", nearest: nil)
        }
    }

    /// The value of a field, as `set` reads it; nil for an unknown name.
    public func value(of field: String) -> String? { Self.fields.first { $0.name == field }?.text(self) }

    // MARK: Kinds of fields

    private typealias Path<Value> = any WritableKeyPath<EngineProfile, Value> & Sendable

    private static func field(
        _ name: String, _ meaning: String, _ values: String, _ text: @escaping @Sendable (EngineProfile) -> String,
        _ change: @escaping @Sendable (inout EngineProfile, String) -> Bool
    ) -> EngineProfileField {
        EngineProfileField(name: name, meaning: meaning, values: values, default: text(EngineProfile()), text: text, change: change)
    }

    private static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
        _ name: String, _ path: Path<Value>, _ meaning: String
    ) -> EngineProfileField where Value.RawValue == String {
        field(name, meaning, Value.allCases.map(\.rawValue).joined(separator: ", "), { $0[keyPath: path].rawValue }) { profile, text in
            guard let value = Value(rawValue: text) else { return false }
            profile[keyPath: path] = value
            return true
        }
    }

    private static func flag(_ name: String, _ path: Path<Bool>, _ meaning: String) -> EngineProfileField {
        field(name, meaning, "yes, no", { $0[keyPath: path] ? "yes" : "no" }) { profile, text in
            switch text {
            case "yes", "true", "on": profile[keyPath: path] = true
            case "no", "false", "off": profile[keyPath: path] = false
            default: return false
            }
            return true
        }
    }

    /// Names with commas between them; `+` in front of the first adds to what is there.
    private static func nameSet(_ name: String, _ path: Path<Set<String>>, _ meaning: String) -> EngineProfileField {
        field(name, meaning, "NAME,NAME or +NAME,NAME to add to the default", { $0[keyPath: path].sorted().joined(separator: ",") }) {
            profile, text in
            let adds = text.hasPrefix("+")
            let names = Set(list(adds ? String(text.dropFirst()) : text))
            profile[keyPath: path] = adds ? profile[keyPath: path].union(names) : names
            return true
        }
    }

    private static func nameList(_ name: String, _ path: Path<[String]>, _ meaning: String) -> EngineProfileField {
        field(name, meaning, "NAME,NAME", { $0[keyPath: path].joined(separator: ",") }) { profile, text in
            profile[keyPath: path] = list(text)
            return true
        }
    }

    private static func words(_ name: String, _ path: Path<[String: String]>, _ meaning: String) -> EngineProfileField {
        field(name, meaning, "WORD=WORD,WORD=WORD", { profile in
            profile[keyPath: path].sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        }) { profile, text in
            var words: [String: String] = [:]
            for pair in list(text) {
                let parts = pair.split(separator: "=", maxSplits: 1)
                guard parts.count == 2 else { return false }
                words[String(parts[0])] = String(parts[1])
            }
            profile[keyPath: path] = words
            return true
        }
    }

    private static func object(_ name: String, _ path: Path<RawJSON>, _ meaning: String) -> EngineProfileField {
        field(name, meaning, "an object of JSON", { $0[keyPath: path].text }) { profile, text in
            guard let json = try? RawJSON(parsing: text), json.isObject else { return false }
            profile[keyPath: path] = json
            return true
        }
    }

    private static func text(
        _ name: String, _ path: Path<String?>, _ meaning: String, none: String, values: String
    ) -> EngineProfileField {
        field(name, meaning, values, { $0[keyPath: path] ?? none }) { profile, text in
            let isToken = !text.isEmpty && text.utf8.allSatisfy { $0 > 32 && $0 < 127 && $0 != UInt8(ascii: ":") }
            guard isToken else { return false }
            profile[keyPath: path] = text.lowercased() == none.lowercased() ? nil : text
            return true
        }
    }

    private static func duration(_ name: String, _ path: Path<Duration?>, _ meaning: String) -> EngineProfileField {
        field(name, meaning, "a number of seconds such as 90s, or default", { profile in
            profile[keyPath: path].map { "\($0.components.seconds)s" } ?? "default"
        }) { profile, text in
            if text == "default" {
                profile[keyPath: path] = nil
                return true
            }
            let units: [(Character, Int)] = [("s", 1), ("m", 60), ("h", 3600)]
            let unit = units.first { text.last == $0.0 }
            // Up to some thirty years: more is a slip, and clocks in nanoseconds have an end.
            guard let number = Int(unit == nil ? text : String(text.dropLast())), (1...1_000_000_000 / (unit?.1 ?? 1)).contains(number)
            else { return false }
            profile[keyPath: path] = .seconds(number * (unit?.1 ?? 1))
            return true
        }
    }

    private static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { String($0.filter { $0 != " " }) }.filter { !$0.isEmpty }
    }
}
