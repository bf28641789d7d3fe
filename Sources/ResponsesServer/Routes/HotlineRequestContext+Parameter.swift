import Hummingbird

extension HotlineRequestContext {
    /// A part of the path, as the client meant it: clients may encode what need not be.
    func parameter(_ name: String) throws -> String {
        let part = try parameters.require(name)
        return PercentEncoding.decode(part) ?? part
    }
}
