/// What is bound to a parameter of a statement.
enum SQLiteValue {
    case int(Int)
    case text(String)
    case blob([UInt8])
    case null

    static func int(_ value: Int?) -> SQLiteValue { value.map { .int($0) } ?? .null }
    static func text(_ value: String?) -> SQLiteValue { value.map { .text($0) } ?? .null }
}
