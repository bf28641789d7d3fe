/// Why a store did not do what it was asked. "Not there" is not an error: reads answer it with nil.
///
/// No case carries a text of a client or a model, so that every error can be logged.
public enum StoreError: Error, Hashable, Sendable {
    /// The store cannot be reached or failed; the same call may succeed later.
    ///
    /// - Parameter reason: for the operator's log.
    case unavailable(reason: String)
    /// There is not enough room, even when everything goes that may go. Nothing was kept.
    case full
    /// The id belongs to another owner's value, or was saved with another parent. Ids are random, so this is a mistake of
    /// the program that made them.
    case taken
    /// `Page.after` or `Page.before` names an item that the list does not have.
    case unknownItem
}
