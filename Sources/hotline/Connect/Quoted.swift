import ResponsesAPI

/// Texts between the quotes of the languages that configurations are written in.
enum Quoted {
    /// JSON, and what is written like it: TOML, YAML, JavaScript, Python, Swift. A name of a model has no control characters, whose
    /// escapes differ there.
    static func json(_ text: String) -> String {
        var json = JSONWriter()
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }

    /// A word of a POSIX shell.
    static func shell(_ text: String) -> String { "'\(text.replacing("'", with: #"'\''"#))'" }
}
