import ResponsesAPI
import ResponsesEngine

/// Makes calls of the tool call fragments of a stream, in every shape engines were seen to write them.
///
/// Known shapes: name and id in the first fragment (llama.cpp; vLLM sends the name alone first); whole calls at once;
/// no id; index 0 for every call with a new id each; no index; ids that change; arguments as an object; the name repeated with
/// every fragment, or in pieces; the id before the name; arguments told once more, or so far in each fragment, or with an empty
/// object in front; the older `function_call`; one object instead of an array; a message that repeats all calls at the end.
///
/// A call that the client may see is handed on, or the answer fails: `problem` says why. It never just vanishes.
struct ToolCallReader: Sendable {
    private struct Call {
        var wireIndex: Int?
        var id: String?
        /// As far as it has come.
        var name: String?
        /// Its number for the client; nil while it has not begun there, or when it must not be seen.
        var number: Int?
        var isDropped = false
        var custom: CustomInputReader?
        /// Arguments that came before the name, escaped.
        var early: [UInt8] = []
        /// The arguments so far.
        var text = ArgumentText()
        /// What is not handed on yet, as more decides what it is.
        var doubt: Doubt?
        /// Each fragment tells all arguments so far.
        var isCumulative = false
        var half = SurrogateHalf()
        /// The array of calls that named it last, by its number.
        var namedIn = 0
        /// What only its engine understands.
        var opaque: [UInt8] = []
        /// The id that the client knows, where it was not left to be made.
        var knownID: String?
        /// The message that repeated it last, by the number of its array.
        var repeatedIn = 0

        var hasBegun: Bool { number != nil || isDropped }

        /// What is kept of it, in bytes.
        var heldBytes: Int {
            early.count + (custom?.heldBytes ?? 0) + (id?.utf8.count ?? 0) + (name?.utf8.count ?? 0) + (doubt?.bytes.count ?? 0)
                + opaque.count
        }
    }

    /// A piece of arguments that may be another thing than the next piece.
    private struct Doubt {
        enum Kind {
            /// The end of an empty object, which some engines send in front of the arguments.
            case emptyObject(before: ArgumentText)
            /// A piece that begins with all arguments so far: told so far, or one object within another.
            case sameBeginning
            /// Arguments that are whole are told once more, piece by piece; so far this much of them.
            case again(ArgumentText)
        }

        var kind: Kind
        var bytes: [UInt8]
    }

    private let policy: CallPolicy
    private let callsMax: Int
    private let heldBytesMax: Int
    private var calls: [Call] = []
    private var passedOn = 0
    /// What is kept of all calls, in bytes.
    private var heldBytes = 0
    /// How many arrays of calls were read.
    private var arrays = 0
    /// Calls with a name that have not begun for the client, in order: more of the name may come until arguments do.
    private var waiting: [Int] = []
    private var waitingStart = 0
    /// Room to bring a piece into canonical spelling.
    private var scratch: [UInt8] = []
    /// Why the answer cannot be whole.
    private(set) var problem: EngineError?
    /// Every call gets an id here, as something is to be found again by it.
    var needsIDs = false

    /// So many calls are searched one by one, which needs no tables; models seldom make more.
    private static let searchedMax = 16
    // Of more calls: where the last with an index or an id is, and the ids that the client knows.
    private var placesByIndex: [Int: Int] = [:]
    private var placesByID: [String: Int] = [:]
    private var knownIDs: Set<String> = []
    private var hasTables = false

    /// - Parameters:
    ///   - callsMax: an answer with more fails.
    ///   - heldBytesMax: of arguments without a name yet, and of input of custom tools that has not begun; of more the answer
    ///     fails.
    init(policy: CallPolicy, callsMax: Int, heldBytesMax: Int) {
        self.policy = policy
        self.callsMax = callsMax
        self.heldBytesMax = heldBytesMax
    }

    /// Reads the `tool_calls` array of a delta.
    mutating func read(_ array: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        try readFragments(array) { reader, fragment, scanner in reader.add(fragment, scanner, into: &batch) }
    }

