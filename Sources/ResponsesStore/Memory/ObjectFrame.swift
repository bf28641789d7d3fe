import LibC
import ResponsesAPI

/// A response object as two parts: its frame, which stays the same from turn to turn (settings, instructions), and what is
/// this turn's own. Put together they are the object again, byte for byte.
package enum ObjectFrame {
    /// Members whose values every turn has of its own. Their names take part in the frame, so a value that stands elsewhere, or
    /// another order, makes another frame.
    private static func isOwn(_ key: borrowing JSONKey) -> Bool {
        switch key {
        case "id", "created_at", "completed_at", "usage", "previous_response_id": true
        default: false
        }
    }

    /// Stands in a frame for a value that is not part of it, and behind each of the values. No JSON text has this byte.
    private static var gap: UInt8 { 0 }

    /// Takes an object apart.
    ///
    /// - Returns: nil for what is no object, or has nothing to share.
    package static func split(_ object: [UInt8]) -> (frame: [UInt8], own: [UInt8])? {
        guard end(of: object, from: 0) == object.count else { return nil }
        var values: [Range<Int>] = []
        let isRead: Void? = try? object.scanned { (scanner) throws(JSONError) in
            try scanner.beginObject()
            while let span = try scanner.nextKey() {
                let isOwn = isOwn(scanner.key(span))
                let value = try scanner.skipValue()
                if isOwn { values.append(value) }
            }
        }
        guard isRead != nil, !values.isEmpty else { return nil }
        let ownCount = values.reduce(0) { $0 + $1.count }
        var frame: [UInt8] = []
        frame.reserveCapacity(object.count - ownCount + values.count)
        var own: [UInt8] = []
        own.reserveCapacity(ownCount + values.count)
        var copied = 0
        for value in values {
            frame.append(contentsOf: object[copied..<value.lowerBound])
            frame.append(gap)
            own.append(contentsOf: object[value])
            own.append(gap)
            copied = value.upperBound
        }
        frame.append(contentsOf: object[copied...])
        return (frame, own)
    }

    /// What is an object's own beside a frame, which mostly is that of the turn before: found by comparing bytes.
    ///
    /// - Returns: nil when the object has another frame.
    package static func own(of object: [UInt8], in frame: [UInt8]) -> [UInt8]? {
        var own: [UInt8] = []
        // As long as the difference, and a gap for each value, which are few.
        own.reserveCapacity(max(object.count - frame.count, 0) + 16)
        var at = 0
        var start = 0
        while true {
            let end = end(of: frame, from: start)
            guard isSame(object, at, frame, start..<end) else { return nil }
            at += end - start
            if end == frame.count { return at == object.count ? own : nil }
            let value = try? object.scanned(at..<object.count) { (scanner) throws(JSONError) in try scanner.skipValue() }
            guard let value else { return nil }
            // Counted from where the scanner began.
            own.append(contentsOf: object[(at + value.lowerBound)..<(at + value.upperBound)])
            own.append(gap)
            at += value.upperBound
            start = end + 1
        }
    }

    /// Where the next gap is; the end of the bytes without one.
    private static func end(of bytes: [UInt8], from start: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            guard start < bytes.count, let base = bytes.baseAddress,
                let found = memchr(base + start, Int32(gap), bytes.count - start)
            else { return bytes.count }
            return base.distance(to: UnsafeRawPointer(found))
        }
    }

    private static func isSame(_ object: [UInt8], _ at: Int, _ frame: [UInt8], _ range: Range<Int>) -> Bool {
        guard object.count - at >= range.count else { return false }
        if range.isEmpty { return true }
        return object.withUnsafeBytes { object in
            frame.withUnsafeBytes { frame in
                memcmp(object.baseAddress! + at, frame.baseAddress! + range.lowerBound, range.count) == 0
            }
        }
    }

    /// The object again.
    package static func joined(_ frame: [UInt8], _ own: [UInt8]) -> [UInt8] {
        var object: [UInt8] = []
        object.reserveCapacity(frame.count + own.count)
        var start = 0
        var ownStart = 0
        while true {
            let end = end(of: frame, from: start)
            guard end < frame.count else { break }
            let ownEnd = Self.end(of: own, from: ownStart)
            object.append(contentsOf: frame[start..<end])
            // Fewer values than gaps are of a damaged file.
            object.append(contentsOf: own[min(ownStart, ownEnd)..<ownEnd])
            start = end + 1
            ownStart = ownEnd + 1
        }
        object.append(contentsOf: frame[start...])
        return object
    }
}
