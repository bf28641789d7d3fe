import LibC
import ResponsesAPI
import ResponsesStore
import SQLiteStore

/// What `SQLiteStore` does in a second and what that costs: `store-figures FOLDER [COUNT]`.
///
/// Saves records as streamed turns make them, in one chain for each caller: an object of 3 kB of which most is the same from
/// turn to turn, an item in and one out. Prints a line for each setting of `synchronous` and each number of callers, then what
/// reading costs. CPU is the whole process's; pin it to one core (`taskset -c 0`) for figures of one.
@main
enum StoreFigures {
    static func main() async throws {
        guard CommandLine.arguments.count > 1 else {
            print("usage: store-figures FOLDER [COUNT]")
            exit(64)
        }
        let folder = CommandLine.arguments[1]
        let count = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 20_000 : 20_000
        for synchronous in SQLiteStore.Configuration.Synchronous.allCases {
            for callers in [1, 32] {
                try await saves("\(folder)/figures-\(synchronous)-\(callers).sqlite", synchronous, callers: callers, count: count)
            }
        }
        try await chains("\(folder)/figures-chains.sqlite")
    }

    private static func saves(
        _ path: String, _ synchronous: SQLiteStore.Configuration.Synchronous, callers: Int, count: Int
    ) async throws {
        var configuration = SQLiteStore.Configuration()
        configuration.synchronous = synchronous
        let store = try SQLiteStore(path: path, configuration: configuration)
        let records = (0..<callers).map { caller in
            (0..<(count / callers)).map { record("\(caller)x\($0)", parent: $0 == 0 ? nil : "\(caller)x\($0 - 1)") }
        }
        let measure = Measure()
        let longest = try await withThrowingTaskGroup(of: Duration.self) { group in
            for records in records {
                group.addTask {
                    var longest = Duration.zero
                    for record in records {
                        let begin = ContinuousClock.now
                        try await store.save(record)
                        longest = max(longest, ContinuousClock.now - begin)
                    }
                    return longest
                }
            }
            return try await group.reduce(.zero) { max($0, $1) }
        }
        measure.show("saves, \(synchronous), \(callers) callers", count / callers * callers)
        print("  the longest took \(Int(longest / .microseconds(1))) us")
        await store.close()
        var facts = stat()
        if stat(path, &facts) == 0 { print("  file: \(Int(facts.st_size) / (count / callers * callers)) bytes a response") }
        remove(path)
    }

    private static func chains(_ path: String) async throws {
        let store = try SQLiteStore(path: path)
        let length = 1000
        for index in 0..<length { try await store.save(record("c\(index)", parent: index == 0 ? nil : "c\(index - 1)")) }
        let last = ResponseID(id("c\(length - 1)"))
        let times = 50
        var measure = Measure()
        for _ in 0..<times { _ = try await store.chain(to: last, of: .anybody) { _ in false } }
        measure.show("chains of \(length)", times)
        measure = Measure()
        for _ in 0..<10_000 { _ = try await store.chain(to: last, of: .anybody) { _ in true } }
        measure.show("chains of which the parent is held", 10_000)
        await store.close()
        remove(path)
    }

    private static func remove(_ path: String) { for name in [path, path + ".lock"] { unlink(name) } }

    private static func record(_ name: String, parent: String?) -> ResponseRecord {
        func json(_ text: String) -> RawJSON { try! RawJSON(parsing: text) }
        let id = id(name)
        return ResponseRecord(
            id: ResponseID(id), owner: .anybody, parent: parent.map { ResponseID(self.id($0)) }, createdAt: 1_700_000_000,
            object: json(
                #"{"id":"\#(id)","object":"response","created_at":1700000000,"status":"completed","model":"m","instructions":""#
                    + String(repeating: "Do what is asked, and nothing else. ", count: 75)
                    + #"","metadata":{},"output":[],"tools":[],"usage":{"input_tokens":\#(name.utf8.count),"output_tokens":9}}"#),
            input: [json(#"{"type":"message","role":"user","content":"\#(String(repeating: "x", count: 200))"}"#)],
            output: [
                json(#"{"id":"msg_\#(id.dropFirst(5))_0","type":"message","content":"\#(String(repeating: "y", count: 400))"}"#)
            ])
    }

    /// An id as random as a server's, and always the same for a name.
    private static func id(_ name: String) -> String {
        var state = name.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
        var id = "resp_"
        for _ in 0..<3 {
            state = (state ^ (state >> 31)) &* 0x9E37_79B9_7F4A_7C15
            let digits = String(state ^ (state >> 29), radix: 16)
            id += String(repeating: "0", count: 16 - digits.count) + digits
        }
        return id
    }
}
