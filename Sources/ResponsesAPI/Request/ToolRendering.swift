/// What an engine made of a set of tools, kept with the set.
public protocol ToolRendering: AnyObject, Sendable {
    /// What it takes in memory, in bytes.
    var byteCount: Int { get }
}
