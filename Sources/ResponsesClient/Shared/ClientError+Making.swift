/// The texts of the client's errors, in one place.
extension ClientError {
    static let lineClosed = ClientError(.closed, "The line is closed. Open another.")
    static let turnCancelled = ClientError(.cancelled, "The turn was cancelled.")
    static let connectTimedOut = ClientError(
        .unreachable, "The server did not complete the connection in time. Check that the address is right.")
    static let droppedBeforeAnswer = ClientError(
        .unreachable, "The server closed every connection before it answered. Check its log.")
    static let policyClosed = ClientError(
        .refused, "The server closed the connection for reasons of policy (1008). Check the key and what it may do.")

    static func tooManyTurns(_ max: Int) -> ClientError {
        ClientError(.queueFull, "\(max) turns already wait on this line. Wait for some to end.")
    }

    static func unreachable(_ reason: String) -> ClientError { ClientError(.unreachable, reason) }

    static func upgradeRefused(_ status: Int) -> ClientError {
        ClientError(.refused, "The server refused the connection with status \(status). Check the address and the key.")
    }

    /// - Parameter code: the close code, when a WebSocket ended.
    static func interrupted(_ code: UInt16?) -> ClientError {
        let how = code.map { " (close code \($0))" } ?? ""
        return ClientError(
            .interrupted,
            "The connection was lost within the turn\(how). None of it was kept; ask again if the part that was seen may be "
                + "repeated.")
    }

    static func silence(_ limit: Duration) -> ClientError {
        ClientError(.timedOut, "The server was silent for \(limit.components.seconds) s within the turn. Ask again.")
    }

    static func notTheProtocol(_ reason: String) -> ClientError {
        ClientError(.protocolViolation, "The server's answer is not the Responses API: \(reason)")
    }

    static let laneIsBusy = ClientError(
        .notPossible, "Turns run or wait on this lane. Wait for their end, or use another lane.")
}

extension ClientError {
    static let noWarmup = ClientError(
        .notPossible, "A warmup needs the WebSocket, and this line speaks HTTP. Continue without it.")

    static let settingsOfTheLine = ClientError(
        .notPossible,
        "A turn's settings must not name previous_response_id, conversation or background: the line continues its lanes by "
            + "itself. Use a chain, or ResponsesClient.create for a single request.")

    static func badLaneName(_ name: String) -> ClientError {
        ClientError(
            .notPossible,
            "A lane's name has 1 to 256 characters of A-Z, a-z, 0-9, '_', '-' and '.'; this one has \(name.utf8.count) bytes.")
    }

    static func roundsExceeded(_ max: Int) -> ClientError {
        ClientError(
            .roundsExceeded, "The agent did not reach an answer in \(max) rounds. Raise roundsMax, or continue from its chain.")
    }
}
