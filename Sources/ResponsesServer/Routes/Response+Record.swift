import Hummingbird
import ResponsesAPI
import ResponsesCore
import ResponsesStore
import ThreadTools

extension Response {
    /// A stored response's whole object; a large one is put together beside the loop.
    init(_ record: ResponseRecord, _ services: ServerServices) async {
        let isLarge = record.bytes >= services.limits.largeBytesMin
        self.init(json: isLarge ? await BesideLoop.run { record.whole.bytes } : record.whole.bytes)
    }
}
