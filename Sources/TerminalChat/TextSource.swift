import LibC

/// Where a user's text is read from.
enum TextSource {
    /// More does not fit into one message of any server.
    private static var bytesMax: Int { 10 << 20 }

    static func standardInput() throws(ChatFailure) -> String {
        try text(of: STDIN_FILENO, "standard input", for: .prompt)
    }

    static func instructions(_ path: String) throws(ChatFailure) -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw .badSetting(
                .instructions, problem: "'\(path)' cannot be read: \(String(cString: strerror(errno)))",
                wayOut: "Name a file that exists.")
        }
        defer { close(file) }
        return try text(of: file, "'\(path)'", for: .instructions)
    }

    private static func text(of file: Int32, _ what: String, for setting: ChatSetting) throws(ChatFailure) -> String {
        let bytes: [UInt8]
        do throws(FileBytes.ReadError) {
            bytes = try FileBytes.read(file, bytesMax: bytesMax)
        } catch {
            switch error {
            case .system(let code):
                throw .badSetting(
                    setting, problem: "\(what) cannot be read: \(String(cString: strerror(code)))",
                    wayOut: "Give the text in another way.")
            case .tooLong:
                throw .badSetting(
                    setting, problem: "\(what) holds more than \(Amounts.text(bytes: bytesMax))", wayOut: "Give less text.")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw .badSetting(setting, problem: "\(what) is not text in UTF-8", wayOut: "Convert it first.")
        }
        return text
    }
}
