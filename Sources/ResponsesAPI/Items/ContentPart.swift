/// A part of a message's or a tool output's content. A part of a kind this build does not know is kept as it came.
public enum ContentPart: Sendable, Hashable {
    case inputText(JSONText)
    case outputText(JSONText)
    case refusal(JSONText)
    case inputImage(Image)
    case inputFile(File)
    case reasoningText(JSONText)
    case summaryText(JSONText)
    /// Any other type, whole.
    case other(type: String, RawJSON)

    public struct Image: Sendable, Hashable {
        /// A URL or data URL.
        public var url: JSONText?
        public var fileID: String?
        /// `low`, `high`, `auto` or `original`.
        public var detail: String?

        public init(url: JSONText? = nil, fileID: String? = nil, detail: String? = nil) {
            self.url = url
            self.fileID = fileID
            self.detail = detail
        }
    }

    public struct File: Sendable, Hashable {
        /// Base64 or a data URL.
        public var data: JSONText?
        public var filename: JSONText?
        public var fileID: String?
        public var url: JSONText?

        public init(data: JSONText? = nil, filename: JSONText? = nil, fileID: String? = nil, url: JSONText? = nil) {
            self.data = data
            self.filename = filename
            self.fileID = fileID
            self.url = url
        }
    }

    /// The text of a part that is text.
    public var text: JSONText? {
        switch self {
        case .inputText(let text), .outputText(let text), .refusal(let text), .reasoningText(let text), .summaryText(let text):
            text
        case .inputImage, .inputFile, .other: nil
        }
    }
}

extension ContentPart {
    /// Limits of the reference, in bytes of the escaped text, which is never shorter than its characters.
    static var imageURLBytesMax: Int { 20_971_520 }
    static var fileDataBytesMax: Int { 73_400_320 }

    /// `text`, `image_url` and `file` are Chat's, which clients send as well.
    private static let known: Set<String> = [
        "input_text", "text", "output_text", "reasoning_text", "summary_text", "refusal", "input_image", "image_url", "input_file",
        "file",
    ]

    /// Reads one part.
    ///
    /// - Throws: `APIError` whose `param` is the field's path within the part.
    public init(_ json: RawJSON) throws(APIError) {
        self = try json.bytes.scanned { (scanner) throws(APIError) in try ContentPart(&scanner) }
    }

    /// Reads one part. Its type decides which fields must be there (responses-api 4).
    init(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            throw APIError.invalidRequest(.invalidType, "Invalid type for a content part: expected an object.")
        }
        guard let type = try scanner.typeAhead() else { throw .missing("type") }
        guard Self.known.contains(type) else {
            // A part of another vendor may use the same names for anything.
            self = .other(type: type, try scanner.rawValue())
            return
        }
        var text: JSONText?
        var refusal: JSONText?
        var image = Image()
        var file = File()
        try scanner.members { (scanner, key) throws(APIError) in
            switch scanner.key(key) {
            case "text": text = try scanner.text(for: "text")
            case "refusal": refusal = try scanner.text(for: "refusal")
            case "image_url": try image.readURL(&scanner)
            case "detail": image.detail = try scanner.string(for: "detail") ?? image.detail
            case "file_id":
                let id = try scanner.string(for: "file_id")
                image.fileID = id
                file.fileID = id
            case "file" where type == "file": try file.readNested(&scanner)
            case let key: try file.read(&scanner, key)
            }
        }
        func required(_ value: JSONText?, _ field: String) throws(APIError) -> JSONText {
            guard let value else { throw .missing(field) }
            return value
        }
        switch type {
        case "input_text", "text": self = .inputText(try required(text, "text"))
        case "output_text": self = .outputText(try required(text, "text"))
        case "reasoning_text": self = .reasoningText(try required(text, "text"))
        case "summary_text": self = .summaryText(try required(text, "text"))
        case "refusal": self = .refusal(try required(refusal, "refusal"))
        case "input_image", "image_url":
            guard image.url != nil || image.fileID != nil else { throw .missing("image_url") }
            guard image.url?.escaped.count ?? 0 <= Self.imageURLBytesMax else {
                throw .wrongValue("image_url", "at most \(Self.imageURLBytesMax) characters are allowed.")
            }
            self = .inputImage(image)
        case "input_file", "file":
            guard file.data != nil || file.fileID != nil || file.url != nil else { throw .missing("file_data") }
            guard file.data?.escaped.count ?? 0 <= Self.fileDataBytesMax else {
                throw .wrongValue("file_data", "at most \(Self.fileDataBytesMax) characters are allowed.")
            }
            self = .inputFile(file)
        default: preconditionFailure("'\(type)' is among the known types and is not read")
        }
    }

    /// Content as clients send it: a plain string or an array of parts.
    static func list(
        _ scanner: inout JSONScanner, field: StaticString, plain: (JSONText) -> ContentPart
    ) throws(APIError) -> [ContentPart]? {
        switch scanner.peek() {
        case UInt8(ascii: "\""), UInt8(ascii: "n"):
            guard let text = try scanner.text(for: field) else { return nil }
            return [plain(text)]
        case UInt8(ascii: "["):
            var parts: [ContentPart] = []
            do throws(APIError) {
                try scanner.elements { (scanner, _) throws(APIError) in parts.append(try ContentPart(&scanner)) }
            } catch {
                throw error.under("\(field)")
            }
            return parts
        default: throw .wrongType("\(field)", expected: "a string or an array of content parts")
        }
    }
}

extension ContentPart.Image {
    /// The URL itself, or Chat's object of `url` and `detail`.
    fileprivate mutating func readURL(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else {
            url = try scanner.text(for: "image_url")
            return
        }
        var (url, detail) = (self.url, self.detail)
        do throws(APIError) {
            try scanner.members { (scanner, key) throws(APIError) in
                switch scanner.key(key) {
                case "url": url = try scanner.text(for: "url")
                case "detail": detail = try scanner.string(for: "detail")
                default: _ = try scanner.valueSpan()
                }
            }
        } catch {
            throw error.under("image_url")
        }
        (self.url, self.detail) = (url, detail)
    }
}

extension ContentPart.File {
    fileprivate mutating func read(_ scanner: inout JSONScanner, _ key: JSONKey) throws(APIError) {
        switch key {
        case "file_data": data = try scanner.text(for: "file_data")
        case "filename": filename = try scanner.text(for: "filename")
        case "file_id": fileID = try scanner.string(for: "file_id")
        case "file_url": url = try scanner.text(for: "file_url")
        default: _ = try scanner.valueSpan()
        }
    }

    /// Chat's object with the same members.
    fileprivate mutating func readNested(_ scanner: inout JSONScanner) throws(APIError) {
        guard scanner.peek() == UInt8(ascii: "{") else { throw .wrongType("file", expected: "an object") }
        var file = self
        do throws(APIError) {
            try scanner.members { (scanner, key) throws(APIError) in try file.read(&scanner, scanner.key(key)) }
        } catch {
            throw error.under("file")
        }
        self = file
    }
}
