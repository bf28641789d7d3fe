/// Whose a response is: it belongs to the owner that made it, and for anybody else it does not exist.
///
/// The server derives it from the key of a request. It can be written down, as no key can be found out from it.
public struct Owner: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }

    /// The one owner of a server without keys.
    public static let anybody = Owner(rawValue: "anybody")
}
