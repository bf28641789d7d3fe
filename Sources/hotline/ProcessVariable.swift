import LibC

/// The variables that the program was started with.
enum ProcessVariable {
    /// Nil for a variable that is not set.
    static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}
