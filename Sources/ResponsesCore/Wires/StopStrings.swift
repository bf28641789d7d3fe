import ResponsesAPI

/// Stop strings of a request, as wires that have them read them.
package enum StopStrings {
    /// Each place of an answer may be compared with all of a string, and so much of the answer is held back. Those of clients are words.
    package static let bytesMax = 256

    /// The strings of an array. Empty ones mean nothing.
    ///
    /// - Throws: `APIError` with the place of an element that is no string, or too large a one.
    package static func read(_ list: RawJSON, for field: String) throws(APIError) -> [String] {
        var strings: [String] = []
        for (index, element) in list.elements.enumerated() {
            guard let string = element.stringValue else { throw .wrongType("\(field)[\(index)]", expected: "a string") }
            try check(string, for: "\(field)[\(index)]")
            if !string.isEmpty { strings.append(string) }
        }
        return strings
    }

    package static func check(_ string: String, for field: String) throws(APIError) {
        guard string.utf8.count <= bytesMax else { throw .wrongValue(field, "at most \(bytesMax) bytes are looked for.") }
    }
}