    /// Reads the `tool_calls` array of a whole message, which may repeat what was read before.
    mutating func readWhole(_ array: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        var position = 0
        try readFragments(array) { reader, fragment, scanner in
            reader.addWhole(fragment, at: position, scanner, into: &batch)
            position += 1
        }
    }

    /// Reads the older `function_call` of a delta.
    mutating func readFunctionCall(_ object: UnsafeBufferPointer<UInt8>, into batch: inout GenerationBatch) throws(JSONError) {
        var scanner = JSONScanner(object)
        if scanner.peek() != UInt8(ascii: "{") { return }
        arrays += 1
        var fragment = Fragment()
        try fragment.readFunction(&scanner)
        add(fragment, scanner, into: &batch)
    }

    private mutating func readFragments(
        _ array: UnsafeBufferPointer<UInt8>, _ add: (inout ToolCallReader, Fragment, borrowing JSONScanner) -> Void
    ) throws(JSONError) {
        var scanner = JSONScanner(array)
        arrays += 1
        if scanner.peek() == UInt8(ascii: "{") {
            var fragment = Fragment()
            try fragment.readCall(&scanner)
            return add(&self, fragment, scanner)
        }
        if scanner.peek() != UInt8(ascii: "[") { return }
        try scanner.beginArray()
        while try scanner.nextElement() {
            guard scanner.peek() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                continue
            }
            var fragment = Fragment()
            try fragment.readCall(&scanner)
            add(&self, fragment, scanner)
        }
    }

    /// The stream finished: what was held back is what it looked like.
    mutating func end(into batch: inout GenerationBatch) {
        beginWaiting(through: calls.count, into: &batch)
        for place in calls.indices {
            settleDoubt(place, into: &batch)
            if calls[place].half.end() { take(Self.replacement, hasEscapes: false, at: place, into: &batch) }
            if let number = calls[place].number { calls[place].custom?.end(call: number, into: &batch) }
        }
        // Whether it was offered cannot be told without its name.
        if policy.isParallel || passedOn == 0, calls.contains(where: { $0.name == nil }) {
            fail("The engine sent a tool call without a name. Try again, or check how the engine reads tool calls.")
        }
    }

    /// What goes back beside calls that were handed on.
    ///
    /// - Parameter details: what goes back beside the last of them.
    func extras(details: [UInt8]) -> [AnswerExtras.Call] {
        calls.compactMap { call in
            guard let id = call.knownID, !call.opaque.isEmpty || !details.isEmpty else { return nil }
            return AnswerExtras.Call(id: id, members: call.opaque)
        }
    }

    /// Whether a call was handed on.
    var hasCalls: Bool { passedOn > 0 }

    /// Whether not a single call was read.
    var isEmpty: Bool { calls.isEmpty }

    /// Whether the arguments of a call end in the middle.
    var isOpen: Bool { calls.contains { $0.text.isOpen || $0.name == nil } }

    private mutating func fail(_ message: String) { problem = problem ?? EngineError(.failed, message) }

    private static let replacement = Array("\u{FFFD}".utf8)

    // MARK: Fragments

    private struct Fragment {
        var index: Int?
        var id: String?
        var name: String?
        var arguments: JSONScanner.StringSpan?
        /// Arguments given as a value instead of a string.
        var argumentsValue: Range<Int>?
        var opaque: [UInt8] = []

        var hasArguments: Bool { arguments.map { !$0.range.isEmpty } ?? false || argumentsValue != nil }
        /// Whether it says anything of a call.
        var isCall: Bool { id != nil || name != nil || hasArguments }

        mutating func readCall(_ scanner: inout JSONScanner) throws(JSONError) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.isNamed(key, "index") {
                    let range = try scanner.skipValue()
                    index = scanner.bytes(range).wholeNumber
                } else if scanner.isNamed(key, "id") {
                    id = try Self.text(&scanner)
                } else if scanner.isNamed(key, "function"), scanner.peek() == UInt8(ascii: "{") {
                    try readFunction(&scanner)
                } else if scanner.isNamed(key, "name") {
                    // Without the object around it.
                    name = try Self.text(&scanner) ?? name
                } else if scanner.isNamed(key, "arguments") {
                    try readArguments(&scanner)
                } else {
                    let value = try scanner.skipValue()
                    if OpaqueMembers.isOne(scanner.bytes(key.range), scanner.bytes(value)) {
                        OpaqueMembers.append(scanner.bytes(key.range), scanner.bytes(value), to: &opaque)
                    }
                }
            }
        }

        mutating func readFunction(_ scanner: inout JSONScanner) throws(JSONError) {
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                if scanner.isNamed(key, "name") {
                    name = try Self.text(&scanner)
                } else if scanner.isNamed(key, "arguments") {
                    try readArguments(&scanner)
                } else {
                    try scanner.skipValue()
                }
            }
        }

        private mutating func readArguments(_ scanner: inout JSONScanner) throws(JSONError) {
            switch scanner.peek() {
            case UInt8(ascii: "\""): arguments = try scanner.scanString()
            case UInt8(ascii: "{"), UInt8(ascii: "["): argumentsValue = try scanner.skipValue()
            default: try scanner.skipValue()
            }
        }

        /// A string that says something, or nil.
        private static func text(_ scanner: inout JSONScanner) throws(JSONError) -> String? {
            guard scanner.peek() == UInt8(ascii: "\"") else {
                try scanner.skipValue()
                return nil
            }
            let text = scanner.string(try scanner.scanString())
            return text.isEmpty ? nil : text
        }
    }

    private mutating func add(_ fragment: Fragment, _ scanner: borrowing JSONScanner, into batch: inout GenerationBatch) {
        guard problem == nil, let place = place(of: fragment, scanner) else { return }
        let before = calls[place].heldBytes
        hear(fragment, at: place, into: &batch)
        addArguments(fragment, scanner, at: place, into: &batch)
        noteHeld(place, before)
    }

    /// Its id and its name.
    private mutating func hear(_ fragment: Fragment, at place: Int, into batch: inout GenerationBatch) {
        if calls[place].id == nil, let id = fragment.id {
            calls[place].id = id
            note(place)
        }
        if !fragment.opaque.isEmpty, calls[place].opaque.isEmpty { calls[place].opaque = fragment.opaque }
        guard let name = fragment.name else { return }
        calls[place].namedIn = arrays
        if calls[place].hasBegun { return }
        if let known = calls[place].name {
            calls[place].name = joined(known, name, hasOtherID: false, isOnlyID: true) ?? known
        } else {
            calls[place].name = name
            var position = waiting.count
            while position > waitingStart, waiting[position - 1] > place { position -= 1 }
            waiting.insert(place, at: position)
            // Arguments were there before: nothing more of a name is due.
            if !calls[place].text.isEmpty { return beginWaiting(through: place, into: &batch) }
        }
        if isCertain(calls[place].name ?? name) { beginWaiting(through: place, into: &batch) }
    }

    private mutating func addArguments(
        _ fragment: Fragment, _ scanner: borrowing JSONScanner, at place: Int, into batch: inout GenerationBatch
    ) {
        guard fragment.hasArguments else { return }
        beginWaiting(through: place, into: &batch)
        if let span = fragment.arguments {
            let bytes = scanner.bytes(span.range)
            if span.isCanonical, calls[place].half.isEmpty {
                take(bytes, hasEscapes: span.hasEscapes, at: place, into: &batch)
            } else {
                takeEscaped(bytes, at: place, into: &batch)
            }
        } else if let range = fragment.argumentsValue {
            var escaped: [UInt8] = []
            JSONEscapes.escape(scanner.bytes(range), into: &escaped)
            escaped.withUnsafeBufferPointer { take($0, hasEscapes: true, at: place, into: &batch) }
        }
    }

    private mutating func noteHeld(_ place: Int, _ before: Int) {
        heldBytes += calls[place].heldBytes - before
        if heldBytes > heldBytesMax {
            fail("The engine sent more of a tool call than this server keeps before it knows what it is of. Try again.")
        }
    }

    /// A call of a whole message: one that was read before, which is no news, or another.
    private mutating func addWhole(
        _ fragment: Fragment, at position: Int, _ scanner: borrowing JSONScanner, into batch: inout GenerationBatch
    ) {
        guard problem == nil, fragment.isCall else { return }
        guard let known = place(ofWhole: fragment, at: position, scanner) else {
            guard let place = append(Call()) else { return }
            calls[place].repeatedIn = arrays
            let before = calls[place].heldBytes
            hear(fragment, at: place, into: &batch)
            addArguments(fragment, scanner, at: place, into: &batch)
            return noteHeld(place, before)
        }
        calls[known].repeatedIn = arrays
        if calls[known].name == nil { hear(fragment, at: known, into: &batch) }
        // Of arguments that are whole a repetition is no news.
        let text = calls[known].text
        if text.isEmpty || text.isEmptyObject || text.isOpen { addArguments(fragment, scanner, at: known, into: &batch) }
    }

    private func place(ofWhole fragment: Fragment, at position: Int, _ scanner: borrowing JSONScanner) -> Int? {
        func isFree(_ place: Int) -> Bool { calls[place].repeatedIn != arrays }
        if let id = fragment.id, let known = place(withID: id), isFree(known) { return known }
        func isNamedAlike(_ place: Int) -> Bool { fragment.name == nil || calls[place].name == nil || calls[place].name == fragment.name }
        // Where several have a name, the arguments say which it is.
        let text = argumentText(of: fragment, scanner)
        if let same = calls.indices.prefix(Self.searchedMax).first(where: { isFree($0) && isNamedAlike($0) && calls[$0].text == text }) {
            return same
        }
        return calls.indices.contains(position) && isFree(position) && isNamedAlike(position) ? position : nil
    }

    private func argumentText(of fragment: Fragment, _ scanner: borrowing JSONScanner) -> ArgumentText {
        var escaped: [UInt8] = []
        if let span = fragment.arguments {
            JSONEscapes.canonicalize(scanner.bytes(span.range), into: &escaped)
        } else if let range = fragment.argumentsValue {
            JSONEscapes.escape(scanner.bytes(range), into: &escaped)
        }
        return escaped.withUnsafeBufferPointer { ArgumentText($0) }
    }

    // MARK: Which call

    /// Which call a fragment belongs to; a new one when it must be. Nil when it says nothing.
    private mutating func place(of fragment: Fragment, _ scanner: borrowing JSONScanner) -> Int? {
        if let current = current(fragment), !isNew(fragment, after: calls[current], scanner) { return current }
        guard fragment.isCall else { return nil }
        return append(Call(wireIndex: fragment.index))
    }

    private mutating func append(_ call: Call) -> Int? {
        guard calls.count < callsMax else {
            fail("The engine sent more than \(callsMax) tool calls in one answer. Ask for fewer at once.")
            return nil
        }
        calls.append(call)
        note(calls.count - 1)
        return calls.count - 1
    }

    /// The call that a fragment goes on with, unless it begins another.
    private func current(_ fragment: Fragment) -> Int? {
        if let id = fragment.id, let known = place(withID: id) {
            // What has no name cannot begin a call, whatever its index.
            let isSamePlace = fragment.index == nil || calls[known].wireIndex == nil || fragment.index == calls[known].wireIndex
            if fragment.name == nil || isSamePlace { return known }
        }
        guard let index = fragment.index else { return calls.indices.last }
        if let known = place(withIndex: index) { return known }
        // An index that counts fragments: a piece of arguments can only belong to the call that is under way.
        guard fragment.name == nil, fragment.id == nil, fragment.hasArguments, let last = calls.last, last.name != nil,
            last.text.isEmpty || last.text.isOpen
        else { return nil }
        return calls.count - 1
    }

    private func isNew(_ fragment: Fragment, after call: Call, _ scanner: borrowing JSONScanner) -> Bool {
        // Within one array each name is a call's.
        if fragment.name != nil, call.namedIn == arrays { return true }
        let hasOtherID = fragment.id != nil && call.id != nil && fragment.id != call.id
        guard let name = fragment.name else {
            guard hasOtherID else { return false }
            // Some change the id with every piece. What follows a whole call is another, whose name comes later.
            return call.text.isWhole && (fragment.index == nil || !fragment.hasArguments)
        }
        guard let known = call.name else { return hasOtherID }
        if hasOtherID {
            let goesOn = name == known && call.text.isOpen && fragment.hasArguments && !beginsArguments(fragment, scanner)
            return !goesOn
        }
        let isSameID = fragment.id != nil && fragment.id == call.id
        if !call.text.isEmpty {
            if name != known { return true }
            // An id that is the same for every call of a tool; the index would tell them apart.
            if isSameID {
                return fragment.index == nil && call.text.isWhole && !call.text.isEmptyObject && beginsArguments(fragment, scanner)
                    && argumentText(of: fragment, scanner) != call.text
            }
            // Without ids, a name after whole arguments begins a call; before that it is only repeated.
            return call.id == nil && call.text.isWhole
        }
        if call.hasBegun { return name != known }
        return joined(known, name, hasOtherID: fragment.id != nil && !isSameID, isOnlyID: isSameID || (call.id != nil && fragment.id == nil)) == nil
    }

    private func beginsArguments(_ fragment: Fragment, _ scanner: borrowing JSONScanner) -> Bool {
        if fragment.argumentsValue != nil { return true }
        guard let span = fragment.arguments else { return false }
        let first = ArgumentText.firstByte(of: scanner.bytes(span.range))
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    // MARK: Names

    /// The name that a name and more of it make; nil when the second is another call's.
    ///
    /// - Parameters:
    ///   - hasOtherID: the second came with an id of its own.
    ///   - isOnlyID: by the ids, both are of one call.
    private func joined(_ known: String, _ more: String, hasOtherID: Bool, isOnlyID: Bool) -> String? {
        func isOffered(_ name: String) -> Bool { policy.heads[name] != nil }
        let whole = known + more
        if known == more { return isOffered(whole) && !isOffered(known) ? whole : known }
        if isOffered(whole), !(isOffered(known) && isOffered(more)) { return whole }
        // Told so far.
        if more.hasPrefix(known), isOffered(more) || isOnlyID { return more }
        if isOffered(known) || isOffered(more) || hasOtherID { return nil }
        if isOnlyID || policy.heads.keys.contains(where: { $0.hasPrefix(whole) }) { return whole }
        return nil
    }

    /// Whether nothing can follow a name: it is a tool's, and no other tool's begins with it.
    private func isCertain(_ name: String) -> Bool {
        guard policy.heads[name] != nil else { return false }
        return !policy.heads.keys.contains { $0.utf8.count > name.utf8.count && $0.hasPrefix(name) }
    }

    // MARK: Places

    private func place(withIndex index: Int) -> Int? {
        if let last = calls.last, last.wireIndex == index { return calls.count - 1 }
        return calls.count <= Self.searchedMax ? calls.lastIndex { $0.wireIndex == index } : placesByIndex[index]
    }

    private func place(withID id: String) -> Int? {
        if let last = calls.last, last.id == id { return calls.count - 1 }
        return calls.count <= Self.searchedMax ? calls.lastIndex { $0.id == id } : placesByID[id]
    }

    /// Whether the client knows a call of this id.
    private func isKnown(_ id: String) -> Bool {
        calls.count <= Self.searchedMax ? calls.contains { $0.number != nil && $0.id == id } : knownIDs.contains(id)
    }

    /// A call is new, or its id or number is.
    private mutating func note(_ place: Int) {
        guard calls.count > Self.searchedMax else { return }
        // The tables begin with the first call that is not searched.
        let places = hasTables ? place..<place + 1 : 0..<calls.count
        hasTables = true
        for place in places {
            if let index = calls[place].wireIndex { placesByIndex[index] = max(place, placesByIndex[index] ?? 0) }
            guard let id = calls[place].id else { continue }
            placesByID[id] = max(place, placesByID[id] ?? 0)
            if calls[place].number != nil { knownIDs.insert(id) }
        }
    }

    // MARK: Calls

    /// The names of calls up to this place are whole: each begins for the client, in order.
    private mutating func beginWaiting(through place: Int, into batch: inout GenerationBatch) {
        while waitingStart < waiting.count, waiting[waitingStart] <= place {
            waitingStart += 1
            begin(waiting[waitingStart - 1], into: &batch)
        }
        if waitingStart > 0, waitingStart == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            waitingStart = 0
        }
    }

    private mutating func begin(_ place: Int, into batch: inout GenerationBatch) {
        guard let name = calls[place].name, !calls[place].hasBegun else { return }
        let isOneTooMany = !policy.isParallel && passedOn > 0
        // Two calls of one id: the client could not say which it answers. The second gets an id here.
        var id = calls[place].id.flatMap { isUsable($0) ? $0 : nil }
        if id == nil, needsIDs || !calls[place].opaque.isEmpty { id = CallIDs.made() }
        guard !isOneTooMany, let head = policy.head(name, callID: id) else {
            calls[place].isDropped = true
            calls[place].early = []
            return
        }
        // A name that was offered is the client's own word.
        if policy.heads[name] == nil, policy.secrets.occur(in: name) {
            calls[place].isDropped = true
            return fail("The engine sent a call of a tool that was not offered. Try again.")
        }
        let number = passedOn
        passedOn += 1
        calls[place].number = number
        calls[place].knownID = id
        note(place)
        if head.kind == .custom { calls[place].custom = CustomInputReader() }
        batch.append(call: number, head)
        let early = calls[place].early
        calls[place].early = []
        if !early.isEmpty { early.withUnsafeBufferPointer { pass($0, hasEscapes: true, at: place, into: &batch) } }
    }

    // MARK: Arguments

    /// A piece that is not in canonical spelling, or goes on with half a character.
    private mutating func takeEscaped(_ bytes: UnsafeBufferPointer<UInt8>, at place: Int, into batch: inout GenerationBatch) {
        // Taken out and put back, so that its room is used again.
        var text: [UInt8] = []
        swap(&text, &scratch)
        if let joined = calls[place].half.joined(bytes, isCanonical: false) {
            joined.withUnsafeBufferPointer { JSONEscapes.canonicalize($0, into: &text) }
        } else {
            JSONEscapes.canonicalize(bytes, into: &text)
        }
        if !text.isEmpty { text.withUnsafeBufferPointer { take($0, hasEscapes: true, at: place, into: &batch) } }
        guard text.capacity <= Self.keptCapacityMax else { return }
        text.removeAll(keepingCapacity: true)
        scratch = text
    }

    /// A buffer that one long piece made grow is not kept for the rest of the stream.
    private static let keptCapacityMax = 65_536

    /// Takes a piece of arguments in canonical spelling.
    ///
    /// Most pieces go on where the last ended. One that begins an object where none can begin repeats what was said.
    private mutating func take(
        _ piece: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch
    ) {
        if calls[place].doubt != nil { return takeDoubtful(piece, hasEscapes: hasEscapes, at: place, into: &batch) }
        let before = calls[place].text
        if before.begins, mayRepeat(piece) { return takeRepeated(piece, hasEscapes: hasEscapes, at: place, into: &batch) }
        append(piece, hasEscapes: hasEscapes, at: place, into: &batch)
    }

    private func mayRepeat(_ piece: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = piece.first, first <= 0x20 || first == UInt8(ascii: "{") || first == UInt8(ascii: "[") || first == UInt8(ascii: "\\")
        else { return false }
        let byte = ArgumentText.firstByte(of: piece)
        return byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[")
    }

    /// A piece that goes on.
    private mutating func append(
        _ piece: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch
    ) {
        let before = calls[place].text
        calls[place].text.read(piece)
        if calls[place].text.isEmptyObject, !before.isEmptyObject {
            calls[place].doubt = Doubt(kind: .emptyObject(before: before), bytes: Array(piece))
        } else {
            emit(piece, hasEscapes: hasEscapes, at: place, into: &batch)
        }
    }

    /// A piece that begins an object or an array behind arguments that did.
    private mutating func takeRepeated(
        _ piece: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch
    ) {
        let text = calls[place].text
        if text.isWhole {
            calls[place].doubt = Doubt(kind: .again(ArgumentText()), bytes: [])
            return takeDoubtful(piece, hasEscapes: hasEscapes, at: place, into: &batch)
        }
        guard let length = text.length(in: piece) else { return append(piece, hasEscapes: hasEscapes, at: place, into: &batch) }
        if text.takesValue, !calls[place].isCumulative {
            calls[place].doubt = Doubt(kind: .sameBeginning, bytes: Array(piece))
            return
        }
        calls[place].isCumulative = true
        appendRest(of: piece, from: length, at: place, into: &batch)
    }

    private mutating func appendRest(
        of piece: UnsafeBufferPointer<UInt8>, from start: Int, at place: Int, into batch: inout GenerationBatch
    ) {
        guard start < piece.count else { return }
        append(UnsafeBufferPointer(rebasing: piece[start...]), hasEscapes: true, at: place, into: &batch)
    }

    /// A piece behind one that was not decided.
    private mutating func takeDoubtful(
        _ piece: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch
    ) {
        guard let doubt = calls[place].doubt else { return }
        switch doubt.kind {
        case .emptyObject(let before):
            guard mayRepeat(piece) else {
                if ArgumentText.firstByte(of: piece) == 0 { return }
                settleDoubt(place, into: &batch)
                return append(piece, hasEscapes: hasEscapes, at: place, into: &batch)
            }
            // It was only a beginning: the arguments come now.
            calls[place].doubt = nil
            calls[place].text = before
            take(piece, hasEscapes: hasEscapes, at: place, into: &batch)
        case .sameBeginning:
            let isSoFar = doubt.bytes.withUnsafeBufferPointer { ArgumentText($0).length(in: piece) != nil }
            if isSoFar {
                calls[place].doubt = nil
                calls[place].isCumulative = true
            } else {
                settleDoubt(place, asMore: true, into: &batch)
            }
            take(piece, hasEscapes: hasEscapes, at: place, into: &batch)
        case .again(var again):
            again.read(piece)
            calls[place].doubt?.kind = .again(again)
            guard again.isWhole else { return }
            calls[place].doubt = nil
            if again != calls[place].text { failTwice(place) }
        }
    }

    private mutating func failTwice(_ place: Int) {
        if calls[place].isDropped { return }
        fail("The engine told the arguments of a tool call twice, and not the same. Try again.")
    }

    /// Nothing more comes that could decide.
    ///
    /// - Parameter asMore: what began like all before it goes on with it.
    private mutating func settleDoubt(_ place: Int, asMore: Bool = false, into batch: inout GenerationBatch) {
        guard let doubt = calls[place].doubt else { return }
        calls[place].doubt = nil
        doubt.bytes.withUnsafeBufferPointer { bytes in
            switch doubt.kind {
            case .emptyObject: emit(bytes, hasEscapes: true, at: place, into: &batch)
            case .sameBeginning:
                var more = calls[place].text
                more.read(bytes)
                if !asMore, !more.isWhole, ArgumentText(bytes).isWhole, let length = calls[place].text.length(in: bytes) {
                    appendRest(of: bytes, from: length, at: place, into: &batch)
                } else {
                    append(bytes, hasEscapes: true, at: place, into: &batch)
                }
            case .again(let again): if !again.isEmpty { failTwice(place) }
            }
        }
    }

    private mutating func emit(
        _ piece: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch
    ) {
        if calls[place].isDropped { return }
        if calls[place].number == nil {
            calls[place].early.append(contentsOf: piece)
        } else {
            pass(piece, hasEscapes: hasEscapes, at: place, into: &batch)
        }
    }

    private mutating func pass(
        _ piece: UnsafeBufferPointer<UInt8>, hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch
    ) {
        guard let number = calls[place].number else { return }
        if calls[place].custom != nil {
            calls[place].custom?.read(piece, hasEscapes: hasEscapes, call: number, into: &batch)
        } else {
            batch.append(call: number, input: piece, hasEscapes: false)
        }
    }

    private mutating func take(_ piece: [UInt8], hasEscapes: Bool, at place: Int, into batch: inout GenerationBatch) {
        piece.withUnsafeBufferPointer { take($0, hasEscapes: hasEscapes, at: place, into: &batch) }
    }

    private func isUsable(_ id: String) -> Bool {
        Self.isUsable(id) && !isKnown(id) && !policy.secrets.occur(in: id) && !(policy.isTaken?(id) ?? false)
    }

    /// Whether an engine's id may serve as `call_id`: 1 to 64 characters there. Short ones are counters that begin
    /// again with every answer ("0", "call_1"), and a chain needs ids of its own.
    private static func isUsable(_ id: String) -> Bool {
        (8...64).contains(id.utf8.count) && id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }
}
