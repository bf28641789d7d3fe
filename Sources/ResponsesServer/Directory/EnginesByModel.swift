import ResponsesAPI
public import ResponsesEngine
import ResponsesCore
import Synchronization

/// Engines that are chosen by the model's name alone.
///
/// Each engine is asked what it has when the models are asked for, and when a turn names a model that nobody is known to have. So an
/// engine that appears later, or gets a model later, is found without a restart.
public final class EnginesByModel: EngineDirectory {
    /// More are a slip: each is asked for its models whenever a name is not known.
    public static let membersMax = 64

    private let members: EngineMembers
    /// Asked when a name is not known: at most once in a while, however many turns name it.
    private let question: ModelsQuestion

    /// Looks for further engines; what it returns is added. An id that is there already is not added again.
    public typealias Look = @Sendable (_ known: [EngineID]) async -> [EngineMember]

    /// - Parameters:
    ///   - aliases: further names, each for a model by a name that clients use.
    ///   - passesUnknownNames: whether a lone engine judges names by itself that nobody gave or listed.
    ///   - listAgeMax: how old what an engine said may be when a name is not known.
    ///   - look: asked together with the engines; finds what was not there before.
    public init(
        _ members: [EngineMember], aliases: [String: String] = [:], passesUnknownNames: Bool = true,
        listAgeMax: Duration = Limits().modelListAgeMax, look: @escaping Look = { _ in [] }
    ) {
        let table = ModelTable(aliases: aliases, passesUnknownNames: passesUnknownNames)
        let all = EngineMembers(table, membersMax: Self.membersMax, look: look)
        self.members = all
        question = ModelsQuestion(ageMax: listAgeMax, now: { ConnectionDriver.now().uptime }) { await all.ask() }
        for member in members { _ = all.add(member) }
    }

    public var engineIDs: [EngineID] { members.ids }

    /// Runs the life of each engine. One that is lost for good takes the server down when it was the last.
    public func run() async throws { try await members.run() }

    /// Ends an engine that no server will run: its life, begun and cancelled, gives back what it holds.
    public static func end(_ engine: any Engine) async {
        await withTaskGroup { tasks in
            // Nothing of it is served, so what cannot be given back is nobody's matter.
            tasks.addTask { try? await engine.run() }
            tasks.cancelAll()
        }
    }

    /// - Returns: false when it is not taken: its id is there already, there are too many, or the engines have ended.
    public func add(_ member: EngineMember) -> Bool { members.add(member) }

    // MARK: Turns

    public func place(_ request: PlacementRequest) -> PlacementAnswer {
        switch members.place(request.model) {
        case .success(let placement)?: .placed(placement)
        case .failure(let error)?: .refused(error)
        case nil:
            .later { [members, question] () async throws(EngineError) in
                // Fails when no engine answers, which is the reason then.
                _ = try await question.answer()
                guard let answer = members.place(request.model) else { throw members.refusal(of: request.model) }
                return try answer.get()
            }
        }
    }

    /// With one engine for a model there is nothing to choose by.
    public func ended(_ placement: Placement, _ outcome: PlacementOutcome) {}

    public var onlyModel: String? { members.only }

    /// The models that can be asked for, as far as is known without asking.
    public var knownModels: [EngineModel] { members.offered }

    /// Names that lead to several engines, and so to none.
    public var ambiguousNames: [(name: String, engines: [EngineID])] { members.ambiguousNames }

    public func models() async throws(EngineError) -> [EngineModel] { try await members.ask().get() }
}
