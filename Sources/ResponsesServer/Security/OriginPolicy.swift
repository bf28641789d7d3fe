/// Which web pages may reach the server. Browsers send `Origin`; agents and SDKs do not.
///
/// A local server without keys would otherwise be open to every page the user visits, by a socket, a form or a name that
/// resolves to the loopback address.
public struct OriginPolicy: Sendable {
    private let allowed: Set<String>
    /// Names beside this machine's own by which it is reached.
    private let hosts: Set<String>
    /// Whether `Host` must name this machine: on a keyless server, against rebinding of names.
    private let demandsLocalHost: Bool

    /// - Parameter hosts: names, without a port.
    public init(allowed: [String], hosts: [String] = [], demandsLocalHost: Bool) {
        self.allowed = Set(allowed.map { $0.lowercased() })
        self.hosts = Set(hosts.map { $0.lowercased() })
        self.demandsLocalHost = demandsLocalHost
    }

    public enum Refusal: Hashable, Sendable { case origin, host }

    public func allows(origin: String?, host: String?) -> Bool { refusal(origin: origin, host: host) == nil }

    /// Why a request is not let in; nil when it is.
    public func refusal(origin: String?, host: String?) -> Refusal? {
        if demandsLocalHost, let host, !isKnown(host) { return .host }
        guard let origin, !isAllowed(origin) else { return nil }
        // A page of the server's own address, whose name was looked at: browsers send its origin with every POST. Where any name
        // is taken, a page could have brought its own.
        let isOwn = demandsLocalHost && host.map { Self.authority(of: origin) == $0.lowercased() } ?? false
        return isOwn ? nil : .origin
    }

    /// Whether pages of this origin were let in by name.
    func isAllowed(_ origin: String) -> Bool { allowed.contains(origin.lowercased()) }

    private static func authority(of origin: String) -> String? {
        origin.firstRange(of: "://").map { origin[$0.upperBound...].lowercased() }
    }

    private func isKnown(_ host: String) -> Bool {
        if Self.isLocal(host) { return true }
        if hosts.isEmpty { return false }
        let lower = host.lowercased()
        // A port is digits behind the last colon, and an address in brackets may end without one.
        let name = lower.lastIndex(of: ":").map { lower[$0...].dropFirst().allSatisfy(\.isNumber) ? lower[..<$0] : lower[...] } ?? lower[...]
        return hosts.contains(String(name))
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
