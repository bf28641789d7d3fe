import Testing

@testable import LlamaServer

/// What is kept of an engine's output: why it cannot load its model, and never what a model wrote.
@Suite struct LastWordsTests {
    private func words(_ text: String, isServing: Bool = false, pieces: Int = 7) -> [String] {
        var words = LastWords(LlamaLimits())
        if isServing { words.serves() }
        var rest = Array(text.utf8)[...]
        // As it may come: a line in several reads.
        while !rest.isEmpty {
            words.append(Array(rest.prefix(pieces)))
            rest = rest.dropFirst(pieces)
        }
        return words.text
    }

    @Test(arguments: [
        ("0.00.002.102 E gguf_init: invalid magic\n0.00.002.348 I srv operator(): cleaning up\n", ["gguf_init: invalid magic"]),
        ("0.00.1 E one\n0.00.2 E one\n0.00.3 E two", ["one", "two"]), ("E old form\nW a warning\n", ["old form"]),
        ("one\ntwo\n", ["one", "two"]), ("....................\nloaded\n", ["loaded"]), ("\u{1B}[31mred\u{1B}[0m\n", ["[31mred[0m"]), ("", []), ("\n\n", []),
        ("error while loading shared libraries: libllama.so", ["error while loading shared libraries: libllama.so"]),
        ("1\n2\n3\n4\n5\n6\n7\n8\n", ["3", "4", "5", "6", "7", "8"]),
        ("E first\n" + (1...40).map { "line \($0)\n" }.joined(), ["first"]),
    ])
    func whileItLoads(_ text: String, _ expected: [String]) { #expect(words(text) == expected) }

    @Test(arguments: [
        // Its warnings quote what the model wrote, over several lines.
        "0.00.707.386 W common_chat_peg_parse: unparsed peg-native output: my secret\nsecond secret\n",
        "0.00.1 E srv operator(): got exception: {\"error\":\"my secret\"}\n", "slot launch_slot_: id 0 | my secret\n", "my secret\n",
        "{\"prompt\": \"my secret\"}\n", "error: my secret\n",
    ])
    func whileItServesNothingOfARequest(_ text: String) { #expect(words(text, isServing: true) == []) }

    @Test(arguments: [
        ("/src/ggml/src/ggml.c:42: GGML_ASSERT(a != b) failed\n", ["/src/ggml/src/ggml.c:42: GGML_ASSERT(a != b) failed"]),
        ("CUDA error: out of memory\n  current device: 0\n", ["CUDA error: out of memory"]),
        ("0.01.1 E ggml_cuda_compute_forward: ADD failed\n", ["ggml_cuda_compute_forward: ADD failed"]),
        ("terminate called after throwing an instance of 'std::x'\n  what():  my secret\n", ["terminate called after throwing an instance of "]),
    ])
    func whileItServesHowItEnds(_ text: String, _ expected: [String]) { #expect(words(text, isServing: true) == expected) }

    @Test func whatLoadedIsForgottenWhenItServes() {
        var words = LastWords(LlamaLimits())
        words.append(Array("E one\nhalf a li".utf8))
        words.serves()
        #expect(words.text == [])
    }

    @Test func linesHaveALimit() {
        #expect(words(String(repeating: "x", count: 10_000) + "\nE short\n", pieces: 999) == ["short"])
        #expect(words(String(repeating: "x", count: 10_000), pieces: 999) == [String(repeating: "x", count: 200)])
    }
}
