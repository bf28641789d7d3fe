/// The ids under which calls are answered.
enum CallName {
    /// What a call id may have in the core (responses-api 4).
    private static var lengthMax: Int { 64 }

    /// A client's id as the core takes it. One that is too long, as clients have that put other things into it, becomes a shorter one: the
    /// same each time, so that a call and its result still meet.
    static func callID(_ id: String) -> String {
        guard id.unicodeScalars.count > lengthMax else { return id }
        return "\(String(String.UnicodeScalarView(id.unicodeScalars.prefix(40))))_\(String(id.utf8.shortHash, radix: 16))"
    }
}
