import ResponsesAPI

extension APIError {
    /// As it stands in a response that has begun, in a form that clients act on (codex 7).
    ///
    /// "Overloaded" is none of the codes of a response's error, and Codex ends its turn there without another try; at a rate limit it
    /// tries again, after the time that the message names.
    var withinResponse: APIError {
        guard code == .serverIsOverloaded || code == .rateLimitExceeded else { return self }
        var error = self
        error.code = .rateLimitExceeded
        let seconds = retryAfterSeconds ?? (code == .serverIsOverloaded ? Self.overloadPauseSeconds : nil)
        if let seconds, !message.contains("try again in") { error.message += " Please try again in \(seconds)s." }
        return error
    }

    /// Where an engine does not say when it will have time.
    private static var overloadPauseSeconds: Int { 5 }
}
