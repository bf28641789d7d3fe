/// Why a response ends before its engine does.
package enum EarlyEnd: Sendable, Hashable {
    /// It is at a limit of this server.
    case limit(ResponseLimit)
    /// Its text came to one of the request's stop strings.
    case stopString(String)
}
