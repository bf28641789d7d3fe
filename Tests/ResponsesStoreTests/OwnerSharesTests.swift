import ResponsesAPI
import ResponsesTesting
import Testing

@testable import ResponsesStore

@Suite struct OwnerSharesTests {
    /// Against a plain table as the model: who holds the most, and the most after that, of those of whom something may go.
    @Test(arguments: UInt64(0)..<10)
    func anyOrderOfCalls(seed: UInt64) {
        struct Model {
            var bytes = 0
            var places: [Int] = []
        }
        var random = SplitMix64(seed: seed)
        var shares = OwnerShares()
        var model: [Int: Model] = [:]
        for step in 0..<2000 {
            let number = Int.random(in: 0..<12, using: &random)
            let row = shares.row(of: Owner(rawValue: "owner \(number)"))
            // Places of different owners are never the same.
            let place = Int.random(in: 0..<4, using: &random) * 12 + number
            var known = model[number] ?? Model()
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                let bytes = Int.random(in: 1...1000, using: &random)
                shares.add(bytes, to: row)
                known.bytes += bytes
            case 1:
                shares.add(-known.bytes, to: row)
                known.bytes = 0
            case 2, 3:
                shares.renew(place, of: row)
                known.places.removeAll { $0 == place }
                known.places.append(place)
            default:
                shares.remove(place, of: row)
                known.places.removeAll { $0 == place }
            }
            shares.dropIfEmpty(row)
            model[number] = known.bytes == 0 && known.places.isEmpty ? nil : known
            let sizes = model.values.filter { !$0.places.isEmpty }.map(\.bytes).sorted(by: >)
            #expect(shares.largest.map { shares.bytes(of: $0) } == sizes.first, "step \(step)")
            #expect(shares.second.map { shares.bytes(of: $0) } == sizes.dropFirst().first, "step \(step)")
            #expect(shares.count == model.count)
            #expect(shares.usesCount == model.values.reduce(0) { $0 + $1.places.count })
            for (number, known) in model {
                let row = shares.find(Owner(rawValue: "owner \(number)"))
                #expect(row.flatMap { shares.oldest(of: $0) } == known.places.first)
            }
        }
        #expect(OwnerShares().bytes == 0)
    }
}
