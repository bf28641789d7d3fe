public import ResponsesAPI

/// A store that answers at once, without waiting, so that whoever drives a turn needs no task.
///
/// A method without `async` meets both protocols' requirements. Whoever has `any ResponseStore` asks for this one with
/// `as?` and calls its methods from a function without `async`: within one with `async` Swift prefers those of
/// `ResponseStore`.
public protocol ImmediateResponseStore: ResponseStore {
    func save(_ record: ResponseRecord) throws(StoreError)
    func response(_ id: ResponseID, of owner: Owner) throws(StoreError) -> ResponseRecord?
    func chain(
        to id: ResponseID, of owner: Owner, holding isHeld: (ResponseID) -> Bool
    ) throws(StoreError) -> [ResponseRecord]?
    func item(_ id: String, of owner: Owner) throws(StoreError) -> RawJSON?
    func inputItems(of id: ResponseID, _ page: Page, owner: Owner) throws(StoreError) -> ItemPage?
    func delete(_ id: ResponseID, of owner: Owner) throws(StoreError) -> Bool

    /// A turn continues the owner's response from the caller's own memory: counts as a use, as reading it would.
    ///
    /// A store that lets go what was not used for long would lose it otherwise while its chain is in use. Nothing is read or
    /// copied, so it is called with every such turn.
    ///
    /// - Returns: whether it is there.
    @discardableResult
    func renew(_ id: ResponseID, of owner: Owner) throws(StoreError) -> Bool
}

extension ImmediateResponseStore {
    @discardableResult
    public func renew(_ id: ResponseID, of owner: Owner) throws(StoreError) -> Bool { try response(id, of: owner) != nil }
}
