import Synchronization

/// Permissions, which an approval may widen while a turn runs.
final class SharedPermissions: Sendable {
    private let permissions: Mutex<Permissions>
    init(_ permissions: Permissions) { self.permissions = Mutex(permissions) }
    func decision(for tool: String) -> Permissions.Decision { permissions.withLock { $0.decision(for: tool) } }
    func allowAlways(_ tool: String) { permissions.withLock { $0.allowAlways(tool) } }
}
