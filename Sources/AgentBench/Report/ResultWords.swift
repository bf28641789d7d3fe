/// A result in sentences, for the table and the page alike.
struct ResultWords {
    let result: BenchResult

    private var plan: BenchResult.Plan { result.plan }

    /// What came out, in one sentence: the first way against the open line, or the best of those that need no time
    /// before the user speaks.
    var headline: String {
        guard let first = result.ways.first else { return "Nothing was measured." }
        let work = "\(agents) with \(calls)"
        let others = result.ways.dropFirst()
        let open = others.first { $0.way == .webSocket }
        guard let best = open ?? (others.filter { !$0.way.warmsUp }.min { $0.ratioToFirst < $1.ratioToFirst }) ?? others.first else {
            return "\(work): \(Figures.duration(first.totalMs.median)) by \(first.way.inSentence)."
        }
        return "\(work): \(Figures.duration(best.totalMs.median)) by \(best.way.inSentence), "
            + "\(Figures.duration(first.totalMs.median)) by \(first.way.inSentence). \(Self.saved(best.savedPercent))"
    }

    /// What the warmup does to that; nil without one.
    var warmUp: String? {
        guard let warm = result.ways.first(where: { $0.way.warmsUp }), let warmUp = warm.warmUpMs, result.ways.count > 1 else {
            return nil
        }
        return "Warmed up before the user speaks: \(Figures.duration(warm.totalMs.median)). "
            // Compared with itself it would be "the same".
            + (warm.way == result.ways.first?.way ? "" : Self.saved(warm.savedPercent) + " ")
            + "The warmup itself takes \(Figures.duration(warmUp.median)); with it, the whole is "
            + "\(Figures.duration(warm.totalWithWarmUpMs.median))."
    }

    static func saved(_ percent: Double) -> String {
        switch percent {
        case 0.5...: "That is \(Figures.percent(percent)) less time."
        case ..<(-0.5): "That is \(Figures.percent(-percent)) more time."
        default: "That is the same."
        }
    }

    private var calls: String { "\(plan.toolCalls) tool call\(plan.toolCalls == 1 ? "" : "s")" }
    private var agents: String { plan.concurrency == 1 ? "One agent" : "\(plan.concurrency) agents at once, each" }

    /// What the agent does and over which network, name and value.
    var setting: [(name: String, value: String)] {
        var lines: [(String, String)] = []
        let tools = plan.toolTimeMs == 0 ? "" : "; a tool works \(Figures.short(plan.toolTimeMs)) ms, which is not counted"
        lines.append(("Work", "\(calls) and an answer: \(plan.turns) turn\(plan.turns == 1 ? "" : "s")\(tools)"))
        lines.append(
            (
                "Sizes",
                "context \(Figures.bytes(Double(plan.contextBytes))), tools \(Figures.bytes(Double(plan.toolsBytes))), output of a tool "
                    + "\(Figures.bytes(Double(plan.toolOutputBytes))), model writes \(Figures.count(plan.outputTokens)) tokens a turn"
            ))
        lines.append(("Network", network))
        lines.append(("Engine", engine))
        lines.append(
            (
                "Measured",
                "\(plan.repetitions) repetition\(plan.repetitions == 1 ? "" : "s") of each way in turn"
                    + (plan.concurrency == 1 ? "" : ", \(plan.concurrency) agents at once")
                    + ", \(Figures.date(result.measuredAt)), hotline \(result.version)"
            ))
        return lines
    }

    private var network: String {
        let trip =
            plan.roundTripMs == 0 ? "no delay added" : "\(Figures.short(plan.roundTripMs)) ms round trip, simulated, with TCP's slow start"
        switch (plan.uploadBitsPerSecond, plan.downloadBitsPerSecond) {
        case (nil, nil): return "\(trip); bandwidth without limit"
        case (let up?, let down?) where up == down: return "\(trip); \(Figures.rate(up)) both ways"
        case (let up, let down):
            func words(_ rate: Double?) -> String { rate.map(Figures.rate) ?? "without limit" }
            return "\(trip); \(words(up)) up, \(words(down)) down"
        }
    }

    private var engine: String {
        if result.server.url == nil {
            return "the built-in scripted engine, " + (result.server.scripted.map { "at \($0)" } ?? "which takes no time")
        }
        return "\(result.server.model) at \(result.server.url ?? "")"
    }

    /// What makes figures less than they seem; empty when all went as planned.
    var warnings: [String] {
        func turns(_ count: Int) -> String { "\(count) turn\(count == 1 ? "" : "s")" }
        var lines: [String] = []
        for way in result.ways {
            if way.fullResends > 0 {
                lines.append(
                    "\(way.way.title): \(turns(way.fullResends)) had to send the whole conversation, as the server did not know the "
                        + "response before.")
            }
            if way.resends > 0 {
                lines.append(
                    "\(way.way.title): \(turns(way.resends)) had to be sent again, as the server had closed the connection. That time is "
                        + "counted.")
            }
        }
        let withoutCall = result.ways.reduce(0) { $0 + $1.turnsWithoutCall }
        if withoutCall > 0 {
            lines.append(
                "In \(turns(withoutCall)) of all ways together the model called no tool, or its call was cut short; a message of the "
                    + "same size went on in its place.")
        }
        return lines
    }

    /// What is simulated and what is counted, one thought each.
    var smallPrint: [String] {
        var lines = [
            "Times are the client's: from handing a request over until the last event was read. Connecting is part of the first turn, "
                + "or of the warmup.",
            "Each run begins with words that no run had before, so that no engine finds it in its cache.",
            (plan.toolTimeMs == 0
                ? "Tools answer at once. " : "Tools take \(Figures.short(plan.toolTimeMs)) ms, which is left out of all times. ")
                + "Time that tools take comes on top of every way alike, so it makes the share that is saved smaller.",
            "Bytes are those of HTTP or WebSocket with all heads, before TLS, without TCP and IP.",
            "Bands and whiskers span the quartiles, lines and bars are medians.",
        ]
        if plan.roundTripMs > 0 || plan.uploadBitsPerSecond != nil {
            lines.append(
                "The network is simulated between client and server on one machine: delay both ways, the bandwidth named above for each "
                    + "connection, the TCP handshake (with https one round trip more), and slow start from ten segments, again after a "
                    + "pause of more than a round trip and 200 ms, as Linux does. No loss, no jitter."
                    + (result.server.url == nil ? "" : " It comes on top of the real way to the server."))
        }
        if result.server.url == nil {
            lines.append(
                "The scripted engine is not a model: it reads and writes at the speed it was given, and keeps every prefix it has read. "
                    + "Client, server and network share the cores of one machine.")
        }
        return lines
    }
}

extension Way {
    /// The way's name within a sentence.
    var inSentence: String {
        switch self {
        case .httpFull: "HTTP with full history"
        case .httpContinued: "HTTP with previous_response_id"
        case .webSocket: "WebSocket"
        case .webSocketWarm: "WebSocket after a warmup"
        case .chat: "Chat Completions"
        case .messages: "Messages"
        }
    }
}
