import ResponsesAPI
import ResponsesStore

extension ServerServices {
    /// Ends as failed what ran in the background when the process before this one ended: it is not in progress for good.
    ///
    /// A store that fails now is asked again by whoever reads one of them (`ResponseRecord.asFound`).
    func endInterrupted() async {
        do throws(StoreError) {
            for record in try await store.running() { await endInterrupted(record) }
        } catch {
            observer.log.storeFailed(error, LogIDs())
        }
    }

    /// Where that fails the others are ended all the same.
    private func endInterrupted(_ record: ResponseRecord) async {
        do throws(StoreError) {
            try await store.save(record.interrupted)
            // They have no last event.
            _ = try await events?.deleteEvents(of: record.id, owner: record.owner)
        } catch {
            observer.log.storeFailed(error, LogIDs())
        }
    }
}
