import ResponsesAPI
import ResponsesStore
import ResponsesTesting
import Testing

@Suite struct ConformanceTests {
    @Test func theStoreInMemoryKeepsTheContract() async throws {
        let store = MemoryStore(bytesMax: 64 << 20)
        let report = try await StoreConformance(store: store, conversations: store, events: store).run()
        #expect(report.passed.count == 25)
        #expect(report.skipped == ["running responses: the store ends with its process"])
        // On a store that holds things already.
        try await StoreConformance(store: store, conversations: store, events: store).run()
    }

    @Test func whatIsNotGivenIsSkipped() async throws {
        let report = try await StoreConformance(store: MemoryStore(bytesMax: 64 << 20)).run()
        #expect(report.passed.count == 17)
        #expect(report.skipped.count == 9)
        #expect(report.skipped.allSatisfy { $0.hasPrefix("conversation") || $0.hasPrefix("event") || $0.hasPrefix("running") })
    }

    /// Each fault, and the check that must find it.
    @Test(arguments: [
        (.losesSpelling, "read back"), (.losesEntered, "read back"), (.losesOpenCalls, "read back"),
        (.forgetsOwnerOfReads, "owners"), (.forgetsOwnerOfChains, "owners"), (.forgetsOwnerOfItems, "owners"),
        (.forgetsOwnerOfLists, "owners"), (.forgetsOwnerOfDeletes, "owners"),
        (.reversesChains, "chain"), (.losesTheNewest, "chain"),
        (.returnsHeldAncestor, "held ancestors"), (.ignoresHeld, "held ancestors"), (.asksForTheNewest, "held ancestors"),
        (.needsHeldStored, "held ancestors"),
        (.keepsOneChild, "forks"), (.returnsBrokenChains, "missing ancestors"),
        (.keepsTheFirst, "saved twice"), (.keepsOldItems, "saved twice"), (.takesAnyID, "taken ids"),
        (.losesIDs, "input item ids"), (.makesOtherIDs, "input item ids"), (.replacesGivenIDs, "input item ids"),
        (.listsReferences, "input item ids"),
        (.listsOwnInputOnly, "input items"), (.listsOutput, "input items"), (.ignoresOrder, "input items"),
        (.endsLate, "input items"),
        (.ignoresAfter, "input item pages"), (.ignoresLimit, "input item pages"), (.neverHasMore, "input item pages"),
        (.mixesPages, "input item pages"), (.losesFirstID, "input item pages"), (.allowsUnknownAfter, "input item pages"),
        (.ignoresBefore, "input item pages"), (.goesBackFromTheStart, "input item pages"),
        (.findsOutputOnly, "items by id"), (.findsMadeIDsOnly, "items by id"), (.findsByPlaceOnly, "items by id"),
        (.ignoresDeletes, "deletion"), (.deletesAgain, "deletion"), (.findsItemsOfDeleted, "deletion"),
        (.breaksChainsByDeleting, "deletion with children"), (.refusesToDeleteParents, "deletion with children"),
        (.losesSavesAtOnce, "many at once"), (.cutsLongChains, "long chain"),
        (.allowsTwoConversations, "conversations"), (.losesMetadata, "conversations"),
        (.keepsDeletedConversations, "conversations"),
        (.addsInFront, "conversation items"), (.losesRemoval, "conversation items"),
        (.neverBusy, "conversation turns"), (.staysBusy, "conversation turns"), (.forgetsWhatTurnsAdd, "conversation turns"),
        (.losesHead, "conversation heads"), (.keepsHeadOfRemoved, "conversation heads"),
        (.hidesWhatFollowsTheHead, "conversation heads"), (.dropsHeadWithoutOne, "conversation heads"),
        (.endsWithoutResponse, "conversation heads"), (.endsWithoutItems, "conversation heads"),
        (.keepsNothingWithoutConversation, "conversation heads"),
        (.movesHead, "conversation heads"), (.listsPartOnly, "conversation heads"),
        (.forgetsOwnerOfAllItems, "conversation heads"), (.dropsHeadWithAnyItem, "conversation heads"),
        (.keepsNoSecondHead, "conversation heads"),
        (.forgetsRunning, "running responses"), (.keepsEndedRunning, "running responses"),
        (.keepsDeletedRunning, "running responses"), (.losesRunningOwners, "running responses"),
        (.changesRunning, "running responses"),
        (.forgetsOwnerOfConversations, "conversation owners"), (.anybodyEndsTurns, "conversation owners"),
        (.holdsNothing, "holds"), (.countsNoHolds, "holds"), (.ignoresPagesOfEvents, "events"), (.repeatsEvents, "events"), (.isOffByOne, "events"), (.keepsDeletedEvents, "events"),
        (.readsAcrossGaps, "event gaps"), (.forgetsOwnerOfEvents, "event owners"),
    ] as [(FaultyStore.Fault, String)])
    func everyFaultIsFound(_ fault: FaultyStore.Fault, _ check: String) async throws {
        let store = FaultyStore(fault)
        var options = StoreConformance.Options()
        options.chainLength = 1000
        options.outlivesProcess = true
        let failure = await #expect(throws: ConformanceFailure.self) {
            try await StoreConformance(store: store, conversations: store, events: store, options: options).run()
        }
        #expect(failure?.check == check, "\(failure?.description ?? "")")
        #expect(failure?.contract == "Store")
    }

    @Test func theStoreAroundTheFaultsHasNone() async throws {
        let store = FaultyStore(nil)
        var options = StoreConformance.Options()
        options.outlivesProcess = true
        let conformance = StoreConformance(store: store, conversations: store, events: store, options: options)
        #expect(try await conformance.run().skipped == [])
    }

    @Test func everyStoreThatFailsSaysSo() async throws {
        let store = FaultyStore(.isUnavailable)
        let failure = await #expect(throws: ConformanceFailure.self) { try await StoreConformance(store: store).run() }
        #expect(failure?.check == "read back")
        #expect(failure?.description.hasPrefix("Store contract, read back: The store threw") == true)
    }
}
