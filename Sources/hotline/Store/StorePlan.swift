/// Which store a server gets, decided from what was said and from what came of the attempt.
enum StorePlan: Sendable, Hashable {
    case memory(MemoryReason)
    /// A file is to be opened; demanded when somebody said so, as a server that was told nothing may serve without it.
    case file(path: String, isDemanded: Bool)

    static let fileName = "hotline.sqlite"

    /// Where a server that was told nothing keeps responses.
    static func usualFile(_ folder: StateFolder) -> String { "\(folder.path)/\(fileName)" }

    /// What is to be done.
    ///
    /// - Parameter folder: where servers keep what outlasts them; nil when there is no home folder either.
    static func make(_ settings: StoreSettings, folder: StateFolder?) throws(Failure) -> StorePlan {
        // Above all others: nobody who said so is to find a file.
        if settings.keepsNothing {
            return .memory(.keepsNothing(unused: settings.place.flatMap { $0 == .memory ? nil : settings.source }))
        }
        let usual = folder.map(usualFile)
        switch settings.place {
        case .memory?: return .memory(.said)
        case .file(let path?)?: return .file(path: path, isDemanded: true)
        case .file(nil)?:
            if let usual { return .file(path: usual, isDemanded: true) }
            throw Failure(
                message: "there is no folder for the file of responses: neither \(Setting.state.flag) nor HOME is set",
                wayOut: "Name the folder with \(Setting.state.flag), or the file with \(Setting.store.flag) sqlite:PATH.", code: 73)
        case nil:
            guard let usual else { return .memory(.noFolder) }
            return .file(path: usual, isDemanded: false)
        }
    }

    /// What is to be done after the file could not be opened.
    ///
    /// Memory is for a server that was told nothing, in a place that cannot be written. Where responses may be in the file, none is
    /// started without it: they would be missing.
    ///
    /// - Returns: why it is memory.
    /// - Throws: `Failure` when there is to be no server.
    static func after(_ fault: StoreFault, isDemanded: Bool) throws(Failure) -> MemoryReason {
        let memory = "start with \(Setting.store.flag) memory"
        switch fault {
        case .inUse(let words):
            throw Failure(
                message: words, wayOut: "Stop that server, or name another folder with \(Setting.state.flag), or \(memory).", code: 69)
        case .unwritable(let words):
            if !isDemanded { return .unwritable(words) }
            throw Failure(
                message: words, wayOut: "Name a file in a folder that you may write to (\(Setting.store.flag) sqlite:PATH), or \(memory).",
                code: 73)
        case .unusable(let words):
            throw Failure(
                message: words, wayOut: "'hotline store check' says more. Move the file away to begin a new one, or \(memory).", code: 65)
        }
    }
}
