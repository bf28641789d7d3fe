import ArgumentParser
import ResponsesServer
import SQLiteStore
import Testing

@testable import hotline

/// Which store a server gets: what was said, and what came of the attempt.
@Suite struct StorePlanTests {
    private func settings(_ flags: [String], _ environment: [String: String] = [:], file: String = "") throws -> ServeSettings {
        let (file, problems) = ConfigurationReader.read(file, path: "f.yaml")
        try #require(problems.isEmpty, "\(problems)")
        return try ServeSettings(ServeFlags.parse(flags), file: file) { environment[$0] }
    }

    private func plan(_ flags: [String], _ environment: [String: String] = [:], file: String = "") throws -> StorePlan {
        let settings = try settings(flags, environment, file: file)
        return try StorePlan.make(settings.store, folder: settings.stateFolder)
    }

    @Test(arguments: [
        (["--state", "/s"], [:], StorePlan.file(path: "/s/hotline.sqlite", isDemanded: false)),
        (["--state", "/s", "--store", "sqlite"], [:], .file(path: "/s/hotline.sqlite", isDemanded: true)),
        (["--state", "/s", "--store", "SQLite:/d/a:b.db"], [:], .file(path: "/d/a:b.db", isDemanded: true)),
        (["--store", "memory"], ["HOTLINE_STATE": "/s", "HOTLINE_STORE": "sqlite"], .memory(.said)),
        ([], ["HOTLINE_STATE": "/s", "HOTLINE_STORE": "memory"], .memory(.said)),
        ([], [:], .memory(.noFolder)),
        (["--zdr"], ["HOTLINE_STATE": "/s"], .memory(.keepsNothing(unused: nil))),
        (["--zdr", "--store", "memory"], [:], .memory(.keepsNothing(unused: nil))),
        (["--store", "sqlite:/d"], ["HOTLINE_ZDR": "yes"], .memory(.keepsNothing(unused: .flag("--store")))),
        ([], ["HOTLINE_ZDR": "no", "HOTLINE_STATE": "/s"], .file(path: "/s/hotline.sqlite", isDemanded: false)),
    ])
    func whatIsTried(_ flags: [String], _ environment: [String: String], _ expected: StorePlan) throws {
        #expect(try plan(flags, environment) == expected)
    }

    @Test func theFileSaysItAsWell() throws {
        #expect(try plan([], file: "store: sqlite:/d\n") == .file(path: "/d", isDemanded: true))
        #expect(try plan(["--store", "memory"], file: "store: sqlite:/d\n") == .memory(.said))
        let zdr = try plan([], file: "zdr: yes\nstore: sqlite:/d\n")
        guard case .memory(.keepsNothing(unused: .file(let place)?)) = zdr else {
            Issue.record("\(zdr)")
            return
        }
        #expect(place.line == 2)
    }

    @Test func aFileWithoutAPlaceNeedsAFolder() throws {
        let failure = try #require(throws: Failure.self) { try plan(["--store", "sqlite"]) }
        #expect(failure.code == 73 && failure.message.contains("--state") && failure.wayOut.contains("sqlite:PATH"))
    }

    @Test("what nobody asked for may be memory; a file that others use, or that is damaged, stops the start")
    func afterAFault() throws {
        #expect(try StorePlan.after(.unwritable("cannot make '/s'"), isDemanded: false) == .unwritable("cannot make '/s'"))
        let rows: [(StoreFault, Bool, Int32)] = [
            (.unwritable("words"), true, 73), (.inUse("words"), false, 69), (.inUse("words"), true, 69), (.unusable("words"), false, 65),
            (.unusable("words"), true, 65),
        ]
        for (fault, isDemanded, code) in rows {
            let failure = try #require(throws: Failure.self) { try StorePlan.after(fault, isDemanded: isDemanded) }
            #expect(failure.code == code && failure.message == "words")
            #expect(failure.wayOut.hasSuffix(".") && failure.wayOut.contains("--store memory"))
        }
    }

    @Test("each reason of a store is one of three faults")
    func faults() {
        let rows: [(SQLiteStoreFailure.Reason, StoreFault)] = [
            (.locked, .inUse("the file")), (.busy, .inUse("the file")), (.notAllowed, .unwritable("the file")),
            (.missing, .unwritable("the file")), (.full, .unwritable("the file")), (.inTheWay, .unusable("the file")),
            (.notAStore, .unusable("the file")), (.corrupt, .unusable("the file")), (.newer, .unusable("the file")),
            (.failed, .unusable("the file")),
        ]
        for (reason, fault) in rows { #expect(StoreFault(SQLiteStoreFailure(reason, path: "/d", "The file.")) == fault) }
    }

    @Test func whoKeepsNoDataStoresForNobody() throws {
        #expect(try settings([]).server.keys.mayStore && !settings([]).store.keepsNothing)
        #expect(try !settings(["--zdr"]).server.keys.mayStore && settings(["--zdr"]).store.keepsNothing)
        #expect(try !settings([], ["HOTLINE_ZDR": "1", "HOTLINE_API_KEYS": "a"]).server.keys.mayStore)
    }
}
