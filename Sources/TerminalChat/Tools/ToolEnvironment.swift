/// Which of our variables a tool gets: all but those that are named like a secret, and Hotline's own.
///
/// A name is taken for a secret's when one of its words (between underscores) is KEY or KEYS, or ends in TOKEN, SECRET,
/// PASSWORD, PASSWD, PASSPHRASE, APIKEY or CREDENTIAL, with or without an S behind. Secrets under other names, such as in a
/// URL, are not recognised. The user can name variables that tools get all the same.
package enum ToolEnvironment {
    private static let endings = ["TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "APIKEY", "CREDENTIAL"]

    /// Whether a variable is kept from tools.
    package static func isSecret(_ name: String) -> Bool {
        let name = name.uppercased()
        if name.hasPrefix("HOTLINE_") { return true }
        let words = name.split(separator: "_").map { $0.hasSuffix("S") ? $0.dropLast() : $0 }
        return words.contains { word in word == "KEY" || endings.contains { word.hasSuffix($0) } }
    }

    /// A tool's variables: what is left of ours, and what keeps programs from asking, paging and colouring.
    static func variables(from ours: [String: String], passing passed: Set<String> = []) -> [String: String] {
        ours.filter { passed.contains($0.key) || !isSecret($0.key) }
            .merging(["TERM": "dumb", "PAGER": "cat", "GIT_PAGER": "cat", "GIT_TERMINAL_PROMPT": "0"]) { $1 }
    }
}
