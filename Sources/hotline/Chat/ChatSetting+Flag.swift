import TerminalChat

extension ChatSetting {
    /// The flag that gives it; nil for what is given without one.
    var flag: String? {
        switch self {
        case .url: "--url"
        case .key: "--key"
        case .model: "--model"
        case .instructions: "--instructions"
        case .tools: "--tools"
        case .allowsAll: "--yes"
        case .directory: "--cwd"
        case .historyFile: "--history"
        case .isPlain: "--plain"
        case .prompt: nil
        }
    }
}
