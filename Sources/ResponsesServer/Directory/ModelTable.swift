import ResponsesEngine

/// Which engine has which model, as far as is known: what was given by hand, and what the engines list.
///
/// A name leads to an engine by itself. Where two engines have it, it leads to neither: a turn that was begun on one would go on with
/// the other's model.
struct ModelTable: Sendable {
    /// What an engine last said.
    enum List: Sendable, Hashable {
        /// Not asked yet.
        case unasked
        /// It did not answer. What it said before is kept.
        case unreachable([EngineModel])
        /// None from an engine that shows no list.
        case known([EngineModel])

        var models: [EngineModel] {
            switch self {
            case .unasked: []
            case .unreachable(let models), .known(let models): models
            }
        }
    }

    enum Place: Sendable, Hashable {
        case engine(EngineID, model: String)
        /// Two or more engines have it.
        case several([EngineID])
        /// Nobody has it; these may, as they were not asked or do not answer.
        case unknown(mayHave: [EngineID])
    }

    private struct Row {
        var id: EngineID
        var named: [String: NamedModel]
        var offersList: Bool
        var list = List.unasked

        var listed: [EngineModel] { offersList ? list.models : [] }
        /// Whether it may have models that nobody named, as it answers and lists none.
        var isOpen: Bool {
            guard offersList, named.isEmpty, case .known(let models) = list else { return false }
            return models.isEmpty
        }
    }

    /// In the order in which they were added.
    private var rows: [Row] = [] {
        didSet { reindex() }
    }
    /// By each name that is listed, whose list it is on. Lists of hosted APIs are long, and a turn looks here.
    private var listed: [String: [EngineID]] = [:]
    /// Further names, each for a model by a name that clients use.
    private let aliases: [String: String]
    /// Whether a lone engine judges names by itself that nobody gave or listed.
    private let passesUnknownNames: Bool

    init(aliases: [String: String] = [:], passesUnknownNames: Bool = true) {
        self.aliases = aliases
        self.passesUnknownNames = passesUnknownNames
    }

    mutating func add(_ id: EngineID, named: [String: NamedModel], offersList: Bool) {
        rows.append(Row(id: id, named: named, offersList: offersList))
    }

    mutating func remove(_ id: EngineID) { rows.removeAll { $0.id == id } }

    mutating func set(_ list: List, of id: EngineID) {
        guard let index = rows.firstIndex(where: { $0.id == id }), rows[index].list != list else { return }
        rows[index].list = list
    }

    /// An engine did not answer; what it said before is kept.
    mutating func unreachable(_ id: EngineID) {
        guard let row = rows.first(where: { $0.id == id }) else { return }
        set(.unreachable(row.list.models), of: id)
    }

    func place(_ name: String) -> Place {
        let wanted = aliases[name] ?? name
        let named = rows.compactMap { row in row.named[wanted].map { (row.id, $0.name) } }
        if let place = one(of: named) { return place }
        // As it stands; with the tag that Ollama gives a model without one; in Gemini's folder.
        for id in [wanted, "\(wanted):latest", "models/\(wanted)"] {
            if let place = one(of: (listed[id] ?? []).map { ($0, id) }) { return place }
        }
        if passesUnknownNames, rows.count == 1, rows[0].offersList { return .engine(rows[0].id, model: wanted) }
        let open = rows.filter(\.isOpen)
        if open.count == 1 { return .engine(open[0].id, model: wanted) }
        return .unknown(
            mayHave: rows.compactMap { row in
                switch row.list {
                case .unasked, .unreachable: row.offersList ? row.id : nil
                case .known: nil
                }
            })
    }

    private func one(of found: [(EngineID, String)]) -> Place? {
        switch found.count {
        case 0: nil
        case 1: .engine(found[0].0, model: found[0].1)
        default: .several(found.map(\.0))
        }
    }

    private mutating func reindex() {
        listed = [:]
        for row in rows {
            for model in row.listed where listed[model.id]?.last != row.id { listed[model.id, default: []].append(row.id) }
        }
    }

    /// The models that can be asked for: further names first, then those given by hand, then those listed. A name of several
    /// engines is left out.
    var offered: [EngineModel] {
        var models: [EngineModel] = []
        var seen: Set<String> = []
        func add(_ model: EngineModel, as name: String) {
            guard seen.insert(name).inserted, case .engine = place(name) else { return }
            var model = model
            model.id = name
            models.append(model)
        }
        let named = rows.flatMap { row in
            row.named.map { name, model -> (name: String, model: EngineModel) in
                var known = row.list.models.first { $0.id == model.name } ?? EngineModel(id: name)
                known.contextTokens = model.contextTokens ?? known.contextTokens
                return (name: name, model: known)
            }
        }.sorted { $0.name < $1.name }
        for (name, target) in aliases.sorted(by: { $0.key < $1.key }) {
            let known = named.first { $0.name == target }?.model ?? rows.lazy.flatMap(\.listed).first { $0.id == target }
            add(known ?? EngineModel(id: name), as: name)
        }
        for (name, model) in named { add(model, as: name) }
        for model in rows.flatMap(\.listed) { add(model, as: model.id) }
        return models
    }

    /// The one model there is, however many names it has. Nil as long as a further engine may have another.
    var only: String? {
        let offered = offered
        guard Set(offered.map { place($0.id) }).count == 1 else { return nil }
        if rows.count > 1, rows.contains(where: { $0.isOpen || ($0.list == .unasked && $0.named.isEmpty && $0.offersList) }) { return nil }
        return offered.first?.id
    }

    /// Names that lead to several engines, with those.
    var several: [(name: String, engines: [EngineID])] {
        let names = Set(rows.flatMap { $0.listed.map(\.id) + $0.named.keys })
        return names.sorted().compactMap { name in
            guard case .several(let engines) = place(name) else { return nil }
            return (name, engines)
        }
    }
}
