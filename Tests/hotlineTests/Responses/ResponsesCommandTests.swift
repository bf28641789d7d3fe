import ArgumentParser
import ResponsesAPI
import ResponsesStore
import SQLiteStore
import Testing

@testable import hotline

/// What the commands for stored responses are told, and what they print.
@Suite struct ResponsesCommandTests {
    // MARK: Filters

    private func filter(_ flags: [String]) throws -> SQLiteStoreFilter {
        try SQLiteStoreFilter(FilterFlags.parse(flags), now: 1_000_000)
    }

    @Test func filtersAddUp() throws {
        #expect(try filter([]).isEmpty)
        let all = try filter([
            "--model", "m", "--metadata", "a=b=c", "--metadata", "d=", "--metadata", "d=", "--since", "2d", "--until", "1970-01-12",
            "--status", "failed",
        ])
        #expect(all.model == "m" && all.metadata == ["a": "b=c", "d": ""] && all.status == "failed")
        #expect(all.createdSince == 1_000_000 - 172_800 && all.createdBefore == 11 * 86_400 && !all.isEmpty)
    }

    @Test(arguments: [
        (["--metadata", "a"], "--metadata: 'a' is not a pair"), (["--metadata", "=b"], "--metadata: '=b' is not a pair"),
        (["--metadata", "a=b", "--metadata", "a=c"], "--metadata: 'a' is to have two values"),
        (["--since", "yesterday"], "--since: 'yesterday' is not a time"), (["--until", "2026-02-30"], "--until: '2026-02-30' is not a time"),
        (["--status", "done"], "--status: 'done' is not a status"),
    ])
    func wrongFiltersAreNamed(_ flags: [String], _ message: String) throws {
        let failure = try #require(throws: Failure.self) { try filter(flags) }
        #expect(failure.message == message && failure.code == 64 && failure.wayOut.hasSuffix("."))
    }

    // MARK: What is deleted

    private func chosen(_ arguments: [String]) throws -> SQLiteStoreFilter? {
        try ResponsesDeleteCommand.parse(arguments).chosen(now: 1_000_000)
    }

    @Test func whatIsDeletedIsNamedByIDsOrByFilters() throws {
        #expect(try chosen(["resp_1", "resp_2"]) == nil)
        #expect(try chosen(["--older-than", "1d"])?.createdBefore == 1_000_000 - 86_400)
        #expect(try chosen(["--all"])?.isEmpty == true)
        #expect(try chosen(["--model", "m", "--older-than", "1d"])?.model == "m")
    }

    @Test("nothing said deletes nothing", arguments: [
        [], ["--all", "resp_1"], ["--all", "--model", "m"], ["resp_1", "--older-than", "1d"], ["--older-than", "1d", "--until", "1d"],
        ["--older-than", "2026-01-01"], ["--yes"],
    ])
    func whatIsNotClear(_ arguments: [String]) throws {
        let failure = try #require(throws: Failure.self) { try chosen(arguments) }
        #expect(failure.code == 64 && failure.wayOut.hasSuffix("."))
    }

    // MARK: Where it is

    private func path(_ arguments: [String], _ environment: [String: String]) throws -> String {
        try StoreFlags.parse(arguments).path { environment[$0] }
    }

    @Test func theFileIsTheServers() throws {
        #expect(try path([], ["HOTLINE_STATE": "/s"]) == "/s/hotline.sqlite")
        #expect(try path(["--state", "/t"], ["HOTLINE_STATE": "/s", "HOTLINE_ZDR": "yes"]) == "/t/hotline.sqlite")
        #expect(try path([], ["HOTLINE_STORE": "sqlite:/d", "HOTLINE_STATE": "/s"]) == "/d")
        let memory = try #require(throws: Failure.self) { try path([], ["HOTLINE_STORE": "memory"]) }
        #expect(memory.message == "HOTLINE_STORE: responses in memory are in no file" && memory.code == 66)
        #expect(try #require(throws: Failure.self) { try path([], [:]) }.code == 66)
    }

    @Test func failuresSayWhatToDo() {
        let reasons: [(SQLiteStoreFailure.Reason, Int32)] = [
            (.missing, 66), (.busy, 69), (.notAllowed, 74), (.full, 74), (.failed, 74), (.corrupt, 65), (.newer, 65), (.notAStore, 65),
            (.inTheWay, 65), (.damaged, 65),
        ]
        for (reason, code) in reasons {
            let failure = Failure(SQLiteStoreFailure(reason, path: "/d", "The store '/d' is so."))
            #expect(failure.message == "the store '/d' is so" && failure.code == code && failure.wayOut.hasSuffix("."))
        }
        for reason in [SQLiteStoreFailure.Reason.corrupt, .damaged, .failed] {
            let failure = Failure(SQLiteStoreFailure(reason, path: "/d", "The store '/d' is so."))
            #expect(failure.wayOut.contains("'hotline store check'") && !failure.wayOut.contains("--store"))
        }
        let locked = Failure(SQLiteStoreFailure(.locked, path: "/d", "Another process has it."))
        #expect(locked.message == "a server uses '/d', so only the server can change it" && locked.code == 69)
        for (sentence, words) in [("SQLite fails.", "SQLite fails"), ("'/d' is.", "'/d' is"), ("A.", "A"), ("", "")] {
            #expect(Failure.words(sentence) == words)
        }
    }

