import Hummingbird
import NIOCore
import ResponsesAPI

/// What may be logged of an error that nobody expected.
///
/// Any error's text may hold what it failed on: a prompt in a decoder's, a key in a parser's. So of most errors only the
/// type is said, and of an enum the case, which are this program's and its libraries' own words. Texts are taken from
/// errors that are known to speak of the system only.
struct ThrownError: Sendable, Hashable {
    /// The error's type, such as `NIOCore.IOError`.
    let type: String
    /// What more can be said.
    let words: String?

    init(_ error: any Error) {
        type = String(reflecting: Swift.type(of: error))
        words = Self.words(of: error)
    }

    private static func words(of error: any Error) -> String? {
        switch error {
        // The call that failed and the system's reason.
        case let error as IOError: error.description
        case let error as ChannelError: String(describing: error)
        // The status only: the body was made for a client, and may quote it.
        case let error as HTTPError: "status \(error.status.code)"
        case let error as APIError: "status \(error.status)\(error.code.map { ", code \($0.rawValue)" } ?? "")"
        case let error as DecodingError: words(of: error)
        default: caseName(of: error)
        }
    }

    /// What kind of value was wrong, and where. Its `debugDescription` may quote the value.
    private static func words(of error: DecodingError) -> String? {
        let (kind, path): (String, [any CodingKey])
        switch error {
        case .typeMismatch(_, let context): (kind, path) = ("typeMismatch", context.codingPath)
        case .valueNotFound(_, let context): (kind, path) = ("valueNotFound", context.codingPath)
        case .keyNotFound(let key, let context): (kind, path) = ("keyNotFound", context.codingPath + [key])
        case .dataCorrupted(let context): (kind, path) = ("dataCorrupted", context.codingPath)
        @unknown default: return nil
        }
        let place = path.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
        return place.isEmpty ? kind : "\(kind) at \(place.prefix(128))"
    }

    /// The name of an enum's case, without what it carries.
    private static func caseName(of error: any Error) -> String? {
        let mirror = Mirror(reflecting: error)
        guard mirror.displayStyle == .enum else { return nil }
        if let child = mirror.children.first { return child.label }
        // A case without values prints as its name, unless the type writes its own text.
        if error is any CustomStringConvertible || error is any CustomDebugStringConvertible { return nil }
        return String(describing: error)
    }
}
