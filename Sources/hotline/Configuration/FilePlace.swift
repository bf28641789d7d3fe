/// A place in the configuration file: `hotline.yaml:3:7`.
struct FilePlace: Sendable, Hashable, CustomStringConvertible, Comparable {
    var file: String
    /// From 1 on, as editors count.
    var line: Int
    var column: Int

    var description: String { "\(file):\(line):\(column)" }

    static func < (one: FilePlace, other: FilePlace) -> Bool { (one.line, one.column) < (other.line, other.column) }
}
