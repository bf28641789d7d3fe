import ResponsesAPI

/// A conversation as one dialect wrote it down, whatever the dialect's type of prompt: what a chain keeps.
///
/// An object, as each node of a chain holds one: two words instead of five.
package protocol Rendering: AnyObject, Sendable {
    /// The dialect's name.
    var dialectName: String { get }

    /// The bytes its prompt holds that the prompt before it did not.
    var addedBytes: Int { get }

    /// The conversation with `items` after it, in the same dialect.
    ///
    /// - Throws: `APIError` for an item that cannot be written down, with its path under `input`.
    func extended(with items: [Item]) throws(APIError) -> any Rendering

    /// The conversation with what a model made after it. Items that the dialect refuses are left out: one must not take the
    /// others along.
    func extended(withMade items: [Item]) -> any Rendering
}
