/// Identifies a connection of one line.
struct ConnectionNumber: Hashable, Sendable { let rawValue: Int }
