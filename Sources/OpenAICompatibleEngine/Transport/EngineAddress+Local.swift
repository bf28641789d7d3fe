extension EngineAddress {
    /// Whether the engine runs on this machine or in this network, by its name: somebody here starts and stops it.
    var isLocal: Bool {
        let rest = base.drop { $0 != ":" }.drop { ":/".contains($0) }
        let host: Substring
        if rest.first == "[" {
            host = rest.dropFirst().prefix { $0 != "]" }
            return host == "::1" || host.lowercased().hasPrefix("fe80:") || host.lowercased().hasPrefix("fd") || host.lowercased().hasPrefix("fc")
        }
        host = rest.prefix { $0 != ":" && $0 != "/" }
        let numbers = host.split(separator: ".").compactMap { Int($0) }
        if numbers.count == 4 {
            switch (numbers[0], numbers[1]) {
            case (127, _), (10, _), (192, 168), (169, 254), (0, 0), (172, 16...31), (100, 64...127): return true
            default: return false
            }
        }
        // A name of one word is one of this network, or of a container beside this one.
        return !host.contains(".") || [".local", ".lan", ".internal", ".localhost", ".home.arpa"].contains { host.lowercased().hasSuffix($0) }
    }
}
