import CCompression

/// A compression of HTTP bodies (RFC 9110 section 8.4.1, RFC 8878), by zlib and zstd.
package enum ContentCoding: Hashable, Sendable {
    case gzip, deflate, zstd

    /// - Parameter field: a `Content-Encoding` of one coding; nil for others, and for several.
    package init?(_ field: String) {
        switch field.lowercased() {
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        case "zstd": self = .zstd
        default: return nil
        }
    }

    /// What `init(_:)` knows, for a refusal of others.
    package static let names = "gzip, deflate and zstd"

    package enum Failure: Error, Hashable, Sendable {
        /// It is cut, or not of this coding.
        case broken
        /// It stands for more bytes than were allowed.
        case tooLarge
        case noMemory
    }

    /// What `bytes` stand for, in time and memory of the result: little that is compressed can be a thousand times as much.
    ///
    /// - Throws: `Failure`, at the latest when the result would have more than `limit` bytes.
    package func decoded(_ bytes: [UInt8], upTo limit: Int) throws(Failure) -> [UInt8] {
        switch self {
        case .gzip: return try inflated(bytes, .zlibOrGzip, upTo: limit)
        case .deflate:
            // The standard means zlib's form; some send the data without it.
            let isBare = bytes.count < 2 || bytes[0] & 0x0F != 8 || (Int(bytes[0]) << 8 | Int(bytes[1])) % 31 != 0
            return try inflated(bytes, isBare ? .bare : .zlibOrGzip, upTo: limit)
        case .zstd: return try unpacked(bytes, upTo: limit)
        }
    }

    // MARK: zlib

    /// zlib's word for the form of its input.
    private enum Window: Int32 {
        case bare = -15
        case zlibOrGzip = 47
    }

    private func inflated(_ bytes: [UInt8], _ window: Window, upTo limit: Int) throws(Failure) -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, window.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { throw .noMemory }
        defer { inflateEnd(&stream) }
        var output = Output(limit)
        var used = 0
        while true {
            guard used < bytes.count else { throw .broken }
            let room = try output.makeRoom()
            var (status, read, written) = (Z_OK, 0, 0)
            bytes.withUnsafeBufferPointer { input in
                output.bytes.withUnsafeMutableBufferPointer { buffer in
                    // The library reads its input only, though its type says otherwise.
                    stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.advanced(by: used))
                    stream.avail_in = UInt32(clamping: input.count - used)
                    stream.next_out = buffer.baseAddress?.advanced(by: room.lowerBound)
                    stream.avail_out = UInt32(clamping: room.count)
                    let (given, free) = (stream.avail_in, stream.avail_out)
                    status = inflate(&stream, Z_NO_FLUSH)
                    (read, written) = (Int(given - stream.avail_in), Int(free - stream.avail_out))
                }
            }
            used += read
            output.count += written
            switch status {
            case Z_OK: if read == 0, written == 0 { throw .broken }
            case Z_STREAM_END:
                // Further members of a gzip file follow one another (RFC 1952 section 2.2).
                if used == bytes.count { return try output.whole() }
                guard self == .gzip, inflateReset(&stream) == Z_OK else { throw .broken }
            case Z_BUF_ERROR where written == room.count: break
            case Z_MEM_ERROR: throw .noMemory
            default: throw .broken
            }
        }
    }

    // MARK: zstd

    /// How far back a frame may refer: what every decoder must take (RFC 8878 section 3.1.1.1.2).
    private static let windowLogMax: Int32 = 23

    private func unpacked(_ bytes: [UInt8], upTo limit: Int) throws(Failure) -> [UInt8] {
        guard let stream = ZSTD_createDStream() else { throw .noMemory }
        defer { ZSTD_freeDStream(stream) }
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Self.windowLogMax)
        var output = Output(limit)
        var used = 0
        while true {
            let room = try output.makeRoom()
            var (status, read, written) = (0, 0, 0)
            bytes.withUnsafeBufferPointer { input in
                output.bytes.withUnsafeMutableBufferPointer { buffer in
                    var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: used)
                    var target = ZSTD_outBuffer(dst: buffer.baseAddress?.advanced(by: room.lowerBound), size: room.count, pos: 0)
                    status = ZSTD_decompressStream(stream, &target, &source)
                    (read, written) = (source.pos - used, target.pos)
                }
            }
            if ZSTD_isError(status) != 0 { throw .broken }
            used += read
            output.count += written
            // Frames may follow one another; between two nothing is left of the first.
            if status == 0, used == bytes.count { return try output.whole() }
            if read == 0, written == 0 { throw .broken }
        }
    }
}

/// Decoded bytes as they grow, by doubling.
private struct Output {
    var bytes: [UInt8] = []
    var count = 0
    private let limit: Int

    init(_ limit: Int) { self.limit = limit }

    /// The free end; there is always a byte more than the limit, to see what is too large.
    mutating func makeRoom() throws(ContentCoding.Failure) -> Range<Int> {
        if count > limit { throw .tooLarge }
        if count == bytes.count {
            let size = min(max(2 * count, 64 << 10), limit + 1)
            bytes.append(contentsOf: repeatElement(0, count: size - count))
        }
        return count..<bytes.count
    }

    mutating func whole() throws(ContentCoding.Failure) -> [UInt8] {
        if count > limit { throw .tooLarge }
        bytes.removeLast(bytes.count - count)
        return bytes
    }
}
