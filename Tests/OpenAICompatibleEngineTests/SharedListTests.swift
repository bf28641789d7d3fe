import AllocationCounter
import ResponsesTesting
import Testing

@testable import OpenAICompatibleEngine

/// Lists that share their beginnings: each reads as if it were alone.
@Suite struct SharedListTests {
    /// Goal: whatever was appended to copies of a list meanwhile, a list holds what was appended to it.
    /// Method: lists grow from random ones of those before, from a seed, beside arrays that do the same.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func everyListIsItsOwn(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var lists: [(list: SharedList<Int>, array: [Int])] = [(SharedList(), [])]
        for number in 0..<300 {
            let isFork = Int.random(in: 0..<4, using: &random) == 0
            var (list, array) = lists[isFork ? Int.random(in: 0..<lists.count, using: &random) : lists.count - 1]
            // Some are large, and have a segment of their own.
            _ = list.append(number, bytes: number % 7 == 0 ? 70_000 : 10)
            array.append(number)
            lists.append((list, array))
        }
        for (list, array) in lists {
            #expect(list.elements == array && list.count == array.count && list.isEmpty == array.isEmpty)
            #expect(list.elementBytes == array.reduce(0) { $0 + ($1 % 7 == 0 ? 70_000 : 10) })
        }
    }

    @Test func aLongListOfForksIsLetGoWithoutRecursion() {
        var list = SharedList<Int>()
        _ = list.append(0, bytes: 0)
        for number in 1...100_000 {
            var other = list
            _ = other.append(-1, bytes: 0)
            _ = list.append(number, bytes: 0)
        }
        #expect(list.elements == Array(0...100_000))
    }

    /// A turn that failed leaves a little behind its parent at most.
    @Test(.enabled(if: AllocationCounter.works)) func whatIsGivenUpIsFreed() {
        var list = SharedList<[UInt8]>()
        _ = list.append([1], bytes: 1)
        let (_, counts) = AllocationCounter.count {
            for _ in 0..<20 {
                var other = list
                for _ in 0..<50 { _ = other.append([UInt8](repeating: 0, count: 20_000), bytes: 20_000) }
            }
        }
        #expect(counts.held < 100_000)
        #expect(list.elements == [[1]])
    }
}
