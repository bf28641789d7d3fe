extension EngineProfile {
    /// The preset of a hosted API, by its host; nil for hosts that are not known.
    public static func hosted(at address: EngineAddress) -> EngineProfile? {
        EngineHost.known(address.host).flatMap { EngineProfile(named: $0.preset) }
    }
}
