import ResponsesAPI

/// Collects `reasoning_details` of a stream: pieces of one detail become one, as they must go back whole.
///
/// A detail comes in pieces of the same type and index, whose texts follow each other; what else a piece has holds for all.
struct ReasoningDetails: Sendable {
    private struct Detail {
        var members: [(name: String, value: RawJSON)] = []

        subscript(_ name: String) -> RawJSON? { members.first { $0.name == name }?.value }
    }

    /// Of all details; signed thoughts of one answer have some ten kilobytes. Of more nothing is given back.
    private let bytesMax: Int
    private var details: [Detail] = []
    private var bytes = 0

    init(bytesMax: Int) { self.bytesMax = bytesMax }

    var isEmpty: Bool { details.isEmpty }

    mutating func read(_ array: RawJSON) {
        bytes += array.bytes.count
        guard bytes <= bytesMax else {
            details = []
            return
        }
        for element in array.elements where element.isObject {
            var piece = Detail()
            element.forEachMember { piece.members.append(($0, $1)) }
            if let last = details.last, last["type"] == piece["type"], last["index"] == piece["index"], piece["index"] != nil,
                last["id"] == nil || piece["id"] == nil || piece["id"]?.isNull == true || last["id"] == piece["id"]
            {
                add(piece)
            } else {
                details.append(piece)
            }
        }
    }

    private static let texts: Set<String> = ["text", "summary", "data"]

    private mutating func add(_ piece: Detail) {
        let last = details.count - 1
        for (name, value) in piece.members {
            guard let place = details[last].members.firstIndex(where: { $0.name == name }) else {
                details[last].members.append((name, value))
                continue
            }
            if value.isNull { continue }
            let known = details[last].members[place].value
            if Self.texts.contains(name), value.isString, known.isString {
                // Both stand between quotes.
                details[last].members[place].value = RawJSON(validated: Array(known.bytes.dropLast()) + value.bytes.dropFirst())
            } else {
                details[last].members[place].value = value
            }
        }
    }

    /// The array as it goes back; empty when there is nothing.
    var json: [UInt8] {
        guard !details.isEmpty else { return [] }
        var json = JSONWriter()
        json.beginArray()
        for detail in details {
            json.beginObject()
            for (name, value) in detail.members {
                json.key(name)
                json.value(value)
            }
            json.endObject()
        }
        json.endArray()
        return json.bytes
    }
}
