/// What was given for each setting, wherever: flags win over variables, variables over the file.
struct SettingSources: Sendable {
    let flags: ServeFlags
    let file: ConfigurationFile?
    let environment: @Sendable (String) -> String?

    /// An empty variable is none.
    func variable(_ name: String) -> String? { environment(name).flatMap { $0.isEmpty ? nil : $0 } }

    /// All that was given, from what wins least to what wins most.
    func all(_ setting: Setting) -> [GivenValue] {
        (file?.settings[setting.name] ?? []) + fromVariable(setting) + fromFlags(setting)
    }

    /// Without the file.
    func now(_ setting: Setting) -> [GivenValue] { fromVariable(setting) + fromFlags(setting) }

    func last(_ setting: Setting) -> GivenValue? { all(setting).last }

    private func fromFlags(_ setting: Setting) -> [GivenValue] {
        flags.given(setting).map { GivenValue(text: $0, source: .flag(setting.flag)) }
    }

    private func fromVariable(_ setting: Setting) -> [GivenValue] {
        guard let text = variable(setting.variable) else { return [] }
        let source = SettingSource.variable(setting.variable)
        switch setting.form {
        case .text, .yesNo: return [GivenValue(text: text, source: source)]
        case .list, .pairs:
            return text.split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
                .map { GivenValue(text: $0, source: source) }
        }
    }

    /// The two halves of NAME=VALUE, for settings of that form.
    static func pair(_ value: GivenValue, _ setting: Setting) throws(Failure) -> (name: String, value: String) {
        let parts = value.text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else {
            let said = setting.isSecret ? "a value" : "'\(value.text)'"
            throw .wrong(value.source, "\(said) is not a pair", "Write it as \(setting.valueName.uppercased()).")
        }
        return (parts[0], parts[1])
    }
}

extension Substring {
    fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> String {
        let start = drop(while: isTrimmed)
        guard let last = start.lastIndex(where: { !isTrimmed($0) }) else { return "" }
        return String(start[...last])
    }
}
