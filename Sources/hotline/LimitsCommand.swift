import ArgumentParser
import ResponsesCore

/// `hotline limits`: lists the limits of the server.
struct LimitsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "limits", abstract: "List the limits that 'hotline serve' can be given, with their defaults.",
        discussion: """
            Give them as 'hotline serve --limit NAME=VALUE', once for each, or together in HOTLINE_LIMITS, separated by commas.
            """)

    func run() async throws { Standard.output(Self.text) }

    /// A row for each limit: its name, its default, what it limits.
    static var text: String {
        let defaults = Limits()
        let rows = LimitSetting.all.map { ($0.name, $0.text(in: defaults), $0.meaning) }
        let nameWidth = rows.map(\.0.count).max() ?? 0
        let valueWidth = rows.map(\.1.count).max() ?? 0
        return rows.map { name, value, meaning in
            let space = String(repeating: " ", count: nameWidth - name.count + 2 + valueWidth - value.count)
            return "\(name)\(space)\(value)  \(meaning)\n"
        }.joined()
    }
}
