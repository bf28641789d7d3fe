import ArgumentParser
import SQLiteStore
import Testing

@testable import hotline

/// How stored responses are kept, as flags, variables and the file say it.
@Suite struct StoreSettingsTests {
    private func settings(_ flags: [String], _ environment: [String: String] = [:]) throws -> StoreSettings {
        try ServeSettings(ServeFlags.parse(flags)) { environment[$0] }.store
    }

    @Test func withoutAnything() throws {
        let store = try settings([])
        let usual = SQLiteStore.Configuration()
        #expect(store.place == nil && !store.keepsNothing)
        #expect(store.file.retention == usual.retention && store.file.bytesMax == usual.bytesMax)
        #expect(store.file.synchronous == usual.synchronous)
        // What the table of settings says.
        #expect(Setting.storeRetention.usual.flatMap { Age.read($0) } == usual.retention)
        #expect(Setting.storeSize.usual.flatMap { LimitSetting.bytes($0) } == usual.bytesMax)
        #expect(Setting.storeSync.usual == "\(usual.synchronous)")
    }

    @Test func whatIsGiven() throws {
        let store = try settings(
            ["--store-retention", "12h", "--store-size", "8GiB", "--store-sync", "FULL"], ["HOTLINE_STORE_RETENTION": "1d"])
        #expect(store.file.retention == .seconds(12 * 3600) && store.file.bytesMax == 8 << 30 && store.file.synchronous == .full)
        #expect(OpenStore.kept(store) == "for 12 hours after their last use")
        let never = try settings([], ["HOTLINE_STORE_RETENTION": "Never", "HOTLINE_STORE_SYNC": "normal", "HOTLINE_STORE_SIZE": "1MiB"])
        #expect(never.file.retention == nil && never.file.bytesMax == 1 << 20 && never.file.synchronous == .normal)
        #expect(OpenStore.kept(never) == "until they are deleted")
    }

    @Test(arguments: [
        (["--store", "disk"], "--store: 'disk' is not a place for responses"), (["--store", "sqlite:"], "--store: 'sqlite:'"), (["--store", "sqlite::memory:"], "--store: 'sqlite::memory:'"), (["--store", "sqlite:file:x"], "--store: 'sqlite:file:x'"),
        (["--store", "memory:x"], "--store: 'memory:x'"), (["--store-retention", "30"], "--store-retention: '30' is not an age"),
        (["--store-retention", "0d"], "--store-retention: '0d'"), (["--store-size", "many"], "--store-size: 'many' is not a size"),
        (["--store-sync", "off"], "--store-sync: 'off' is not a mode"),
        (["--zdr", "--store-size", "0"], "--store-size: '0' is not a size"),
    ])
    func whatIsWrongIsNamed(_ flags: [String], _ message: String) throws {
        let failure = try #require(throws: Failure.self) { try settings(flags) }
        #expect(failure.message.hasPrefix(message) && failure.code == 64 && failure.wayOut.hasSuffix("."), "\(failure.message)")
    }

    @Test(arguments: [
        ("30d", 30 * 86_400, "30 days"), ("1w", 7 * 86_400, "7 days"), ("24h", 86_400, "1 day"), ("36h", 36 * 3600, "36 hours"),
        ("90m", 5400, "90 minutes"), ("1s", 1, "1 second"), ("36600d", 36_600 * 86_400, "36600 days"),
    ])
    func ages(_ text: String, _ seconds: Int, _ words: String) throws {
        let age = try #require(Age.read(text))
        #expect(age == .seconds(seconds) && Age.text(age) == words)
    }

    @Test(arguments: ["", "d", "30", "-1d", "0h", "1.5d", "1 d", "36601d", "99999999999999999w", "1y"])
    func whatIsNoAge(_ text: String) { #expect(Age.read(text) == nil) }

    @Test(arguments: [
        ("1970-01-01", 0), ("2026-11-01", 1_793_491_200), ("2026-11-01T12:30", 1_793_536_200), ("2026-11-01 12:30:05Z", 1_793_536_205),
        ("2024-02-29", 1_709_164_800), ("2d", 1_000_000 - 172_800),
    ])
    func moments(_ text: String, _ seconds: Int) throws {
        #expect(CalendarTime.read(text, now: 1_000_000) == seconds)
    }

    @Test(arguments: ["", "2026-02-30", "2025-02-29", "2026-13-01", "2026-11-01T25:00", "2026-11-01T12:60", "2026-11-1", "yesterday", "2"])
    func whatIsNoMoment(_ text: String) { #expect(CalendarTime.read(text, now: 1_000_000) == nil) }

    @Test func momentsAreWrittenAsTheyAreRead() {
        #expect(CalendarTime.text(1_793_536_205) == "2026-11-01 12:30:05")
        #expect(CalendarTime.read(CalendarTime.text(1_709_164_800), now: 0) == 1_709_164_800)
    }

    @Test func aTableIsAsWideAsItMustBe() {
        var table = TextTable(columns: [.init(title: "id"), .init(title: "tokens", isNumber: true), .init(title: "model")])
        table.rows = [["resp_1", "7", "a"], ["x", "1234567", "b\u{1B}[31m\nc"]]
        #expect(table.text == "id       tokens  model\nresp_1        7  a\nx       1234567  b?[31m?c\n")
        table.hasHead = false
        table.rows.removeLast()
        #expect(table.text == "resp_1  7  a\n")
    }
}
