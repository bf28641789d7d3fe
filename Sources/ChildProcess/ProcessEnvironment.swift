@preconcurrency import LibC

/// The variables of this process.
package enum ProcessEnvironment {
    /// All of them by name. If a name occurs twice the first counts, as for `getenv`.
    package static var all: [String: String] {
        #if canImport(Darwin)
        var entry = _NSGetEnviron().pointee
        #else
        var entry: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        #endif
        var variables: [String: String] = [:]
        while let text = entry?.pointee {
            let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2, variables[String(parts[0])] == nil { variables[String(parts[0])] = String(parts[1]) }
            entry = entry?.advanced(by: 1)
        }
        return variables
    }
}
