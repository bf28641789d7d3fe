import ResponsesEngine
import Synchronization

/// The engines of a server and what they said of their models.
final class EngineMembers: Sendable {
    private struct State {
        var table: ModelTable
        var members: [EngineID: EngineMember] = [:]
        /// In the order in which they were added.
        var order: [EngineID] = []
        /// Kept with the table, as turns ask for it.
        var only: String?
        /// Whose life is not run yet.
        var unstarted: [EngineMember] = []
        var isOver = false
    }

    private let state: Mutex<State>
    private let membersMax: Int
    private let look: EnginesByModel.Look
    /// At most one signal waits: it stands for all members that are not started.
    private let added: AsyncStream<Void>
    private let adding: AsyncStream<Void>.Continuation

    init(_ table: ModelTable, membersMax: Int, look: @escaping EnginesByModel.Look) {
        (added, adding) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        state = Mutex(State(table: table))
        self.membersMax = membersMax
        self.look = look
    }

    /// - Returns: false when it is not taken: its id is there already, there are too many, or the engines have ended.
    func add(_ member: EngineMember) -> Bool {
        let isTaken = state.withLock { state in
            guard !state.isOver, state.members[member.id] == nil, state.order.count < membersMax else { return false }
            state.members[member.id] = member
            state.order.append(member.id)
            state.table.add(member.id, named: member.models, offersList: member.offersList)
            if let listed = member.listed { state.table.set(.known(listed), of: member.id) }
            state.only = state.table.only
            state.unstarted.append(member)
            return true
        }
        if isTaken { adding.yield() }
        return isTaken
    }

    var ids: [EngineID] { state.withLock { $0.order } }
    var offered: [EngineModel] { state.withLock { $0.table.offered } }
    var only: String? { state.withLock { $0.only } }
    var ambiguousNames: [(name: String, engines: [EngineID])] { state.withLock { $0.table.several } }

    /// Where a turn runs by what is known; nil when it is not known who has the model.
    func place(_ model: String) -> Result<Placement, EngineError>? {
        state.withLock { state in
            switch state.table.place(model) {
            case .engine(let id, let name):
                state.members[id].map { .success(Placement(engine: $0.engine, id: id, model: name)) }
            case .several(let engines): .failure(.modelOfSeveral(model, engines))
            case .unknown: nil
            }
        }
    }

    /// Why nobody has a model.
    func refusal(of model: String) -> EngineError {
        state.withLock { state in
            if case .unknown(let mayHave) = state.table.place(model), !mayHave.isEmpty { return .modelMayComeLater(model, mayHave) }
            return .modelNotFound(model, offered: state.table.offered.map(\.id))
        }
    }

    // MARK: Lives

    /// Runs the life of each engine until it is cancelled. An engine that is lost for good stops being a member.
    ///
    /// - Throws: when the last one is lost.
    func run() async throws {
        let lost = await withTaskGroup(of: (any Error)?.self) { lives in
            for await _ in added {
                for member in takeUnstarted() { lives.addTask { await self.live(member) } }
            }
            lives.cancelAll()
            // Who came last is given its life as well, which is over at once: so it gives back what it holds.
            for member in end() { lives.addTask { await self.live(member) } }
            var last: (any Error)?
            for await error in lives { last = error ?? last }
            return last
        }
        if let lost { throw lost }
    }

    /// - Returns: why it was lost, when nobody is left.
    private func live(_ member: EngineMember) async -> (any Error)? {
        do {
            try await member.engine.run()
            return nil
        } catch {
            if error is CancellationError { return nil }
            // After the cancellation it is what could not be given back.
            if Task.isCancelled { return error }
            let isLast = state.withLock { state in
                state.members[member.id] = nil
                state.order.removeAll { $0 == member.id }
                state.table.remove(member.id)
                state.only = state.table.only
                return state.order.isEmpty
            }
            if isLast { adding.finish() }
            return isLast ? error : nil
        }
    }

    private func takeUnstarted() -> [EngineMember] {
        state.withLock { state in
            defer { state.unstarted = [] }
            return state.unstarted
        }
    }

    private func end() -> [EngineMember] {
        state.withLock { state in
            state.isOver = true
            defer { state.unstarted = [] }
            return state.unstarted
        }
    }

    // MARK: Models

    /// Asks every engine, and looks for further ones, at one time.
    ///
    /// - Returns: what can be asked for; an error when no engine answers.
    func ask() async -> Result<[EngineModel], EngineError> {
        let known = ids
        async let found = look(known)
        var errors = await answers(of: known)
        var new: [EngineID] = []
        for member in await found {
            if add(member) { new.append(member.id) } else { await EnginesByModel.end(member.engine) }
        }
        errors += await answers(of: new)
        if errors.count == known.count + new.count, let first = errors.first { return .failure(first) }
        return .success(state.withLock { $0.table.offered })
    }

    private func answers(of ids: [EngineID]) async -> [EngineError] {
        let engines = state.withLock { state in ids.compactMap { id in state.members[id].map { (id, $0.engine) } } }
        return await withTaskGroup(of: EngineError?.self) { tasks in
            for (id, engine) in engines {
                tasks.addTask { self.received(await Self.models(of: engine), of: id) }
            }
            var errors: [EngineError] = []
            for await error in tasks { if let error { errors.append(error) } }
            return errors
        }
    }

    private static func models(of engine: any Engine) async -> Result<[EngineModel], EngineError> {
        do throws(EngineError) { return .success(try await engine.models()) } catch { return .failure(error) }
    }

    private func received(_ answer: Result<[EngineModel], EngineError>, of id: EngineID) -> EngineError? {
        state.withLock { state in
            defer { state.only = state.table.only }
            switch answer {
            case .success(let models):
                state.table.set(.known(models), of: id)
                return nil
            case .failure(let error):
                if error.kind != .cancelled { state.table.unreachable(id) }
                return error
            }
        }
    }
}
