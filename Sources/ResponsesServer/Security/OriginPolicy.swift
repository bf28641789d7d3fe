/// Which web pages may reach the server. Browsers send `Origin`; agents and SDKs do not.
///
/// A local server without keys would otherwise be open to every page the user visits, by a socket, a form or a name that
/// resolves to the loopback address.
public struct OriginPolicy: Sendable {
    private let allowed: Set<String>
    /// Whether `Host` must name this machine: on a keyless server, against rebinding of names.
    private let demandsLocalHost: Bool

    public init(allowed: [String], demandsLocalHost: Bool) {
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.demandsLocalHost = demandsLocalHost
    }

    public func allows(origin: String?, host: String?) -> Bool {
        if let origin, !allowed.contains(origin.lowercased()) { return false }
        guard demandsLocalHost, let host else { return true }
        return Self.isLocal(host)
    }

    private static func isLocal(_ host: String) -> Bool {
        // By bytes, as this is asked about every request and characters cost more to find.
        var name = host[...]
        if name.utf8.first == UInt8(ascii: "[") {
            name = name.dropFirst()
            name = name[..<(name.utf8.firstIndex(of: UInt8(ascii: "]")) ?? name.endIndex)]
        } else if let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) {
            name = name[..<colon]
        }
        if LoopbackName.contains(name) { return true }
        let lower = name.lowercased()
        return lower.hasSuffix(".localhost") || LoopbackName.contains(lower)
    }
}
