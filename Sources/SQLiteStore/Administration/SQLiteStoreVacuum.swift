/// What a vacuum did: the size of the database file before and after, in bytes.
public struct SQLiteStoreVacuum: Hashable, Sendable {
    public var bytesBefore: Int
    public var bytesAfter: Int
}
