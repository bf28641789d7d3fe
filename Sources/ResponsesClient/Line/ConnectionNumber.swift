/// Tells the connections of one line apart.
struct ConnectionNumber: Hashable, Sendable { let rawValue: Int }