    // MARK: What is printed

    private var record: ResponseRecord {
        get throws {
            ResponseRecord(
                id: "resp_1", owner: .anybody, createdAt: 5,
                object: try RawJSON(parsing: #"{"id":"resp_1","output":[],"usage":{"input_tokens":7},"tools":[]}"#),
                input: [try RawJSON(parsing: #"{"type":"message","id":"msg_1",\#n"role":"user","content":"hi"}"#)],
                output: [try RawJSON(parsing: #"{"id":"msg_2"}"#)])
        }
    }

    @Test func anExportIsOneLineForEach() throws {
        #expect(
            ExportedResponse.json(try record).text
                == #"{"response":{"id":"resp_1","output":[{"id":"msg_2"}],"usage":{"input_tokens":7},"tools":[]},"#
                + #""input":[{"type":"message","id":"msg_1", "role":"user","content":"hi"}]}"#)
    }

    @Test func prettyJSONIsTheSameValue() throws {
        let value = try RawJSON(parsing: #"{"a":[1,{"b":"c\u001b"}],"d\"":{},"e":[],"f":null}"#)
        #expect(
            PrettyJSON.text(value) == """
                {
                  "a": [
                    1,
                    {
                      "b": "c\\u001b"
                    }
                  ],
                  "d\\"": {},
                  "e": [],
                  "f": null
                }

                """)
        #expect(PrettyJSON.text(try RawJSON(parsing: "[\"a\u{9B}b\"]")) == "[\n  \"a\\u009bb\"\n]\n")
        let line = try RawJSON(parsing: "[\"a\u{9B}b\u{202E}c\u{1F469}\u{200D}\u{1F4BB}\"]")
        #expect(PrettyJSON.line(line, isTerminal: true) == "[\"a\\u009bb\\u202ec\u{1F469}\u{200D}\u{1F4BB}\"]\n")
        #expect(PrettyJSON.line(line, isTerminal: false) == line.text + "\n")
    }

    @Test func whatIsLeftOutIsCounted() {
        #expect(StoredResponses.damagedSentence(0) == nil)
        #expect(
            StoredResponses.damagedSentence(1) == "A stored response is damaged and was left out; 'hotline store check' says which.")
        #expect(
            StoredResponses.damagedSentence(2) == "2 stored responses are damaged and were left out; 'hotline store check' says which.")
    }

    @Test func sizes() {
        let rows = [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1_600_000, "1.5 MiB"), (16 << 30, "16.0 GiB")]
        for (bytes, text) in rows { #expect(StoreStatsCommand.bytes(bytes) == text) }
    }

    @Test func statisticsAreATable() throws {
        var statistics = SQLiteStoreStatistics()
        statistics.fileBytes = 8192
        statistics.pageBytes = 4096
        statistics.freePages = 1
        statistics.responses = 3
        statistics.runningResponses = 1
        statistics.owners = 2
        statistics.oldest = 0
        statistics.newest = 86_400
        statistics.models = ["a": 1, "b": 2]
        #expect(
            StoreStatsCommand.text(statistics, "/d") == """
                file           /d
                size           8.0 KiB
                free in it     4.0 KiB
                responses      3, 1 of them running
                  b            2
                  a            1
                made (UTC)     1970-01-01 00:00:00 to 1970-01-02 00:00:00
                conversations  0, with 0 items
                keys           2

                """)
        let json = StoreStatsCommand.json(statistics, "/d")
        #expect(json["models"]?["b"]?.intValue == 2 && json["free_bytes"]?.intValue == 4096 && json["newest"]?.intValue == 86_400)
    }

    @Test func aCheckListsWhatIsWrong() {
        var found = SQLiteStoreCheck()
        found.responses = 2
        #expect(StoreCheckCommand.text(found, "/d") == "/d is whole: 2 responses, 0 conversations.\n")
        found.problems = ["page 3 is damaged"]
        #expect(StoreCheckCommand.text(found, "/d").hasPrefix("/d has a problem:\n  page 3 is damaged\n"))
        found.hasMoreProblems = true
        #expect(StoreCheckCommand.text(found, "/d").hasPrefix("/d has more than 1 problems:\n"))
        #expect(StoreCheckCommand.json(found, "/d")["is_whole"]?.boolValue == false)
    }
}
