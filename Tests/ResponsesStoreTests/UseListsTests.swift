import ResponsesTesting
import Testing

@testable import ResponsesStore

@Suite struct UseListsTests {
    /// Takes everything out of a list, oldest first.
    private func drained(_ lists: UseLists, _ list: UseLists.List) -> [Int] {
        var (lists, list) = (lists, list)
        var places: [Int] = []
        while let oldest = list.oldest {
            places.append(oldest)
            lists.remove(oldest, from: &list)
        }
        return places
    }

    @Test func aDialogue() {
        var lists = UseLists()
        var list = UseLists.List()
        for place in [3, 0, 5] { lists.renew(place, in: &list) }
        #expect(drained(lists, list) == [3, 0, 5])
        lists.renew(3, in: &list)
        #expect(drained(lists, list) == [0, 5, 3])
        lists.remove(5, from: &list)
        lists.remove(5, from: &list)
        lists.remove(99, from: &list)
        #expect(drained(lists, list) == [0, 3] && !lists.contains(5) && lists.count == 2)
        lists.addOldest(7, to: &list)
        #expect(drained(lists, list) == [7, 0, 3])
        lists.remove(3, from: &list)
        lists.remove(7, from: &list)
        #expect(list.oldest == 0 && list.newest == 0)
        lists.remove(0, from: &list)
        #expect(list.oldest == nil && list.newest == nil && list.isEmpty && lists.count == 0)
        lists.addOldest(2, to: &list)
        #expect(list.newest == 2)
    }

    /// Against plain arrays as the model. A place belongs to the list of its number's rest.
    @Test(arguments: UInt64(0)..<10)
    func anyOrderOfCalls(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var lists = UseLists()
        var heads = [UseLists.List(), UseLists.List(), UseLists.List()]
        var models: [[Int]] = [[], [], []]
        for _ in 0..<500 {
            let place = Int.random(in: 0..<30, using: &random)
            let which = place % 3
            switch Int.random(in: 0..<4, using: &random) {
            case 0..<2:
                lists.renew(place, in: &heads[which])
                models[which].removeAll { $0 == place }
                models[which].append(place)
            case 2:
                lists.remove(place, from: &heads[which])
                models[which].removeAll { $0 == place }
            default:
                guard !models[which].contains(place) else { continue }
                lists.addOldest(place, to: &heads[which])
                models[which].insert(place, at: 0)
            }
            for (head, model) in zip(heads, models) {
                #expect(drained(lists, head) == model && head.newest == model.last && head.isEmpty == model.isEmpty)
            }
            #expect(lists.count == models.reduce(0) { $0 + $1.count })
        }
    }
}
