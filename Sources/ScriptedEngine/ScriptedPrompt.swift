import ResponsesAPI
public import ResponsesEngine

/// A conversation as the scripted model sees it: where it stands, and which places it passed on its way there.
///
/// Immutable and shared; the links lead to the places of earlier turns, as a cached prefix may end at any of them.
public final class ScriptedPrompt: RenderedPrompt {
    /// A place between two items.
    struct Boundary: Hashable, Sendable {
        var hash: ContentHash
        /// Tokens of everything before it.
        var tokens: Int
    }

    let fold: ConversationFold
    /// The places after the items that this prompt added, oldest first.
    let boundaries: [Boundary]
    public let addedBytes: Int

    // Written in `init` and, to end long chains without recursion, in `deinit` of a descendant that was proven the only
    // holder of this prompt. Nobody else can see either write.
    nonisolated(unsafe) private var link: ScriptedPrompt?

    var parent: ScriptedPrompt? { link }

    /// An object's header and fields, and the array's header.
    private static var overheadBytes: Int { 224 }

    init(after parent: ScriptedPrompt?, adding items: [Item]) throws(APIError) {
        var fold = parent?.fold ?? ConversationFold()
        var boundaries: [Boundary] = []
        boundaries.reserveCapacity(items.count)
        for (index, item) in items.enumerated() {
            do throws(APIError) {
                guard try fold.add(item) else { continue }
            } catch {
                throw error.under("input[\(index)]")
            }
            boundaries.append(Boundary(hash: fold.hash, tokens: fold.tokens))
        }
        let scriptBytes = fold.script.map { $0 === parent?.fold.script ? 0 : $0.bytes } ?? 0
        self.fold = fold
        self.boundaries = boundaries
        addedBytes = Self.overheadBytes + boundaries.count * MemoryLayout<Boundary>.stride + scriptBytes
        // A prompt that added nothing, such as an empty continuation, is not a place to stop at.
        link = parent?.boundaries.isEmpty == true ? parent?.link : parent
    }

    deinit {
        // Many thousand prompts that end here would free each other recursively and overflow the stack.
        var next = link
        link = nil
        while isKnownUniquelyReferenced(&next), let following = next?.detach() { next = following }
    }

    /// Takes the link out of a prompt that nobody else holds.
    private func detach() -> ScriptedPrompt? {
        defer { link = nil }
        return link
    }
}
