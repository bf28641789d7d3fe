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
}
