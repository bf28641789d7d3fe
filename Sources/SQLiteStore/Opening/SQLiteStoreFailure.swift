/// Why a store cannot be opened, or a question of its administration not answered: one sentence for the person at the machine.
public struct SQLiteStoreFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: Hashable, Sendable {
        /// There is no such file, and none was to be made.
        case missing
        /// The file or its folder cannot be read, written or made.
        case notAllowed
        /// A symbolic link, a folder, or another user's file stands in its place.
        case inTheWay
        /// The file is no database, or another program's.
        case notAStore
        /// The file is damaged.
        case corrupt
        /// The file can be used, and a response in it is damaged.
        case damaged
        /// Another process has it open.
        case locked
        /// Another program writes to it just now.
        case busy
        /// The disk is full.
        case full
        /// A newer version of this program made it.
        case newer
        /// Anything else, such as a disk that fails.
        case failed
    }

    public var reason: Reason
    /// The file.
    public var path: String
    /// What happened and what to do, without the content of anything stored.
    public var description: String

    public init(_ reason: Reason, path: String, _ description: String) {
        self.reason = reason
        self.path = path
        self.description = description
    }
}
