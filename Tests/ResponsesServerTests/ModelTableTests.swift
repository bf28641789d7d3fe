import ResponsesEngine
import Testing

@testable import ResponsesServer

/// Which engine has which model.
@Suite struct ModelTableTests {
    private func table(
        _ lists: [(EngineID, [String: NamedModel], ModelTable.List)], aliases: [String: String] = [:], passes: Bool = true
    ) -> ModelTable {
        var table = ModelTable(aliases: aliases, passesUnknownNames: passes)
        for (id, named, list) in lists {
            table.add(id, named: named, offersList: true)
            table.set(list, of: id)
        }
        return table
    }

    private func known(_ names: String...) -> ModelTable.List { .known(names.map { EngineModel(id: $0, contextTokens: 100) }) }

    @Test func aNameLeadsToTheEngineThatHasIt() {
        let table = table([("a", [:], known("m", "n")), ("b", ["big": NamedModel("org/Big", contextTokens: 7)], known("o"))], aliases: ["fast": "m", "wide": "big"])
        #expect(table.place("m") == .engine("a", model: "m") && table.place("o") == .engine("b", model: "o"))
        #expect(table.place("big") == .engine("b", model: "org/Big") && table.place("wide") == .engine("b", model: "org/Big"))
        #expect(table.place("fast") == .engine("a", model: "m"))
        #expect(table.place("M") == .unknown(mayHave: []) && table.place("") == .unknown(mayHave: []))
        #expect(table.offered.map(\.id) == ["fast", "wide", "big", "m", "n", "o"])
        #expect(table.offered.map(\.contextTokens) == [100, 7, 7, 100, 100, 100])
    }

    @Test func aModelOnTwoEnginesIsOnNone() {
        var both = table([("a", [:], known("m", "x")), ("b", [:], known("m", "y"))])
        #expect(both.place("m") == .several(["a", "b"]) && both.place("x") == .engine("a", model: "x"))
        #expect(both.offered.map(\.id) == ["x", "y"])
        #expect(both.several.map(\.name) == ["m"])
        both.remove("b")
        #expect(both.place("m") == .engine("a", model: "m"))
        // What is given by hand says which.
        let named = table([("a", ["m": NamedModel("m")], known("m")), ("b", [:], known("m"))])
        #expect(named.place("m") == .engine("a", model: "m") && named.several.isEmpty)
        #expect(table([("a", ["m": NamedModel("m")], known()), ("b", ["m": NamedModel("n")], known())]).place("m") == .several(["a", "b"]))
    }

    @Test(arguments: [("llama3:latest", "llama3"), ("models/gemini", "gemini"), ("models/gemini", "models/gemini")])
    func namesArePeoplesAndTheEngines(_ listed: String, _ asked: String) {
        #expect(table([("a", [:], known(listed)), ("b", [:], known("z"))]).place(asked) == .engine("a", model: listed))
    }

    @Test func aLoneEngineJudgesNamesItself() {
        #expect(table([("a", [:], known("m"))]).place("x") == .engine("a", model: "x"))
        #expect(table([("a", [:], .unasked)]).place("x") == .engine("a", model: "x"))
        #expect(table([("a", [:], known("m"))], passes: false).place("x") == .unknown(mayHave: []))
        var named = ModelTable()
        named.add("a", named: ["y": NamedModel("org/y")], offersList: false)
        named.set(known("org/y", "z"), of: "a")
        #expect(named.place("y") == .engine("a", model: "org/y") && named.place("z") == .unknown(mayHave: []))
        #expect(named.offered.map(\.id) == ["y"] && named.offered.map(\.contextTokens) == [100] && named.only == "y")
        // Of several, the only one that lists nothing and was given nothing.
        #expect(table([("a", [:], known("m")), ("b", [:], known())]).place("x") == .engine("b", model: "x"))
        #expect(table([("a", [:], known()), ("b", [:], known())]).place("x") == .unknown(mayHave: []))
        #expect(table([("a", [:], known("m")), ("b", ["y": NamedModel("y")], known())]).place("x") == .unknown(mayHave: []))
    }

    @Test func whoDoesNotAnswerMayHaveIt() {
        var table = table([("a", [:], known("m")), ("b", [:], .unasked), ("c", [:], known("n"))])
        #expect(table.place("x") == .unknown(mayHave: ["b"]))
        table.unreachable("a")
        // What it said before holds.
        #expect(table.place("m") == .engine("a", model: "m") && table.place("x") == .unknown(mayHave: ["a", "b"]))
        table.set(known("x"), of: "b")
        #expect(table.place("x") == .engine("b", model: "x"))
    }

    @Test func theOnlyModelIsOneHoweverItIsCalled() {
        #expect(table([("a", [:], known("m"))]).only == "m")
        #expect(table([("a", [:], known("m"))], aliases: ["gpt": "m"]).only == "gpt")
        #expect(table([("a", ["gpt": NamedModel("m")], known("m"))]).only == "gpt")
        #expect(table([("a", ["gpt": NamedModel("m")], known())]).only == "gpt")
        #expect(table([("a", ["gpt": NamedModel("m")], .unasked)]).only == "gpt")
        #expect(table([("a", [:], known())], aliases: ["gpt": "m"]).only == "gpt")
        #expect(table([("a", [:], known("m", "n"))]).only == nil)
        #expect(table([("a", [:], known())]).only == nil && table([("a", [:], .unasked)]).only == nil && table([]).only == nil)
        #expect(table([("a", [:], known("m")), ("b", [:], known("n"))]).only == nil)
        #expect(table([("a", [:], known("m")), ("b", [:], known())]).only == nil)
        #expect(table([("a", [:], known("m")), ("b", [:], .unasked)]).only == nil)
    }
}
