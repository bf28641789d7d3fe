/// Finds which parts of a short text also occur in long ones, in one pass over each.
///
/// A suffix automaton of the short text: one state for each set of places where the same parts end. Reading a long text
/// through it gives the longest part that ends at each byte, so that the work is linear in both, whatever they hold.
struct CommonParts {
    /// The byte's column in `next`; 0 for bytes that the short text does not have.
    private var columns = [UInt8](repeating: 0, count: 256)
    private var columnCount = 1
    /// By state and column; 0 for none, as nothing leads to the first state.
    private var next: [Int32] = []
    /// The state of the longest end of this state's parts that occurs elsewhere too.
    private var link: [Int32] = []
    /// The length of the state's longest part.
    private var length: [Int32] = []
    /// The state of the whole text up to and including each byte.
    private var prefixes: [Int32] = []
    /// The states, the shortest first.
    private var order: [Int32] = []

    /// The longest part seen, by state.
    private var seen: [Int32] = []
    private var state = 0
    private var count: Int32 = 0
    /// The longest part seen of all.
    private var longest: Int32 = 0

    /// - Parameter text: a few kilobytes; the automaton has about `8 × distinct bytes` times its size.
    init(of text: [UInt8]) {
        for byte in text where columns[Int(byte)] == 0 && columnCount < 256 {
            columns[Int(byte)] = UInt8(columnCount)
            columnCount += 1
        }
        next.reserveCapacity(2 * text.count * columnCount)
        _ = addState(length: 0, link: -1)
        var last = 0
        for byte in text { last = extend(last, Int(columns[Int(byte)])) }
        seen = [Int32](repeating: 0, count: link.count)
        order = Self.order(of: length, lengthMax: text.count)
    }

    /// A counting sort: the states of a text are sorted once, however often it is asked for its parts.
    private static func order(of length: [Int32], lengthMax: Int) -> [Int32] {
        var starts = [Int](repeating: 0, count: lengthMax + 2)
        for length in length { starts[Int(length) + 1] += 1 }
        for index in 1..<starts.count { starts[index] += starts[index - 1] }
        var order = [Int32](repeating: 0, count: length.count)
        for (state, length) in length.enumerated() {
            order[starts[Int(length)]] = Int32(state)
            starts[Int(length)] += 1
        }
        return order
    }

    private mutating func addState(length: Int32, link: Int32) -> Int {
        self.length.append(length)
        self.link.append(link)
        next.append(contentsOf: repeatElement(0, count: columnCount))
        return self.link.count - 1
    }

    /// Adds a byte behind the text whose state is `last`.
    private mutating func extend(_ last: Int, _ column: Int) -> Int {
        let new = addState(length: length[last] + 1, link: 0)
        prefixes.append(Int32(new))
        var state = last
        while state >= 0, next[state * columnCount + column] == 0 {
            next[state * columnCount + column] = Int32(new)
            state = Int(link[state])
        }
        guard state >= 0 else { return new }
        let target = Int(next[state * columnCount + column])
        if length[target] == length[state] + 1 {
            link[new] = Int32(target)
            return new
        }
        // `target` also stands for longer parts: the shorter ones get a state of their own.
        let clone = addState(length: length[state] + 1, link: link[target])
        for column in 0..<columnCount { next[clone * columnCount + column] = next[target * columnCount + column] }
        link[target] = Int32(clone)
        link[new] = Int32(clone)
        while state >= 0, Int(next[state * columnCount + column]) == target {
            next[state * columnCount + column] = Int32(clone)
            state = Int(link[state])
        }
        return new
    }

    // MARK: Reading

    /// A byte of a long text.
    @inline(__always)
    mutating func read(_ byte: UInt8) {
        let column = Int(columns[Int(byte)])
        guard column > 0 else { return endText() }
        while state != 0, next[state * columnCount + column] == 0 {
            state = Int(link[state])
            count = length[state]
        }
        state = Int(next[state * columnCount + column])
        count = state == 0 ? 0 : count + 1
        guard count > seen[state] else { return }
        seen[state] = count
        if count > longest { longest = count }
    }

    /// What comes next is another text.
    mutating func endText() {
        state = 0
        count = 0
    }

    /// The longest part that ends at each byte of the short text and was read, as its length; forgets what was read.
    ///
    /// - Parameter lengthMin: nothing is returned when no part is as long as this.
    mutating func take(lengthMin: Int = 1) -> [Int] {
        endText()
        defer {
            for state in seen.indices { seen[state] = 0 }
            longest = 0
        }
        if longest < lengthMin { return [] }
        // Seen in a longer part: all its ends are seen. Then the other way: each place has what its ends have.
        for state in order.reversed() where seen[Int(state)] > 0 && link[Int(state)] > 0 {
            seen[Int(link[Int(state)])] = length[Int(link[Int(state)])]
        }
        for state in order.dropFirst() { seen[Int(state)] = max(seen[Int(state)], seen[Int(link[Int(state)])]) }
        return prefixes.map { Int(seen[Int($0)]) }
    }
}
