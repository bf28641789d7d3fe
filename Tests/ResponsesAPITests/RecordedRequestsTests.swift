import Foundation
import ResponsesAPI
import Testing

/// What real clients sent, as it was recorded: every request is read, and nothing of it is lost.
@Suite struct RecordedRequestsTests {
    struct Recording: Sendable, CustomTestStringConvertible {
        var name: String
        /// Bodies of `POST /responses` and frames of the socket, as they stand in the file.
        var bodies: [RawJSON] = []
        var frames: [RawJSON] = []
        /// The `error` frames that the recording server sent.
        var errors: [RawJSON] = []
        var testDescription: String { name }
    }

    static let all: [Recording] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/clients")
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
        return files.filter { $0.pathExtension == "json" }.sorted { $0.path < $1.path }.compactMap { read($0) }
    }()

    private static func read(_ file: URL) -> Recording? {
        guard let data = try? Data(contentsOf: file), let json = try? RawJSON(parsing: Array(data)) else { return nil }
        let folder = file.deletingLastPathComponent().lastPathComponent
        var recording = Recording(name: "\(folder)/\(file.lastPathComponent)")
        var tools: RawJSON?
        /// The recordings write tools that were sent again as "(the same 9 tools as in the first request of this file)".
        func whole(_ request: RawJSON) -> RawJSON {
            if let sent = request["tools"], sent.isArray { tools = tools ?? sent }
            guard request["tools"]?.isString == true, let tools else { return request }
            var value = JSONValue(request)
            value["tools"] = JSONValue(tools)
            return value.raw
        }
        for exchange in json["exchanges"]?.elements ?? [] {
            if let body = exchange["body"], body.isObject, exchange["path"]?.stringValue?.hasSuffix("/responses") == true {
                recording.bodies.append(whole(body))
            }
            for message in exchange["traffic"]?.elements ?? [] {
                guard let frame = message["frame"] else { continue }
                if message["from"]?.stringValue == "client" {
                    recording.frames.append(whole(frame))
                } else {
                    recording.errors.append(frame)
                }
            }
        }
        return recording
    }

    @Test func areThere() {
        #expect(Self.all.count == 32)
        #expect(Self.all.map(\.frames.count).reduce(0, +) == 87)
        #expect(Self.all.map(\.bodies.count).reduce(0, +) > 60)
        #expect(Self.all.map(\.errors.count).reduce(0, +) == 5)
    }

    @Test(arguments: all)
    func areReadWhole(_ recording: Recording) throws {
        var tools: ToolSet?
        for json in recording.bodies + recording.frames.filter({ $0["type"]?.stringValue == "response.create" }) {
            let request = try CreateRequest(parsing: json.bytes, reusing: tools)
            tools = request.tools
            // Order and spelling of the fields may change, their values may not.
            let written = try tree(request.encoded(as: .all))
            #expect(written == (try tree(expected(json))))
            // Items and tools are passed on byte for byte.
            if let items = json["input"], items.isArray { #expect(request.input.map(\.json) == items.elements) }
            #expect(request.tools.json == json["tools"] ?? .emptyArray)
            // And once more through what was written.
            let again = try CreateRequest(parsing: request.encoded(as: .all), reusing: request.tools)
            #expect(again.encoded(as: .all) == request.encoded(as: .all))
            #expect(again.tools === request.tools)
        }
    }

    /// The request without what says nothing: nulls, an empty `include`, the `type`. A string for input is a user message.
    private func expected(_ json: RawJSON) -> RawJSON {
        var value = JSONValue(json)
        value["type"] = nil as JSONValue?
        for member in value.members where member.value.isNull { value[member.name] = nil as JSONValue? }
        if value["include"]?.elements.isEmpty == true { value["include"] = nil as JSONValue? }
        if let text = value["input"]?.stringValue {
            value["input"] = [JSONValue(Item.userMessage(JSONText(text)).json)]
        }
        return value.raw
    }

    @Test(arguments: all)
    func areRoutedByTheirHead(_ recording: Recording) throws {
        for frame in recording.frames {
            let head = try ClientEventHead(parsing: frame.bytes)
            switch head.event {
            case .create:
                #expect(frame["type"]?.stringValue == "response.create")
                let request = try CreateRequest(parsing: frame.bytes)
                #expect(head.streamID == request.streamID)
                #expect(head.previousResponseID == request.previousResponseID)
            case .steer: #expect(frame["type"]?.stringValue == "response.steer")
            case .cancel, .processed: break
            case .unknown(let type): Issue.record("unknown event \(type)")
            }
        }
    }

    @Test(arguments: all.filter { !$0.errors.isEmpty })
    func errorsAreRead(_ recording: Recording) throws {
        for frame in recording.errors {
            guard case .error(let error) = try ServerEvent(frame).body else {
                Issue.record("no error: \(frame.text)")
                continue
            }
            #expect(error.status == frame["status"]?.intValue)
            #expect(error.code?.rawValue == frame["error"]?["code"]?.stringValue)
            #expect(error.message == frame["error"]?["message"]?.stringValue)
        }
    }
}
