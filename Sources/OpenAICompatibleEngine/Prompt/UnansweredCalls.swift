/// The calls of the newest assistant's message with calls that no output has answered yet, in order.
///
/// A value that shares what it holds with those before and after it: an answer costs one entry of a list.
struct UnansweredCalls: Sendable {
    /// An id as the client knows it, and the name on the wire.
    struct Call: Sendable {
        var id: String
        var name: String
    }

    /// The calls of one message.
    private final class Table: Sendable {
        let calls: [Call]
        let names: [String: String]

        init(_ calls: [Call]) {
            self.calls = calls
            names = Dictionary(calls.map { ($0.id, $0.name) }) { first, _ in first }
        }

        var bytes: Int { 128 + calls.count * MemoryLayout<Call>.stride + names.capacity * 4 / 3 * MemoryLayout<Call>.stride }
    }

    private enum State: Sendable {
        case none
        /// Most messages have one, which needs no table.
        case one(Call)
        case several(Table, answered: SharedList<String>)
    }

    private var state = State.none

    init() {}

    /// - Parameter bytes: what it takes is added to these.
    init(of message: OpenMessage, bytes: inout Int) {
        var calls: [Call] = []
        message.parts.forEach { if case .call(let call) = $0 { calls.append(Call(id: call.id, name: call.name)) } }
        switch calls.count {
        case 0: break
        case 1: state = .one(calls[0])
        default:
            let table = Table(calls)
            bytes += table.bytes
            state = .several(table, answered: SharedList())
        }
    }

    var isEmpty: Bool {
        switch state {
        case .none: true
        case .one: false
        case .several(let table, let answered): answered.count >= table.names.count
        }
    }

    /// An output came.
    ///
    /// - Parameter bytes: what it takes is added to these.
    /// - Returns: the name of its function; nil when no such call waits.
    mutating func answer(_ id: String, bytes: inout Int) -> String? {
        switch state {
        case .none: return nil
        case .one(let call):
            guard call.id == id else { return nil }
            state = .none
            return call.name
        case .several(let table, var answered):
            guard let name = table.names[id] else { return nil }
            bytes += answered.append(id, bytes: 0)
            state = .several(table, answered: answered)
            return name
        }
    }

    /// Those that still wait, each id once.
    var calls: [Call] {
        switch state {
        case .none: return []
        case .one(let call): return [call]
        case .several(let table, let answered):
            guard answered.count < table.names.count else { return [] }
            var seen: Set<String> = []
            answered.forEach { seen.insert($0) }
            return table.calls.filter { seen.insert($0.id).inserted }
        }
    }
}
