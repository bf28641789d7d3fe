import ResponsesAPI
import ResponsesEngine
import ResponsesTesting
import Testing

@testable import ResponsesCore

/// Stop strings in a text that comes in pieces.
struct StopScannerTests {
    /// What is said of the pieces, and the string that ended it.
    private func scan(_ pieces: [String], _ stops: [String]) -> (said: String, found: String?) {
        guard var scanner = StopScanner(stops) else { return (pieces.joined(), nil) }
        var said: [UInt8] = []
        for piece in pieces {
            let (more, found) = scanner.take(JSONText(piece).escaped[...])
            said += more
            if let found { return (JSONText(escapedSlice: said[...]).string, found) }
        }
        said += scanner.flush()
        return (JSONText(escapedSlice: said[...]).string, nil)
    }

    private static let cases: [([String], [String], String, String?)] = [
        (["one STOP two"], ["STOP"], "one ", "STOP"), (["one ST", "OP two"], ["STOP"], "one ", "STOP"),
        (["S", "T", "O", "P"], ["STOP"], "", "STOP"), (["one ST", "ART"], ["STOP"], "one START", nil),
        (["SSTOP"], ["STOP"], "S", "STOP"), (["a\nObservation: b"], ["\nObservation:", "b"], "a", "\nObservation:"),
        (["line\nnext"], ["n"], "li", "n"), (["\n"], ["n"], "\n", nil), (["a\\nb"], ["\n"], "a\\nb", nil), (["äöü"], ["ö"], "ä", "ö"),
        (["end ST"], ["STOP"], "end ST", nil), (["x"], [""], "x", nil), (["abcd"], ["bc", "abc"], "", "abc"),
    ]

    @Test("the text ends before the first that comes", arguments: cases)
    func ends(_ pieces: [String], _ stops: [String], _ said: String, _ found: String?) {
        let result = scan(pieces, stops)
        #expect(result.said == said && result.found == found)
        // However it is cut.
        let each = scan(pieces.joined().map(String.init), stops)
        #expect(each.said == said && each.found == found)
    }
}
