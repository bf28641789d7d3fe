import Hummingbird
import ResponsesAPI

/// `GET /health`: the process is alive, and what it does.
struct HealthRoute: Sendable {
    let activity: Activity

    func health(_ request: Request, _ context: HotlineRequestContext) -> Response {
        var json = JSONWriter()
        json.beginObject()
        json.key("status")
        json.value("ok")
        json.key("connections")
        json.value(activity.socketCount)
        json.key("generations")
        json.value(activity.generationCount)
        json.endObject()
        return Response(json: json.bytes)
    }
}
