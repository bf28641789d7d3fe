import ArgumentParser

/// Which stored responses are meant: those that fit all that is given.
struct FilterFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Only those of this model.", valueName: "name"))
    var model: String?

    @Option(help: ArgumentHelp("Only those whose metadata has this value for this key. Repeatable.", valueName: "key=value"))
    var metadata: [String] = []

    @Option(help: ArgumentHelp("Only those made at this time or later: \(CalendarTime.form).", valueName: "time"))
    var since: String?

    @Option(help: ArgumentHelp("Only those made before this time.", valueName: "time"))
    var until: String?

    @Option(help: ArgumentHelp("Only those that are \(Self.statuses.joined(separator: ", ")).", valueName: "status"))
    var status: String?

    static let statuses = ["completed", "incomplete", "failed", "cancelled", "queued", "in_progress"]
}
