import ResponsesAPI
import ResponsesStore

extension ResponseRecord {
    /// The ids of items that do not lead to this record by themselves (`ItemIDs`): those that clients gave, and those of output
    /// that something else made. Each once.
    var givenIDs: [String] {
        var ids = input.compactMap(\.givenID)
        var id = id.rawValue
        let foreign = id.withUTF8 { id in
            let stem = ItemIDs.stem(of: id)
            return output.indices.filter { !output[$0].hasMadeID(stem: stem, at: $0) }
        }
        for index in foreign { if let id = output[index].givenID { ids.append(id) } }
        guard ids.count > 1 else { return ids }
        var seen: Set<String> = []
        return ids.filter { seen.insert($0).inserted }
    }

    /// The item with this id, wherever it stands.
    func item(_ itemID: String) -> RawJSON? {
        for index in input.indices where inputItemID(at: index) == itemID { return inputItem(at: index) }
        return output.first { $0.givenID == itemID }
    }

    /// About what its texts take, in bytes.
    var textBytes: Int {
        var bytes = object.bytes.count + tools.bytes.count + 256
        for item in input { bytes += item.bytes.count }
        for item in output { bytes += item.bytes.count }
        for item in entered.values { bytes += item.bytes.count }
        return bytes
    }
}
