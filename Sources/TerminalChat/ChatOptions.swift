/// What a user asked of a chat, as it was written: nothing is read or checked yet.
package struct ChatOptions: Sendable {
    package static let defaultURL = "http://127.0.0.1:8484/v1"

    package var url = Self.defaultURL
    package var key: String?
    /// Nil for the first that the server lists.
    package var model: String?
    /// `@FILE` stands for the file's text.
    package var instructions: String?
    /// Names of `ChatSettings.ToolGroup`, separated by commas.
    package var tools: String?
    /// Whether tools run without approval.
    package var allowsAll = false
    /// The directory that the tools work in.
    package var directory = "."
    /// Variables that tools get although they are named like secrets.
    package var toolVariables: [String] = []
    package var historyFile: String?
    /// Whether answers are shown without formatting.
    package var isPlain = false
    /// The words of one question, where `-` stands for standard input; empty for a conversation.
    package var prompt: [String] = []
    /// How the user gives each setting, such as a flag's name, for texts that suggest one.
    package var names: [ChatSetting: String] = [:]

    package init() {}
}
