public import ResponsesAPI

extension ResponseRecord {
    /// The whole response object, as `GET /responses/{id}` answers it: `output` and `tools` are put back into their places.
    ///
    /// The object's other members stay as they are and where they are. A member that the object does not have is not added.
    public var whole: RawJSON {
        var json = JSONWriter(reserving: object.bytes.count + tools.bytes.count + output.reduce(32) { $0 + $1.bytes.count + 1 })
        let written: Void? = try? object.bytes.scanned { (scanner) throws(JSONError) in
            var copied = 0
            try scanner.beginObject()
            while let key = try scanner.nextKey() {
                let isOutput = scanner.matches(key, "output")
                let isTools = scanner.matches(key, "tools")
                let value = try scanner.skipValue()
                guard isOutput || isTools else { continue }
                json.bytes.append(contentsOf: scanner.bytes(copied..<value.lowerBound))
                json.reset()
                if isTools { json.value(tools) } else { writeOutput(to: &json) }
                copied = value.upperBound
            }
            json.bytes.append(contentsOf: scanner.bytes(copied..<object.bytes.count))
        }
        return written == nil ? object : json.raw
    }

    private func writeOutput(to json: inout JSONWriter) {
        json.beginArray()
        for item in output { json.value(item) }
        json.endArray()
    }

    /// The turn's new items for reading back, each with an id; what a reference stands for, instead of the reference.
    ///
    /// An item keeps the id its client gave it. One without gets an id made from the response's id and the item's place, the
    /// same at every reading, as its first member.
    public var inputItems: [RawJSON] { input.indices.map { inputItem(at: $0) } }

    /// The id of an item of `input`: the client's own, else the one made for it.
    public func inputItemID(at index: Int) -> String {
        input[index].givenID ?? ItemIDs.made(for: entered[index] ?? input[index], at: index, of: id)
    }

    /// An item of `input` for reading back.
    public func inputItem(at index: Int) -> RawJSON {
        let item = entered[index] ?? input[index]
        return item.givenID == nil ? item.withID(inputItemID(at: index)) : item
    }

    /// The item at a place, when `itemID` is its id.
    package func item(_ itemID: String, at place: ItemIDs.Place) -> RawJSON? {
        switch place {
        case .output(let index):
            guard output.indices.contains(index), output[index].givenID == itemID else { return nil }
            return output[index]
        case .input(let index):
            guard input.indices.contains(index), inputItemID(at: index) == itemID else { return nil }
            return inputItem(at: index)
        }
    }
}
