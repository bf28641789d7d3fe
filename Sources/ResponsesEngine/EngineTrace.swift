/// What an engine left of a generation and wants back with the chain's next turn: an upstream's response id, a slot.
///
/// A value, kept with the chain as long as that lives. It is a hint: a turn may come without one, or with that of an
/// older turn (a fork), or of another engine (the chain moved). An engine casts to its own type and ignores others.
public protocol EngineTrace: Sendable, Hashable {
    /// The bytes it holds, for the memory budget.
    var byteCount: Int { get }
}
