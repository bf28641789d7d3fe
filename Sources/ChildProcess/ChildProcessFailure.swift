/// Why a program could not be started: one sentence without its full stop.
package struct ChildProcessFailure: Error, Hashable {
    package let message: String
}
