import Foundation
import ResponsesAPI
import Testing

/// The tree that Foundation makes of JSON, in which objects have no order.
func tree(_ bytes: [UInt8]) throws -> NSObject {
    let value = try JSONSerialization.jsonObject(with: Data(bytes), options: [.fragmentsAllowed])
    return try #require(value as? NSObject)
}

func tree(_ json: RawJSON) throws -> NSObject { try tree(json.bytes) }

/// The error that `body` throws; nil when it throws none.
func problem(_ body: () throws(APIError) -> Void) -> APIError? {
    do {
        try body()
        return nil
    } catch {
        return error
    }
}

/// The error of reading a request; nil when it is accepted.
func problem(request text: String) -> APIError? {
    problem { () throws(APIError) in _ = try CreateRequest(parsing: Array(text.utf8)) }
}

func request(_ text: String) throws -> CreateRequest { try CreateRequest(parsing: Array(text.utf8)) }

/// The folder of this package.
let packageRoot = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
