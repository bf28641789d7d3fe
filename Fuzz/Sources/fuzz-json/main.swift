import Foundation
import FuzzSupport
import ResponsesAPI

// Goal: the scanner neither traps nor reads beyond its bytes, passes over exactly what a typed walk reads, agrees with
// another parser about what JSON is, and spells every string in one way.
// Method: the input is the text. Foundation is compared where both are known to agree: it has other limits for depth and
// numbers, guesses encodings, and differs on lone surrogates.

/// Reads a value with the typed calls only.
func walk(_ scanner: inout JSONScanner, depth: Int = 0) throws(JSONError) {
    switch scanner.peek() {
    case UInt8(ascii: "{"):
        try scanner.beginObject()
        while let key = try scanner.nextKey() {
            check(scanner, key)
            try walk(&scanner, depth: depth + 1)
        }
    case UInt8(ascii: "["):
        try scanner.beginArray()
        while try scanner.nextElement() { try walk(&scanner, depth: depth + 1) }
    case UInt8(ascii: "\""): check(scanner, try scanner.scanString())
    default: try scanner.skipValue()
    }
}

/// What must hold of every string.
func check(_ scanner: borrowing JSONScanner, _ span: JSONScanner.StringSpan) {
    let bytes = Array(scanner.bytes(span.range))
    require(span.hasEscapes == bytes.contains(UInt8(ascii: "\\")), "escapes reported wrongly")
    let canonical = bytes.withUnsafeBufferPointer { canonicalized($0) }
    require(canonical.withUnsafeBufferPointer { canonicalized($0) } == canonical, "canonical twice is another spelling")
    require(span.hasEscapes || canonical == bytes, "text without escapes was changed")
    let text = unescaped(bytes)
    require(unescaped(canonical) == text, "the canonical spelling is another text")
    require(String(validating: text, as: UTF8.self) != nil, "the text is not UTF-8")
    var escaped: [UInt8] = []
    text.withUnsafeBufferPointer { JSONEscapes.escape($0, into: &escaped) }
    require(escaped == canonical, "escaping again is another spelling")
    require(scanner.text(span).escaped == canonical, "the span's text is another")
    require(scanner.string(span).utf8.elementsEqual(text), "the span's string is another")
}

func canonicalized(_ bytes: UnsafeBufferPointer<UInt8>) -> [UInt8] {
    var canonical: [UInt8] = []
    JSONEscapes.canonicalize(bytes, into: &canonical)
    return canonical
}

func unescaped(_ bytes: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    bytes.withUnsafeBufferPointer { JSONEscapes.unescape($0, into: &text) }
    return text
}

/// The offset after the value, or nil when there is none.
func end(of text: [UInt8], _ read: (inout JSONScanner) throws(JSONError) -> Void) -> Int? {
    text.withUnsafeBufferPointer { buffer in
        var scanner = JSONScanner(buffer)
        do throws(JSONError) {
            try read(&scanner)
            let end = scanner.position
            try scanner.expectEnd()
            return end
        } catch {
            require((0...text.count).contains(error.offset), "an error outside the text")
            return nil
        }
    }
}

/// Whether Foundation's verdict means the same as ours.
func isComparable(_ text: [UInt8]) -> Bool {
    guard let first = text.first, first < 0x80, text.count < 4000 else { return false }
    if text.contains(0) { return false }
    let brackets = text.count { $0 == UInt8(ascii: "[") || $0 == UInt8(ascii: "{") }
    if brackets > 100 { return false }
    var digits = 0
    var lastVisible: UInt8 = 0
    for (index, byte) in text.enumerated() {
        // Foundation ignores a comma before the end of an object.
        if lastVisible == UInt8(ascii: ","), byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { return false }
        if byte > 0x20 { lastVisible = byte }
        digits = byte &- 0x30 < 10 ? digits + 1 : 0
        // Long numbers and exponents leave Foundation's range; surrogates stand alone or not.
        if digits > 15 { return false }
        if byte | 0x20 == UInt8(ascii: "e"), index > 0, text[index - 1] &- 0x30 < 10 || text[index - 1] == UInt8(ascii: ".") { return false }
        if byte == UInt8(ascii: "\\"), index + 2 < text.count, text[index + 1] == UInt8(ascii: "u"), text[index + 2] | 0x20 == UInt8(ascii: "d") {
            return false
        }
    }
    return true
}

exit(
    fuzz { start, count in
        let text = FuzzInput(start, count).rest
        let skipped = end(of: text) { (scanner) throws(JSONError) in try scanner.skipValue() }
        let walked = end(of: text) { (scanner) throws(JSONError) in try walk(&scanner) }
        require(skipped == walked, "skipped to \(String(describing: skipped)), walked to \(String(describing: walked))")
        require(((try? RawJSON(parsing: text)) != nil) == (skipped != nil), "raw JSON has another opinion")
        if isComparable(text) {
            let other = (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
            require(other == (skipped != nil), "Foundation says \(other)")
        }
        return 0
    })
