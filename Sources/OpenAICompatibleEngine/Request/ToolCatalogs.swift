import ResponsesAPI
import Synchronization

/// Catalogs of the tool sets in use. Clients send the same tools with every turn, and the server gives such turns one
/// `ToolSet`: they are rendered once.
final class ToolCatalogs: Sendable {
    private struct Kept {
        /// Weak: what a closed connection held is given back, and an address may come again for another set.
        weak var tools: ToolSet?
        var catalog: ToolCatalog
    }

    private let countMax: Int
    private let kept = Mutex<[ObjectIdentifier: Kept]>([:])

    init(countMax: Int) { self.countMax = countMax }

    func catalog(of tools: ToolSet) -> ToolCatalog {
        if tools.tools.isEmpty { return .empty }
        let id = ObjectIdentifier(tools)
        if let catalog = kept.withLock({ kept in kept[id].flatMap { $0.tools === tools ? $0.catalog : nil } }) {
            return catalog
        }
        let catalog = ToolCatalog(tools)
        kept.withLock { kept in
            if kept.count >= countMax { kept = kept.filter { $0.value.tools != nil } }
            if kept.count >= countMax, let any = kept.keys.first { kept[any] = nil }
            kept[id] = Kept(tools: tools, catalog: catalog)
        }
        return catalog
    }
}
