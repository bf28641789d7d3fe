import Synchronization

/// A list that grows at its end and shares what it holds with the lists before and after it, as `PromptRope` does with bytes.
///
/// A list is a place in segments: appending writes behind that place when nothing stands there yet, so that a turn costs
/// what it adds however long the list is. After a fork the place is taken; the second child begins a segment of its own
/// and shares everything before it.
struct SharedList<Element: Sendable>: Sendable {
    private var last: Cut?
    private(set) var count = 0
    /// What the elements hold outside of the list, in bytes.
    private(set) var elementBytes = 0

    var isEmpty: Bool { count == 0 }

    /// Appends an element; the list it was copied from stays as it was.
    ///
    /// - Parameter bytes: what the element holds outside of the list.
    /// - Returns: the memory this took, in bytes.
    mutating func append(_ element: Element, bytes: Int) -> Int {
        count += 1
        elementBytes += bytes
        let taken = bytes + MemoryLayout<Element>.stride
        if let cut = last, cut.segment.append(element, taken, at: cut.end) {
            last?.end += 1
            return taken
        }
        last = Cut(segment: Segment(previous: last, beginning: element, taken), end: 1)
        return taken + Segment.overhead
    }

    /// Walks the elements in order.
    func forEach(_ body: (Element) -> Void) {
        guard let last else { return }
        guard last.segment.previous != nil else { return last.forEach(body) }
        var cuts: [Cut] = []
        var next: Cut? = last
        while let cut = next {
            cuts.append(cut)
            next = cut.segment.previous
        }
        for cut in cuts.reversed() { cut.forEach(body) }
    }

    /// Whether an element is as wanted. Walks all of them.
    func contains(where isWanted: (Element) -> Bool) -> Bool {
        var isFound = false
        forEach { if !isFound { isFound = isWanted($0) } }
        return isFound
    }

    /// A place in a segment: the elements before it belong to the list.
    private struct Cut: Sendable {
        var segment: Segment
        var end: Int

        func forEach(_ body: (Element) -> Void) {
            let (first, others) = segment.elements
            body(first)
            for element in others.prefix(end - 1) { body(element) }
        }
    }

    /// A piece of lists. Elements once written stay; only the place behind them is given out, once.
    ///
    /// Unchecked, as the lock stands beside what it guards: `others`, `bytes` and `link` are touched within `lock` only, and in
    /// `deinit`, when nobody else is left. Within a mutex they would be a generic type of generic types, and letting go of a
    /// segment, which each turn does, would look the types up: ten times what it takes so.
    private final class Segment: @unchecked Sendable {
        /// Most messages have one part, which needs no array.
        private let first: Element
        private var others: [Element] = []
        private var bytes: Int
        private var link: Cut?
        private let lock = Mutex(())

        /// What a turn wrote that then failed stays behind the place where the next turn begins, as long as the segment
        /// lives: so it must not be much. A larger element has a segment of its own.
        private static var bytesMax: Int { 65_536 }
        /// The object and the header of its array.
        static var overhead: Int { 128 }

        init(previous: Cut?, beginning element: Element, _ bytes: Int) {
            first = element
            self.bytes = bytes
            link = previous
        }

        deinit {
            // A chain of forks is a list of any length: letting go of it link by link from inside would recurse.
            var next = link.take()
            while var cut = next {
                next = nil
                guard isKnownUniquelyReferenced(&cut.segment) else { return }
                next = cut.segment.takePrevious()
            }
        }

        var previous: Cut? { lock.withLock { _ in link } }
        var elements: (first: Element, others: [Element]) { (first, lock.withLock { _ in others }) }

        /// Writes an element at `end`; false when another child wrote there already, or there is no room.
        func append(_ element: Element, _ bytes: Int, at end: Int) -> Bool {
            lock.withLock { _ in
                guard others.count + 1 == end, self.bytes + bytes <= Self.bytesMax else { return false }
                others.append(element)
                self.bytes += bytes
                return true
            }
        }

        private func takePrevious() -> Cut? { lock.withLock { _ in link.take() } }
    }
}

extension SharedList {
    /// The elements in an array. For tests.
    var elements: [Element] {
        var elements: [Element] = []
        forEach { elements.append($0) }
        return elements
    }
}
