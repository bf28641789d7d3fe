import ResponsesAPI
import ResponsesEngine
import ScriptedEngine
import Synchronization

/// The dialect of a `FaultyEngine`, which may have a fault of its own.
final class FaultyDialect: Dialect {
    private let fault: FaultyEngine.Fault
    private let inner = ScriptedEngine().dialect
    /// What was extended once. For a fault: a prompt that remembers.
    private let extended = Mutex<Set<ObjectIdentifier>>([])
    /// Prompts are known by their addresses, so they must live.
    private let kept = Mutex<[ScriptedPrompt]>([])

    init(_ fault: FaultyEngine.Fault) { self.fault = fault }

    var name: String { fault == .namelessDialect ? "" : inner.name }

    func extend(_ prompt: ScriptedPrompt?, with items: [Item]) throws(APIError) -> ScriptedPrompt {
        switch fault {
        // The last of several.
        case .forgetsItems: return try inner.extend(prompt, with: items.count > 1 ? items.dropLast() : items)
        case .extendsWhatWasExtended:
            guard let prompt else { return try inner.extend(nil, with: items) }
            kept.withLock { $0.append(prompt) }
            let isFirst = extended.withLock { $0.insert(ObjectIdentifier(prompt)).inserted }
            return try inner.extend(prompt, with: isFirst ? items : items + items)
        default: return try inner.extend(prompt, with: items)
        }
    }
}
