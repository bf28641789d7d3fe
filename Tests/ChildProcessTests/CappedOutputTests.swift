import ChildProcess
import Testing

/// What is kept of an output, whatever the pieces it comes in.
@Suite struct CappedOutputTests {
    @Test(arguments: [(0, 0), (10, 0), (11, 1), (1000, 990)])
    func cappedOutput(_ count: Int, _ left: Int) {
        for step in [1, 3, 1000] {
            var output = CappedOutput(bytesMax: 10)
            let bytes = (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }
            for start in stride(from: 0, to: count, by: step) { output.append(bytes[start..<min(start + step, count)]) }
            let note = left > 0 ? "\n[\(left) bytes left out]\n" : ""
            let kept = String(decoding: bytes.prefix(5), as: UTF8.self) + note + String(decoding: bytes.dropFirst(5).suffix(5), as: UTF8.self)
            #expect(output.text() == kept)
        }
    }

    @Test func whoKeepsItChoosesTheNote() {
        var output = CappedOutput(bytesMax: 2)
        output.append("abcd".utf8)
        #expect(output.text { "<\($0)>" } == "a\n<2>\nd" && output.count == 4)
    }
}
