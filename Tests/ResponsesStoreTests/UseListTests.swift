import ResponsesTesting
import Testing

@testable import ResponsesStore

@Suite struct UseListTests {
    /// Takes everything out, oldest first.
    private func drained(_ list: UseList) -> [Int] {
        var list = list
        var places: [Int] = []
        while let oldest = list.oldest {
            places.append(oldest)
            list.remove(oldest)
        }
        return places
    }

    @Test func aDialogue() {
        var list = UseList()
        for place in [3, 0, 5] { list.renew(place) }
        #expect(drained(list) == [3, 0, 5])
        list.renew(3)
        #expect(drained(list) == [0, 5, 3])
        list.remove(5)
        list.remove(5)
        list.remove(99)
        #expect(drained(list) == [0, 3] && !list.contains(5) && list.count == 2)
        list.addOldest(7)
        #expect(drained(list) == [7, 0, 3])
        list.remove(3)
        list.remove(7)
        #expect(list.oldest == 0 && list.newest == 0)
        list.remove(0)
        #expect(list.oldest == nil && list.newest == nil && list.count == 0)
        list.addOldest(2)
        #expect(list.newest == 2)
    }

    /// Against a plain array as the model.
    @Test(arguments: UInt64(0)..<10)
    func anyOrderOfCalls(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var list = UseList()
        var model: [Int] = []
        for _ in 0..<500 {
            let place = Int.random(in: 0..<20, using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0..<2:
                list.renew(place)
                model.removeAll { $0 == place }
                model.append(place)
            case 2:
                list.remove(place)
                model.removeAll { $0 == place }
            default:
                guard !model.contains(place) else { continue }
                list.addOldest(place)
                model.insert(place, at: 0)
            }
            #expect(drained(list) == model && list.count == model.count && list.newest == model.last)
        }
    }
}
