import Foundation

/// Who may do what with a file.
enum FileRights {
    /// The nine bits, such as `0o600`; nil where there is no file. Not asked by `stat`: SwiftNIO's module of C declares its structure,
    /// too, and whose members a file of tests sees depends on what it is compiled with.
    static func of(_ path: String) -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.posixPermissions] as? NSNumber).map { $0.intValue & 0o777 }
    }
}
