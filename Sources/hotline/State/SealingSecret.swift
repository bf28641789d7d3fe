import LibC

/// What the key is made of that seals what clients carry for the server: reasoning and compactions. With the same one, what was sealed
/// before a restart, or by another server, opens.
enum SealingSecret {
    /// The one that the operator gave, else the one that the state folder keeps.
    ///
    /// - Returns: nil when nothing was given and there is no state folder.
    /// - Throws: `StateFolder.Problem` when the folder or its file cannot be used.
    static func find(given: String?, in folder: StateFolder?) throws(StateFolder.Problem) -> [UInt8]? {
        if let given { return Array(given.utf8) }
        guard let folder else { return nil }
        let secret = try folder.file(fileName, bytesMax: 1024) { random }
        guard secret.count == 32 else { throw StateFolder.Problem(message: "'\(folder.path)/\(fileName)' is not a key of 32 bytes") }
        return secret
    }

    /// 32 bytes that nobody knows.
    static var random: [UInt8] {
        var random = SystemRandomNumberGenerator()
        return (0..<4).flatMap { _ in withUnsafeBytes(of: random.next()) { Array($0) } }
    }

    static let fileName = "sealing-key"

    /// Fewer can be guessed.
    static let charactersMin = 16
}
