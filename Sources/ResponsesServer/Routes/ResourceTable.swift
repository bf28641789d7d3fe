import HTTPTypes
import Hummingbird
import ResponsesCore

/// Every resource of the server: the one table of routes, from which the router, `Allow` and the socket's paths come.
struct ResourceTable: Sendable {
    let resources: [Resource]

    init(_ resources: [Resource]) { self.resources = resources }

    var socketPaths: SocketPaths { SocketPaths(resources.filter(\.takesSocket).flatMap(\.paths)) }

    /// The methods of a path, for clients that chose a wrong one (RFC 9110 section 15.5.6); nil for an unknown path.
    func methods(at path: String) -> String? {
        guard let own = self.path(of: path) else { return nil }
        var names: Set<String> = []
        for resource in resources where resource.paths.contains(own) {
            names.formUnion(resource.handlers.map(\.method.rawValue))
        }
        // The router answers HEAD wherever it answers GET.
        if names.contains("GET") { names.insert("HEAD") }
        return names.isEmpty ? nil : names.sorted().joined(separator: ", ")
    }

    /// The methods of all paths together.
    var allMethods: String {
        Set(resources.flatMap { $0.handlers.map(\.method.rawValue) } + ["HEAD", "OPTIONS"]).sorted().joined(separator: ", ")
    }

    /// The wire whose errors a path has; nil for those of OpenAI's APIs, and for unknown paths.
    func wire(at path: String) -> (any Wire)? {
        guard let own = self.path(of: path) else { return nil }
        return resources.first { $0.paths.contains(own) }?.wire
    }

    /// A path as this table spells it, such as `/v1/models/**`; nil for an unknown one. `responses/compact` is not an id.
    func path(of path: String) -> String? {
        resources.lazy.flatMap(\.paths).filter { own in Resource.matches(path, own) }
            .min { Resource.openness($0) < Resource.openness($1) }
    }

    func register(on router: Router<HotlineRequestContext>, admission: Admission) {
        let guarded = router.group().add(middleware: AdmissionMiddleware(admission: admission))
        for resource in resources {
            for path in resource.paths {
                for (method, handler) in resource.handlers {
                    let path = RouterPath(path)
                    if resource.isGuarded {
                        guarded.on(path, method: method, use: handler)
                    } else {
                        router.on(path, method: method, use: handler)
                    }
                }
            }
        }
    }
}
