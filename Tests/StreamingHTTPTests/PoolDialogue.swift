@testable import StreamingHTTP

/// The connections of a host in conversation: what happens goes in, what is done about it comes out as words.
///
///     dialogue.request("a")      // "open"
///     dialogue.opened("1")       // "a on 1"
///     dialogue.freed("1")        // "keep 1"
struct PoolDialogue {
    final class Name {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private var state: ConnectionPoolState<Name, Name>
    private var names: [String: Name] = [:]
    var now = Duration.zero

    init(connectionsMax: Int = 2) { state = ConnectionPoolState(connectionsMax: connectionsMax, idleMax: .seconds(30)) }

    private mutating func name(_ text: String) -> Name {
        let name = names[text] ?? Name(text)
        names[text] = name
        return name
    }

    mutating func request(_ text: String) -> String {
        if state.isShutDown { return "refuse \(text)" }
        if let connection = state.takeIdle() { return "\(text) on \(connection.text)" }
        return state.wait(name(text)) ? "open" : ""
    }

    mutating func withdraw(_ text: String) -> String { state.withdraw(name(text)) ? "forget \(text)" : "" }

    mutating func opened(_ text: String) -> String { words(state.opened(name(text), at: now), text) }
    mutating func freed(_ text: String) -> String { words(state.freed(name(text), at: now), text) }

    private func words(_ next: ConnectionPoolState<Name, Name>.Next, _ text: String) -> String {
        switch next {
        case .run(let request): "\(request.text) on \(text)"
        case .keep: "keep \(text)"
        case .close: "close \(text)"
        }
    }

    mutating func openingFailed() -> String {
        let (failed, opens) = state.openingFailed()
        return [failed.map { "fail \($0.text)" }, opens ? "open" : nil].compactMap { $0 }.joined(separator: " ")
    }

    mutating func closed(_ text: String) -> String { state.closed(name(text)) ? "open" : "" }

    mutating func wake(after seconds: Int) -> String {
        now += .seconds(seconds)
        let (close, next) = state.expire(at: now)
        let words = close.map { "close \($0.text)" } + (next.map { ["sleep \($0.components.seconds)"] } ?? [])
        return words.joined(separator: " ")
    }

    mutating func shutDown() -> String {
        let (connections, requests) = state.shutDown()
        return (connections.map { "close \($0.text)" } + requests.map { "fail \($0.text)" }).joined(separator: " ")
    }
}
