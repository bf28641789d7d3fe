/// Why a tool could not do what the model asked; the model reads it.
struct ToolFailure: Error, Hashable, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}
