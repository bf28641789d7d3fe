import NIOHTTP1
import ResponsesAPI
import Testing

@testable import ResponsesClient

@Suite struct AddressTests {
    @Test(arguments: [
        ("http://127.0.0.1:8484/v1", "http://127.0.0.1:8484/v1/models", "127.0.0.1", 8484, "/v1/responses"),
        ("localhost:8484", "http://localhost:8484/v1/models", "localhost", 8484, "/v1/responses"),
        ("localhost", "http://localhost/v1/models", "localhost", 80, "/v1/responses"),
        ("https://api.openai.com/v1", "https://api.openai.com/v1/models", "api.openai.com", 443, "/v1/responses"),
        ("https://api.openai.com:443/", "https://api.openai.com/v1/models", "api.openai.com", 443, "/v1/responses"),
        ("wss://Host.example/a/b//", "https://host.example/a/b/models", "host.example", 443, "/a/b/responses"),
        ("ws://h:1/v1/responses/", "http://h:1/v1/models", "h", 1, "/v1/responses"),
        ("https://x.example/openai/v1?api-version=preview", "https://x.example/openai/v1/models?api-version=preview",
            "x.example", 443, "/openai/v1/responses?api-version=preview"),
        ("http://[::1]:8484", "http://[::1]:8484/v1/models", "::1", 8484, "/v1/responses"),
        (" http://h:1/v1#part \n", "http://h:1/v1/models", "h", 1, "/v1/responses"),
    ])
    func takesWhatPeoplePaste(text: String, models: String, host: String, port: Int, path: String) throws {
        let address = try ServerAddress(text)
        #expect(address.url(for: "models") == models)
        #expect(address.host == host)
        #expect(address.port == port)
        #expect(address.isTLS == models.hasPrefix("https"))
        #expect(address.responsesPath == path)
        #expect(!address.base.contains("?"))
    }

    @Test(arguments: ["", "http://", "ftp://x", "http://me:secret@x", "http://secret@x", "http://x:0", "http://x:70000", "http://x:y"])
    func refusesOthers(text: String) throws {
        let error = #expect(throws: ClientError.self) { try ServerAddress(text) }
        #expect(error?.code == .invalidAddress)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        ("127.0.0.1", nil), ("[::1]", nil), ("api.openai.com", "api.openai.com"), ("1.2.3.example", "1.2.3.example"),
    ])
    func numbersNameNobody(host: String, name: String?) throws {
        #expect(try ServerAddress("https://\(host)").serverName == name)
    }

    @Test func headersAreTheCallersWhereItHasThem() throws {
        var configuration = ResponsesClient.Configuration(url: "h", key: "k")
        configuration.headers = [("user-agent", "mine"), ("Host", "other"), ("X-A", "1"), ("X-A", "2")]
        let headers = try ServerAccess(configuration).headers
        #expect(headers["user-agent"] == ["mine"])
        #expect(headers["authorization"] == ["Bearer k"])
        #expect(headers["host"] == ["other"])
        #expect(headers["x-a"] == ["1", "2"])
    }

    @Test(arguments: [("X", "a\r\nY: b"), ("X Y", "a"), ("", "a"), ("X", "a\u{0}")])
    func refusesHeadersThatHTTPCannotCarry(name: String, value: String) throws {
        var configuration = ResponsesClient.Configuration(url: "h")
        configuration.headers = [(name, value)]
        let error = #expect(throws: ClientError.self) { try ResponsesClient(configuration) }
        #expect(error?.code == .notPossible)
        #expect(throws: ClientError.self) { try ResponsesClient(.init(url: "h", key: "a\nb")) }
    }

    @Test(arguments: [
        (["Retry-After": "7"], 7), (["Retry-After": "0.4"], 1), (["Retry-After": "-1"], nil), (["Retry-After": "soon"], nil),
        (["Retry-After": "inf"], nil), (["retry-after-ms": "1500", "Retry-After": "9"], 2), ([:], nil),
        (["Retry-After": "Fri, 31 Dec 1999 23:59:59 GMT"], nil),
        (["Retry-After": "Wed, 01 Mar 2000 00:00:10 GMT", "Date": "Tue, 29 Feb 2000 23:59:50 GMT"], 20),
        (["Retry-After": "Tue, 29 Feb 2000 23:59:50 GMT", "Date": "Wed, 01 Mar 2000 00:00:10 GMT"], 0),
    ] as [([String: String], Int?)])
    func readsRetryAfter(headers: [String: String], seconds: Int?) {
        #expect(RetryAfter.seconds(HTTPHeaders(headers.map { ($0, $1) })) == seconds)
    }

    @Test func readsDates() {
        #expect(RetryAfter.date("Sun, 06 Nov 1994 08:49:37 GMT") == 784_111_777)
        #expect(RetryAfter.date("Thu, 01 Jan 1970 00:00:00 GMT") == 0)
        #expect(RetryAfter.date("Sun, 31 Dec 2023 23:59:59 GMT") == 1_704_067_199)
        #expect(RetryAfter.date("yesterday") == nil)
        #expect(RetryAfter.date("Sun, 06 Nov 1994 9000000000000000000:00:00 GMT") == nil)
        #expect(RetryAfter.date("Sun, 06 Nov 1994 08:-1:00 GMT") == nil)
    }

    @Test(arguments: [
        (401, "application/json", #"{"error":{"message":"No.","type":"authentication_error","code":"invalid_api_key"}}"#, "No."),
        (404, "application/json", #"{"detail":"Not Found"}"#, "Not Found"),
        (502, "text/html", "<html><body>Bad Gateway</body></html>",
            "The server answered with status 502 and a page. Check that the address is that of an API."),
        (503, "text/plain", "busy\nvery busy", "The server answered with status 503: busy"),
        (500, "", "", "The server answered with status 500."),
    ])
    func readsFailedAnswersOfAllForms(status: Int, type: String, body: String, message: String) {
        let error = APIError(
            status: status, headers: ["Content-Type": type, "Retry-After": "3"], body: Array(body.utf8))
        #expect(error.status == status)
        #expect(error.message == message)
        #expect(error.retryAfterSeconds == 3)
    }
}
