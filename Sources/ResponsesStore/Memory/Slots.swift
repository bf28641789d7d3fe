/// Values at places that stay theirs until they are removed; places of removed values are used again.
package struct Slots<Value> {
    private var values: [Value?] = []
    private var free: [Int] = []

    package init() {}

    package var count: Int { values.count - free.count }

    /// The place that the next value gets.
    package var next: Int { free.last ?? values.count }

    package mutating func add(_ value: Value) -> Int {
        if let place = free.popLast() {
            values[place] = value
            return place
        }
        values.append(value)
        return values.count - 1
    }

    /// - Precondition: there is a value.
    package mutating func remove(at place: Int) -> Value {
        guard let value = values[place].take() else { preconditionFailure("Nothing is at place \(place).") }
        free.append(place)
        return value
    }

    /// - Precondition: there is a value. It is read and changed where it is, without a copy.
    package subscript(place: Int) -> Value {
        _read { yield values[place]! }
        _modify { yield &values[place]! }
    }

    /// Whether there is a value.
    package func holds(_ place: Int) -> Bool { values.indices.contains(place) && values[place] != nil }
}
