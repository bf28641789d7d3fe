import Crypto
import ResponsesAPI
import ResponsesCore
import ScriptedEngine
import Testing

@testable import ResponsesServer

/// Who may come in, and what clients carry for us.
@Suite struct SecurityTests {
    struct OriginCase: CustomTestStringConvertible, Sendable {
        var origin: String?
        var host: String?
        var allowed: Bool
        var testDescription: String { "\(origin ?? "-") at \(host ?? "-")" }
        init(_ origin: String?, _ host: String?, _ allowed: Bool) {
            (self.origin, self.host, self.allowed) = (origin, host, allowed)
        }
    }

    @Test(arguments: [
        // Agents and SDKs send no origin; the host names this machine.
        OriginCase(nil, nil, true),
        OriginCase(nil, "localhost", true),
        OriginCase(nil, "LOCALHOST:8484", true),
        OriginCase(nil, "app.localhost:8484", true),
        OriginCase(nil, "127.0.0.1:8484", true),
        OriginCase(nil, "127.8.9.10", true),
        OriginCase(nil, "[::1]", true),
        OriginCase(nil, "[::1]:8484", true),
        // A name that was made to resolve to this machine.
        OriginCase(nil, "evil.example", false),
        OriginCase(nil, "evil.example:8484", false),
        OriginCase(nil, "127.evil.example", false),
        OriginCase(nil, "127.0.0.1.evil.example:8484", false),
        OriginCase(nil, "localhost.evil.example", false),
        OriginCase(nil, "evillocalhost", false),
        OriginCase(nil, "127.0.0", false),
        OriginCase(nil, "127.0.0.256", false),
        OriginCase(nil, "0.0.0.0", false),
        OriginCase(nil, "", false),
        // Pages.
        OriginCase("https://app.example", "127.0.0.1", true),
        OriginCase("HTTPS://App.Example", "127.0.0.1", true),
        OriginCase("https://app.example:444", "127.0.0.1", false),
        OriginCase("http://app.example", "127.0.0.1", false),
        OriginCase("https://app.example.evil.example", "127.0.0.1", false),
        OriginCase("null", "127.0.0.1", false),
        OriginCase("", "127.0.0.1", false),
        // Of the server's own address, whose name was looked at.
        OriginCase("http://127.0.0.1:8484", "127.0.0.1:8484", true),
        OriginCase("http://LOCALHOST:8484", "localhost:8484", true),
        OriginCase("http://127.0.0.1:8485", "127.0.0.1:8484", false),
        OriginCase("http://evil.example", "evil.example", false),
        // A name that was allowed.
        OriginCase(nil, "host.docker.internal:8484", true),
        OriginCase(nil, "HOST.docker.internal", true),
        OriginCase(nil, "host.docker.internal.evil.example", false),
        OriginCase("http://host.docker.internal:8484", "host.docker.internal:8484", true),
        OriginCase("https://app.example", "evil.example", false),
    ])
    func originsAndHosts(_ test: OriginCase) {
        let policy = OriginPolicy(
            allowed: ["https://app.example"], hosts: ["Host.docker.internal"], demandsLocalHost: true)
        #expect(policy.allows(origin: test.origin, host: test.host) == test.allowed)
    }

