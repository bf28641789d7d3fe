import OpenAICompatibleEngine

extension EngineSettings {
    /// How the engine is to be spoken to: as the settings say, else as its address or its answers show.
    func profile(at address: EngineAddress) async throws(Failure) -> EngineProfile {
        if let named = try namedProfile() { return try with(named) }
        return try with(await EngineProfile.detected(at: address, key: key, headers: headers))
    }

    /// Looks at what is said of the profile, without asking the engine.
    func checkProfile() throws(Failure) { _ = try with(try namedProfile() ?? EngineProfile()) }

    private func namedProfile() throws(Failure) -> EngineProfile? {
        guard let profile else { return nil }
        guard let named = EngineProfile(named: profile.text) else {
            throw .wrong(
                profile.source, "there is no profile '\(profile.text)'", NearestName.hint(profile.text, in: EngineProfile.names))
        }
        return named
    }

    private func with(_ profile: EngineProfile) throws(Failure) -> EngineProfile {
        var profile = profile
        for field in fields {
            let (name, value) = try SettingSources.pair(field, .engineSet)
            do throws(EngineProfileError) {
                try profile.set(name, to: value)
            } catch {
                throw .wrong(field.source, error.message, error.wayOut)
            }
        }
        return profile
    }
}
