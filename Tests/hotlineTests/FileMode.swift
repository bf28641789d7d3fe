import Foundation

/// Who may do what with a file: the lowest nine bits of its mode; nil when there is none.
func fileMode(_ path: String) -> UInt32? {
    // Not by `stat`: the compiler counts that to whichever C module it met first, and then misses its import.
    let facts = try? FileManager.default.attributesOfItem(atPath: path)
    return (facts?[.posixPermissions] as? NSNumber)?.uint32Value
}
