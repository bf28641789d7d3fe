import ResponsesAPI
import ResponsesCore
import ResponsesStore

extension ResponseRecord {
    /// The record of a response whose process ended while it ran: as failed.
    var interrupted: ResponseRecord {
        var record = self
        record.isRunning = false
        var json = JSONWriter(reserving: object.bytes.count + 256)
        json.beginObject()
        object.forEachMember { key, value in
            json.key(key)
            switch key {
            case "status": json.value(literal: "failed")
            case "error":
                json.beginObject()
                json.key("code")
                json.value(APIError.interrupted.code?.rawValue)
                json.key("message")
                json.value(APIError.interrupted.message)
                json.endObject()
            default: json.value(value)
            }
        }
        json.endObject()
        record.object = json.raw
        return record
    }

    /// As a client is shown it when it does not run here: what was running elsewhere runs no more.
    var asFound: ResponseRecord { isRunning ? interrupted : self }
}
