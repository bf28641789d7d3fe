/// Writes JSON into one growing array of bytes.
///
/// No tree and no encoder: the caller writes the text of the wire in order. The writer puts the commas, so members can be
/// written in branches and loops. Hot path: nothing is allocated beyond the array's growth.
package struct JSONWriter {
    package var bytes: [UInt8]
    /// Whether the next member or element needs a comma before it.
    fileprivate var needsComma = false

    package init(reserving capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// The value written, as raw JSON. The caller wrote exactly one value.
    package var raw: RawJSON { RawJSON(validated: bytes) }

    package mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    // MARK: Structure

    package mutating func beginObject() { open(UInt8(ascii: "{")) }
    package mutating func endObject() { close(UInt8(ascii: "}")) }
    package mutating func beginArray() { open(UInt8(ascii: "[")) }
    package mutating func endArray() { close(UInt8(ascii: "]")) }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// The name of the next member; a constant, which needs no escaping.
    package mutating func key(_ name: StaticString) {
        // A response has some hundred names, so all around a name is written as one piece.
        bytes.append(atMost: name.utf8CodeUnitCount + 4) { target in
            if needsComma { target.put(UInt8(ascii: ",")) }
            target.put(UInt8(ascii: "\""))
            target.put(name)
            target.put(UInt8(ascii: "\""))
            target.put(UInt8(ascii: ":"))
        }
        needsComma = false
    }

    // Disfavoured, as a literal would otherwise be taken for a String and be searched for what to escape.
    @_disfavoredOverload
    package mutating func key(_ name: String) {
        value(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    // MARK: Values

    package mutating func value(_ string: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        JSONEscapes.escape(string, into: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A string that needs no escaping, as an id made here.
    package mutating func value(plain text: String) {
        var text = text
        text.withUTF8 { text in
            bytes.append(atMost: text.count + 3) { target in
                if needsComma { target.put(UInt8(ascii: ",")) }
                target.put(UInt8(ascii: "\""))
                target.put(UnsafeRawBufferPointer(text))
                target.put(UInt8(ascii: "\""))
            }
        }
        needsComma = true
    }

    package mutating func value(_ text: JSONText) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.escaped)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func value(_ number: Int) {
        comma()
        append(number)
    }

    package mutating func value(_ number: Double) {
        comma()
        // JSON has no infinities; the wire types refuse them on the way in.
        // Not `Int(exactly:)`: it needs libm's `trunc`, which a program without Foundation does not link.
        if number.magnitude < 0x1p53, Double(Int(number)) == number {
            append(Int(number))
        } else {
            bytes.append(contentsOf: number.description.utf8)
        }
    }

    package mutating func value(_ truth: Bool) { literal(truth ? "true" : "false") }
    package mutating func null() { literal("null") }

    package mutating func value(_ json: RawJSON) {
        comma()
        bytes.append(contentsOf: json.bytes)
    }

    /// One value's bytes, which a scanner skipped.
    package mutating func value(validated bytes: UnsafeBufferPointer<UInt8>) {
        comma()
        self.bytes.append(contentsOf: bytes)
    }

    /// A constant string, which needs no escaping.
    package mutating func value(literal text: StaticString) {
        bytes.append(atMost: text.utf8CodeUnitCount + 3) { target in
            if needsComma { target.put(UInt8(ascii: ",")) }
            target.put(UInt8(ascii: "\""))
            target.put(text)
            target.put(UInt8(ascii: "\""))
        }
        needsComma = true
    }

    /// A literal or other constant JSON text, as it is.
    package mutating func literal(_ text: StaticString) {
        comma()
        append(text)
    }

    package mutating func value(_ string: String?) { if let string { value(string) } else { null() } }
    package mutating func value(_ number: Int?) { if let number { value(number) } else { null() } }
    package mutating func value(_ number: Double?) { if let number { value(number) } else { null() } }
    package mutating func value(_ truth: Bool?) { if let truth { value(truth) } else { null() } }
    package mutating func value(_ json: RawJSON?) { if let json { value(json) } else { null() } }
    package mutating func value(_ text: JSONText?) { if let text { value(text) } else { null() } }

    // MARK: Bytes, without regard to commas

    package mutating func append(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    package mutating func append(_ number: Int) { bytes.append(decimal: number) }

    /// What comes next follows a finished member: for text that was appended by hand.
    package mutating func continueAfterMember() { needsComma = true }
}

extension [UInt8] {
    /// Appends a whole number in decimal.
    package mutating func append(decimal number: Int) {
        append(atMost: ByteCursor.decimalMax) { $0.put(decimal: number) }
    }
}

extension JSONWriter {
    /// Appends a delta event from its head, as one piece: the path that every token takes.
    package mutating func appendDelta(head: [UInt8], number: Int, escaped: ArraySlice<UInt8>) {
        let (name, end) = (#","delta":""#, #""}"#) as (StaticString, StaticString)
        let length = head.count + ByteCursor.decimalMax + name.utf8CodeUnitCount + escaped.count + end.utf8CodeUnitCount
        bytes.append(atMost: length) { target in
            head.withUnsafeBytes { target.put($0) }
            target.put(decimal: number)
            target.put(name)
            escaped.withUnsafeBytes { target.put($0) }
            target.put(end)
        }
    }

    /// Appends an event with a text from what stands before and behind it, as one piece.
    package mutating func appendDelta(head: [UInt8], escaped: ArraySlice<UInt8>, tail: [UInt8]) {
        bytes.append(atMost: head.count + escaped.count + tail.count) { target in
            head.withUnsafeBytes { target.put($0) }
            escaped.withUnsafeBytes { target.put($0) }
            tail.withUnsafeBytes { target.put($0) }
        }
    }
}

extension JSONWriter {
    /// Another value begins, after those already written: nothing goes between them.
    package mutating func reset() { needsComma = false }

    // MARK: Members that are left out when absent

    package mutating func member(_ name: StaticString, ifSet value: String?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    package mutating func member(_ name: StaticString, ifSet value: JSONText?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    package mutating func member(_ name: StaticString, ifSet value: RawJSON?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    package mutating func member(_ name: StaticString, ifSet value: Bool?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    package mutating func member(_ name: StaticString, ifSet value: Int?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    package mutating func member(_ name: StaticString, ifSet value: Double?) {
        guard let value else { return }
        key(name)
        self.value(value)
    }

    package mutating func members(_ members: [JSONMember]) {
        for member in members {
            key(member.name)
            value(member.value)
        }
    }
}
