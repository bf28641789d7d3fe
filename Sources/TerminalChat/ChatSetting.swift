/// The settings of a chat, as errors and texts refer to them. How a user gives each one is the caller's business.
package enum ChatSetting: String, CaseIterable, Sendable {
    case url, key, model, instructions, tools, allowsAll, directory, historyFile, isPlain, prompt
}