    @Test func aServerWithKeysHasAnyHost() {
        let policy = OriginPolicy(allowed: [], demandsLocalHost: false)
        #expect(policy.allows(origin: nil, host: "hotline.example"))
        #expect(!policy.allows(origin: "https://hotline.example", host: "hotline.example"))
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.1.2.3", true), ("localhost", true), ("::1", true), ("0.0.0.0", false), ("::", false),
        ("192.168.0.1", false), ("127.evil.example", false), ("", false),
    ])
    func loopbackAddresses(_ host: String, _ isLoopback: Bool) {
        var configuration = ServerConfiguration()
        configuration.host = host
        #expect(configuration.isLoopback == isLoopback)
    }

    @Test(arguments: [
        ("Bearer alice", true), ("bearer alice", true), ("BEARER alice", true), ("Bearer  alice", true),
        ("Bearer bob", true), ("Bearer alic", false), ("Bearer alicee", false), ("Bearer Alice", false),
        ("alice", false), ("Basic alice", false), ("Bearer", false), ("Bearer ", false), ("", false),
        ("Bearer alice bob", false),
    ])
    func keys(_ header: String, _ isRight: Bool) {
        let keys = APIKeys(["alice", "bob"])
        #expect((keys.owner(authorization: header) != nil) == isRight)
        #expect(keys.owner(authorization: nil) == nil)
    }

    @Test func ownersAreTheirKeys() {
        let keys = APIKeys(["alice", "bob"])
        let alice = keys.owner(authorization: "Bearer alice")
        #expect(alice == keys.owner(authorization: "bearer alice"))
        #expect(alice != keys.owner(authorization: "Bearer bob"))
        #expect(APIKeys([]).owner(authorization: "Bearer whatever") == .anybody)
        #expect(APIKeys([]).owner(authorization: nil) == .anybody)
        #expect(alice != .anybody)
        #expect(!String(reflecting: keys).contains("alice"))
    }

    /// `printf %s alice | sha256sum`: what the log says is its beginning, and the name that is written down all of it.
    @Test func anOwnerIsNamedByItsKeysDigest() {
        let alice = APIKeys(["alice"]).owner(authorization: "Bearer alice")
        #expect(alice?.rawValue == "2bd806c97f0e00af1a1fc3328fa763a9269723c8db8fac4f93af71db186d6e90")
        #expect(alice?.digest == "2bd806c9")
        #expect(Owner.anybody.digest == nil)
    }

    private static let alice = Owner(rawValue: "alice")

    @Test(arguments: ["", "hello", "ü\u{1F600}\\n\"quoted\"", String(repeating: "long ", count: 20_000)])
    func whatWasSealedOpens(_ text: String) {
        let sealer = AESSealer()
        let sealed = sealer.seal(JSONText(text), as: .compaction, for: Self.alice)
        #expect(sealer.open(sealed, as: .compaction, for: Self.alice)?.string == text)
        #expect(text.isEmpty || !sealed.contains(text))
        #expect(sealer.seal(JSONText(text), as: .compaction, for: Self.alice) != sealed, "a nonce is used twice")
    }

    @Test("a secret makes the same key everywhere, and another secret another")
    func aSecretMakesTheSameKey() {
        let sealed = AESSealer(secret: Array("one secret".utf8)).seal("a summary", as: .compaction, for: Self.alice)
        #expect(AESSealer(secret: Array("one secret".utf8)).open(sealed, as: .compaction, for: Self.alice)?.string == "a summary")
        #expect(AESSealer(secret: Array("one secreT".utf8)).open(sealed, as: .compaction, for: Self.alice) == nil)
        #expect(AESSealer(secret: Array("one secret".utf8)).open(sealed, as: .compaction, for: .anybody) == nil)
    }

    @Test("a key that is made of a secret is the same each time, and is neither the secret nor that of another purpose")
    func aKeyMadeOfASecret() {
        let secret = Array("a secret".utf8)
        let key = APIKeys.key(madeOf: secret, for: "one")
        #expect(key == APIKeys.key(madeOf: secret, for: "one") && key.count == 64)
        #expect(key != APIKeys.key(madeOf: secret, for: "two") && key != APIKeys.key(madeOf: Array("another".utf8), for: "one"))
        #expect(APIKeys([key]).owner(authorization: "Bearer \(key)") != nil)
    }

    @Test func whatWasNotSealedHereDoesNotOpen() {
        let sealer = AESSealer()
        let sealed = sealer.seal("a summary", as: .compaction, for: Self.alice)
        #expect(sealer.open(sealed, as: .reasoning, for: Self.alice) == nil)
        for other in [Owner.anybody, Owner(rawValue: ""), Owner(rawValue: "alic"), Owner(rawValue: "alice2"), Owner(rawValue: "Alice")] {
            #expect(sealer.open(sealed, as: .compaction, for: other) == nil, "another owner opens it")
        }
        #expect(AESSealer().open(sealed, as: .compaction, for: Self.alice) == nil)
        for wrong in ["", "hl2.", "hl2.AAAA", "hl1." + sealed.dropFirst(4), String(sealed.dropLast(4)), "x" + sealed] {
            #expect(sealer.open(wrong, as: .compaction, for: Self.alice) == nil)
        }
        // Every byte counts.
        for index in stride(from: 4, to: sealed.count - 2, by: 5) {
            var characters = Array(sealed)
            characters[index] = characters[index] == "A" ? "B" : "A"
            #expect(sealer.open(String(characters), as: .compaction, for: Self.alice) == nil)
        }
    }

    @Test("a page that was let in may ask before it sends, and read answers and errors; another may not")
    func pagesMayFetch() async throws {
        try await TestServer.with(
            ScriptedEngine(), configure: { ($0.keys, $0.allowedOrigins) = (APIKeys(["right"]), ["https://app.example"]) }
        ) { server in
            let wire = try await server.wire()
            let asks = [("Origin", "https://app.example"), ("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")]
            try await wire.request("OPTIONS", "/v1/responses", headers: asks)
            let may = try await wire.response()
            #expect(may.status == 204 && may["access-control-allow-origin"] == "https://app.example")
            #expect(may["access-control-allow-headers"] == "authorization" && may["vary"] == "Origin")
            let body = #"{"model":"scripted","input":"x","store":false}"#
            for (key, status) in [("right", 200), ("wrong", 401)] {
                try await wire.request(
                    "POST", "/v1/responses", headers: [("Origin", "https://app.example"), ("x-api-key", key)], body: body)
                let answer = try await wire.response()
                #expect(answer.status == status && answer["access-control-allow-origin"] == "https://app.example")
            }
            try await wire.request("OPTIONS", "/v1/responses", headers: [("Origin", "https://evil.example")] + asks.dropFirst())
            #expect(try await wire.response()["access-control-allow-origin"] == nil)
            await wire.close()
        }
    }
}
