/// The errors of a line, in one place.
extension ClientError {
    static let lineClosed = ClientError(.closed, "The line was left; nothing runs on it any more. Open another.")
    static let turnCancelled = ClientError(.cancelled, "The turn was cancelled.")
    static let connectTimedOut = ClientError(
        .unreachable, "The server did not complete the connection in time. Look whether it is the right address.")
    static let droppedBeforeAnswer = ClientError(
        .unreachable, "The server closed the connection before it answered, as often as it was tried. Look at its log.")
    static let policyClosed = ClientError(
        .refused, "The server closed the connection for reasons of policy (1008). Check the key and what it may do.")

    static func tooManyTurns(_ max: Int) -> ClientError {
        ClientError(.queueFull, "\(max) turns wait on this line already. Wait for some to end.")
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
            "The connection was lost within the turn\(how). Nothing of it was kept; ask again if what was seen of it may be "
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
        .notPossible, "A warmup needs the WebSocket, and this line speaks HTTP. Go on without it.")

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
            .roundsExceeded, "The agent did not come to an answer in \(max) rounds. Raise roundsMax, or go on from its chain.")
    }
}
