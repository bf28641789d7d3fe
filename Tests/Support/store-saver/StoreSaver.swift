import LibC
import ResponsesAPI
import ResponsesStore
import SQLiteStore

/// Saves responses and says so, for tests that stop it, kill it, or take away what it writes to: `store-saver FILE [CHAINS]`.
///
/// Each of so many chains saves one response after the other until the process is killed, and writes the name of each on a
/// line when its save has returned. A store that cannot be opened ends it with 1 and the sentence on standard error.
@main
enum StoreSaver {
    static func main() async {
        guard CommandLine.arguments.count > 1 else { exit(64) }
        let chains = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 8 : 8
        let store: SQLiteStore
        do {
            store = try SQLiteStore(path: CommandLine.arguments[1])
        } catch {
            print("\(error)", to: 2)
            exit(1)
        }
        await withTaskGroup(of: Void.self) { group in
            for chain in 0..<chains { group.addTask { await save(chain, in: store) } }
        }
        exit(2)
    }

    private static func save(_ chain: Int, in store: SQLiteStore) async {
        var parent: ResponseID?
        for number in 0... {
            let record = record("\(chain).\(number)", parent: parent)
            do {
                try await store.save(record)
            } catch {
                return print("\(error)", to: 2)
            }
            print("\(chain).\(number)", to: 1)
            parent = record.id
        }
    }

    private static func record(_ name: String, parent: ResponseID?) -> ResponseRecord {
        let text = Array(#"{"id":"resp_\#(name)","output":[],"tools":[],"padding":"\#(String(repeating: name, count: 100))"}"#.utf8)
        let object = (try? RawJSON(parsing: text)) ?? .emptyObject
        return ResponseRecord(
            id: ResponseID("resp_\(name)"), owner: .anybody, parent: parent, createdAt: 1_700_000_000, object: object,
            input: [object], output: [object])
    }

    /// In one piece, so that lines of several tasks do not mix.
    private static func print(_ line: String, to descriptor: Int32) {
        let bytes = Array("\(line)\n".utf8)
        _ = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    }
}
