import Logging
import SQLiteStore

/// The store of a server: a file that is open, or none. Who has it closes it.
struct OpenStore: Sendable {
    /// Nil for the store in memory that a server makes for itself.
    let store: SQLiteStore?
    /// For the banner: where responses are kept, and for how long.
    let description: String

    /// Opens what the settings say. Waits for the disk.
    ///
    /// - Throws: `Failure` when there is to be no server without the file.
    static func open(_ settings: ServeSettings, _ logger: Logger) throws(Failure) -> OpenStore {
        let folder = settings.stateFolder
        switch try StorePlan.make(settings.store, folder: folder) {
        case .memory(let reason):
            say(reason, leftBehind: folder, logger)
            return OpenStore(store: nil, description: reason.text)
        case .file(let path, let isDemanded):
            let isInFolder = path == folder.map(StorePlan.usualFile)
            // Until now, responses of this folder's servers ended with them.
            let isNews = isInFolder && folder?.has(SealingSecret.fileName) == true && folder?.has(StorePlan.fileName) == false
            do throws(StoreFault) {
                let store = try open(path, in: isInFolder ? folder : nil, settings.store, logger)
                let facts: Logger.Metadata = ["file": .string(path), "kept": .string(kept(settings.store))]
                if isNews {
                    logger.notice("responses with store: true are now kept in a file; --store memory turns that off", metadata: facts)
                } else {
                    logger.info("responses are stored", metadata: facts)
                }
                return OpenStore(store: store, description: "\(path), \(kept(settings.store))")
            } catch {
                let reason = try StorePlan.after(error, isDemanded: isDemanded)
                say(reason, leftBehind: folder, logger)
                return OpenStore(store: nil, description: reason.text)
            }
        }
    }

    /// Ends what was opened: what waits is written, and the next process may open the file.
    func close() async { await store?.close() }

    private static func open(
        _ path: String, in folder: StateFolder?, _ settings: StoreSettings, _ logger: Logger
    ) throws(StoreFault) -> SQLiteStore {
        do throws(StateFolder.Problem) { try folder?.make() } catch { throw .unwritable(error.message) }
        do throws(SQLiteStoreFailure) {
            return try SQLiteStore(path: path, configuration: settings.file, log: logger)
        } catch {
            throw StoreFault(error)
        }
    }

    /// For how long responses stay.
    static func kept(_ settings: StoreSettings) -> String {
        settings.file.retention.map { "for \(Age.text($0)) after their last use" } ?? "until they are deleted"
    }

    /// What an operator should hear of a store in memory that nobody asked for in so many words.
    private static func say(_ reason: MemoryReason, leftBehind folder: StateFolder?, _ logger: Logger) {
        switch reason {
        case .said: break
        case .noFolder: logger.warning("no folder for state: stored responses end with the server")
        case .unwritable(let words):
            logger.warning("no file for stored responses: they end with the server", metadata: ["reason": .string(words)])
        case .keepsNothing(let unused):
            if let unused {
                logger.warning(
                    "no data is kept, so the store that was named is not used", metadata: ["named": .string(unused.description)])
            }
            if let folder, folder.has(StorePlan.fileName) {
                logger.warning(
                    "a file of stored responses is left from before; 'hotline responses delete' empties it",
                    metadata: ["file": .string(StorePlan.usualFile(folder))])
            }
        }
    }
}

extension StoreFault {
    init(_ failure: SQLiteStoreFailure) {
        let words = Failure.words(failure.description)
        self =
            switch failure.reason {
            case .locked, .busy: .inUse(words)
            case .notAllowed, .missing, .full: .unwritable(words)
            case .inTheWay, .notAStore, .corrupt, .damaged, .newer, .failed: .unusable(words)
            }
    }
}
